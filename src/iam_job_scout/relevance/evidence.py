"""Signals of IAM work found in a text, and the points they earn.

Names that stand close together in one sentence form a cluster. A cluster is worth what its distinct concepts are worth
together, up to a limit, whatever else the posting says. That is what makes the parts add up: cutting a cluster out of
the text takes its points away and changes no other cluster.
"""

from bisect import bisect_left
from collections.abc import Iterator

import msgspec

from iam_job_scout.relevance.lexicon import Concept, Hit
from iam_job_scout.relevance.sections import Section

# Two names farther apart than this belong to different clusters. Also how far a cue reaches.
_GAP = 60
_BREAKS = ("\n", ". ", "! ", "? ", "; ", " * ")
_SENTENCE = 160
# Points by the summed weight of a cluster's distinct concepts; a lone weak sign earns nothing.
_POINTS = (0, 0, 1, 2, 2, 3, 3)
_MOST = 4


class Cluster(msgspec.Struct, frozen=True):
    """Neighbouring names in one sentence, from the first to the last. `zone` is the section it stands in.

    `counts` is False where the text is not about the work; `introduces` says that the employer presents itself there.
    """

    start: int
    end: int
    concepts: tuple[Concept, ...]
    zone: str
    counts: bool
    introduces: bool = False

    @property
    def weight(self) -> int:
        """The summed weight of the distinct concepts."""
        return sum(concept.weight for concept in self.concepts)

    @property
    def points(self) -> int:
        """What the cluster adds to the score."""
        weight = self.weight if self.counts else 0
        return _POINTS[weight] if weight < len(_POINTS) else _MOST


def clusters(text: str, folded: str, *, hits: list[Hit], sections: list[Section], employer: str) -> list[Cluster]:
    """The clusters of a text in order, also those in parts that do not count."""
    introductions = _introductions(folded, employer)
    boilerplate = sorted([hit.start for hit in hits if hit.entry.boilerplate] + introductions)
    present = {hit.entry.phrase for hit in hits}
    found = []
    for group in _groups(folded, hits):
        names = _certain(text, group, employer=employer, present=present)
        if names:
            section = _section_at(sections, names[0].start)
            start, end = names[0].start, names[-1].end
            counts = section.counts and not _in_sentence(folded, names, boilerplate)
            introduces = not counts and _in_sentence(folded, names, introductions)
            concepts = {hit.entry.concept.index: hit.entry.concept for hit in names if hit.entry.concept}
            found.append(Cluster(start, end, tuple(concepts.values()), section.zone, counts, introduces))
    return found


def _groups(folded: str, hits: list[Hit]) -> Iterator[list[Hit]]:
    group: list[Hit] = []
    for hit in hits:
        if not hit.entry.signal:
            continue
        if group and _apart(folded, group[-1].end, hit.start):
            yield group
            group = []
        group.append(hit)
    if group:
        yield group


def _apart(folded: str, end: int, start: int) -> bool:
    if start - end > _GAP:
        return True
    between = folded[end:start]
    return any(mark in between for mark in _BREAKS)


def _certain(text: str, group: list[Hit], *, employer: str, present: set[str]) -> list[Hit]:
    """The hits of a group that do mean their concept."""
    firm, loose = [], []
    for hit in group:
        concept, form = hit.entry.concept, hit.entry.form
        if concept is None or _is_employer(hit, employer) or _in_address(text, hit):
            continue
        if form == "term" or (form == "upper" and text[hit.start : hit.end].rstrip("s").isupper()):
            if form == "term" or not (concept.not_with and concept.not_with & present):
                firm.append(hit)
        elif form == "loose" and not concept.not_with & present:
            loose.append(hit)
    if firm and _only_listed(group, firm):
        firm = []
    if not loose:
        return firm
    cues = {hit.entry.phrase for hit in group}
    solid = any(hit.entry.concept.weight > 1 for hit in firm if hit.entry.concept)
    sure = [
        hit for hit in loose if solid or (hit.entry.concept and hit.entry.concept.needs & cues - {hit.entry.phrase})
    ]
    return sorted(firm + sure) if sure else firm


def _only_listed(group: list[Hit], firm: list[Hit]) -> bool:
    """Whether IAM is named only as one of a cloud's services."""
    return all(hit.entry.phrase == "iam" for hit in firm) and any(hit.entry.mark == "cloud_service" for hit in group)


def _is_employer(hit: Hit, employer: str) -> bool:
    """The employer's own name is no skill; its products are. `employer` holds its words between single blanks."""
    concept = hit.entry.concept
    named = concept is not None and (concept.kind == "vendors" or hit.entry.form == "upper")
    return named and f" {hit.entry.phrase} " in employer


def _in_address(text: str, hit: Hit) -> bool:
    """Part of a web or mail address."""
    before, after = text[hit.start - 1 : hit.start], text[hit.end : hit.end + 2]
    return before == "@" or (after[:1] == "." and after[1:].isalnum() and after[1:].islower())


def _introductions(folded: str, employer: str) -> list[int]:
    """Where the employer says what it is."""
    name = next(iter(employer.split()), "")
    phrase, found = f"{name} is ", []
    at = folded.find(phrase) if len(name) > 3 else -1
    while at >= 0:
        found.append(at)
        at = folded.find(phrase, at + len(phrase))
    return found


def _section_at(sections: list[Section], position: int) -> Section:
    return next(section for section in reversed(sections) if section.start <= position)


def _in_sentence(folded: str, names: list[Hit], positions: list[int]) -> bool:
    """Whether one of the sorted positions lies in the sentence of these names."""
    if not positions:
        return False
    start, end = sentence_around(folded, names[0].start, names[-1].end)
    index = bisect_left(positions, start)
    return index < len(positions) and positions[index] < end


def sentence_around(folded: str, start: int, end: int) -> tuple[int, int]:
    """The bounds of the sentence or line that holds the span, looking no farther than 160 characters each way."""
    low = max(0, start - _SENTENCE)
    starts = [at + len(mark) for mark in _BREAKS if (at := folded.rfind(mark, low, start)) >= 0]
    ends = [at for mark in _BREAKS if (at := folded.find(mark, end, end + _SENTENCE)) >= 0]
    return max(starts, default=low), min(ends, default=min(len(folded), end + _SENTENCE))
