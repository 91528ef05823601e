"""Signals of IAM work found in a text, and the points they earn.

Names that stand close together in one sentence form a cluster. A cluster is worth what its distinct concepts are worth
together, up to a limit, whatever else the posting says. That is what makes the parts add up: cutting a cluster out of
the text takes its points away and changes no other cluster.
"""

from bisect import bisect_left

import msgspec

from iam_job_scout.relevance.lexicon import Concept, Entry, Found, Hit, contains, lexicon
from iam_job_scout.relevance.sections import Sections
from iam_job_scout.relevance.text import holds

# Two names farther apart than this belong to different clusters. Also how far a cue reaches.
_GAP = 60
_BREAKS = ("\n", ". ", "! ", "? ", "; ", " * ")
# How far a sentence is followed each way; some texts have lost all their full stops.
_SENTENCE = 160
# Worth by the summed weight of a cluster's distinct concepts; a lone weak sign is worth nothing.
_WORTH = (0, 0, 1, 2, 2, 3, 3)
_MOST = 3
# The weight of the discipline itself and its products.
_CLEAR = 3
# The longest names that are abbreviations, whose plural has a small "s": "IdPs", but "PIMS" is not several PIM.
_ABBREVIATION = 5
_ARTICLES = ("a ", "an ", "the ", "one ")
_LISTED = frozenset({"iam", "aws iam", "cognito", "aws cognito", "amazon cognito"})


class Cluster(msgspec.Struct, frozen=True, gc=False):
    """Neighbouring names in one sentence, from the first to the last, and the distinct concepts that they name.

    `worth` is what they are worth as a sign of IAM work, 0 to 3: nothing where the text is not about the work. `strong`
    says that one of them names the discipline itself or one of its products, `introduces` that the employer presents
    itself as a maker of such there.
    """

    start: int
    end: int
    concepts: tuple[Concept, ...]
    worth: int
    strong: bool
    introduces: bool


class Employer(msgspec.Struct, frozen=True, gc=False):
    """The words of an employer's name, folded, between single blanks; `vendor` is what it sells, if that is IAM."""

    words: str
    vendor: Concept | None


def clusters(text: str, folded: str, *, found: Found, sections: Sections, employer: Employer) -> list[Cluster]:
    """The clusters of a text in order, also those in parts that do not count, which are worth nothing."""
    introductions = _introductions(folded, employer.words)
    asides = sorted(found.boilerplate + introductions) if introductions else found.boilerplate
    made = []
    for group in _groups(folded, found.concepts):
        names = _certain(text, folded, group, found=found, employer=employer)
        if not names:
            continue
        start, end = names[0].start, names[-1].end
        counts = sections.counts[sections.at(start)]
        if counts and asides:
            counts = not _in_sentence(folded, start, end, positions=asides)
        concepts = _distinct(names)
        weight, strong, worth, introduces = 0, False, 0, False
        for concept in concepts:
            weight += concept.weight
            strong = strong or concept.weight == _CLEAR
        if counts:
            worth = _WORTH[weight] if weight < len(_WORTH) else _MOST
        elif weight >= _CLEAR and introductions:
            introduces = _in_sentence(folded, start, end, positions=introductions)
        made.append(Cluster(start, end, concepts, worth, strong, introduces))
    return made


def _distinct(names: list[Hit]) -> tuple[Concept, ...]:
    concept = names[0].entry.concept
    if len(names) == 1 and concept:
        return (concept,)
    return tuple({hit.entry.concept.index: hit.entry.concept for hit in names if hit.entry.concept}.values())


def _groups(folded: str, hits: list[Hit]) -> list[list[Hit]]:
    """The hits, those together that stand close to each other in one sentence."""
    groups: list[list[Hit]] = []
    last = 0
    for hit in hits:
        start = hit.start
        if not groups or start - last > _GAP or holds(folded[last:start], _BREAKS):
            groups.append([hit])
        else:
            groups[-1].append(hit)
        last = hit.end
    return groups


def _certain(text: str, folded: str, group: list[Hit], *, found: Found, employer: Employer) -> list[Hit]:
    """The hits of a group that do mean their concept; the employer's own names are no skill."""
    firm, loose = [], []
    words, vendor = employer.words, employer.vendor
    for hit in group:
        entry, start, end = hit.entry, hit.start, hit.end
        phrase, form = entry.phrase, entry.form
        if (
            (vendor and entry.concept is vendor)
            or (phrase in words and _is_employer(hit, words))
            or _in_address(text, start, end)
            or (end - start != len(phrase) and not plainly_plural(text, hit))
        ):
            continue
        if form == "term":
            firm.append(hit)
        elif form == "loose":
            loose.append(hit)
        elif text[start : start + len(phrase)].isupper() and not contradicted(hit, found):
            firm.append(hit)
    if firm and firm[0].entry.phrase in _LISTED and _only_listed(firm, found.scan):
        firm = []
    if not loose:
        return firm
    solid = any(hit.entry.concept.weight > 1 for hit in firm if hit.entry.concept)
    products = [] if solid else [hit for hit in group if _is_product(hit.entry)]
    # One mention that is certain makes the others beside it certain: whichever is cut out, the rest stays as it was.
    meant = {_index(hit) for hit in loose if solid or _has_cue(folded, found.scan, hit, products)}
    sure = [hit for hit in loose if _index(hit) in meant and not contradicted(hit, found)]
    return sorted(firm + sure, key=_start) if sure else firm


def _index(hit: Hit) -> int:
    return hit.entry.concept.index if hit.entry.concept else -1


def _start(part: Hit) -> int:
    return part.start


def plainly_plural(text: str, hit: Hit) -> bool:
    """Whether the "s" at the end of an abbreviation, if there is one, can be a plural's."""
    length = len(hit.entry.phrase)
    return hit.end - hit.start == length or length > _ABBREVIATION or text[hit.end - 1] == "s" or text.isupper()


def contradicted(hit: Hit, found: Found) -> bool:
    """Whether the text holds a phrase that shows the name to mean something else."""
    concept = hit.entry.concept
    return bool(found.contradictions) and concept is not None and not concept.not_with.isdisjoint(found.contradictions)


def _is_product(entry: Entry) -> bool:
    return entry.form == "term" and entry.concept is not None and entry.concept.kind == "vendors"


def _has_cue(folded: str, scan: bytes, hit: Hit, products: list[Hit]) -> bool:
    """Whether a word that makes the name certain stands close to it in its sentence.

    What `products` are called does not count, so that another name of one makes nothing else certain.
    """
    concept = hit.entry.concept
    if concept is None or concept.needs is None:
        return False
    first, last = sentence_around(folded, hit.start, hit.end, reach=_GAP)
    # The scan begins with a blank, so the text's position p is its byte p + 1.
    around = bytearray(scan[first : last + 1])
    for other in products[bisect_left(products, first, key=_start) : bisect_left(products, last, key=_start)]:
        start, end = other.start + 1 - first, min(other.end + 1 - first, len(around))
        around[start:end] = b" " * (end - start)
    # In place of the name stands what no phrase holds, so that none reaches across.
    around[hit.start + 1 - first : hit.end + 1 - first] = b"|"
    return contains(concept.needs, bytes(around))


def _only_listed(firm: list[Hit], scan: bytes) -> bool:
    """Whether IAM is named only as one of a cloud's services."""
    for hit in firm:
        if hit.entry.phrase not in _LISTED:
            return False
    around = scan[max(0, firm[0].start - _GAP) : firm[-1].end + _GAP]
    return contains(lexicon().cloud_services, around)


def _is_employer(hit: Hit, employer: str) -> bool:
    """Part of the name of an employer, whose words stand between single blanks, though it sells no IAM."""
    entry = hit.entry
    if entry.concept is None:
        return False
    named = entry.concept.kind == "vendors" or entry.form == "upper"
    return named and f" {entry.phrase} " in employer


def _in_address(text: str, start: int, end: int) -> bool:
    """Part of a web or mail address."""
    if start and text[start - 1] == "@":
        return True
    return end + 1 < len(text) and text[end] == "." and text[end + 1].islower()


def _introductions(folded: str, employer: str) -> list[int]:
    """Where the employer says what it is."""
    name = employer[1 : employer.find(" ", 1)]
    if len(name) <= 3:
        return []
    phrase, found = f"{name} is ", []
    at = folded.find(phrase)
    while at >= 0:
        if folded.startswith(_ARTICLES, at + len(phrase)):
            found.append(at)
        at = folded.find(phrase, at + len(phrase))
    return found


def _in_sentence(folded: str, start: int, end: int, *, positions: list[int]) -> bool:
    """Whether one of the sorted positions lies in the sentence of this span."""
    index = bisect_left(positions, start - _SENTENCE)
    if index == len(positions) or positions[index] > end + _SENTENCE:
        return False
    first, last = sentence_around(folded, start, end)
    index = bisect_left(positions, first)
    return index < len(positions) and positions[index] < last


def sentence_around(folded: str, start: int, end: int, *, reach: int = _SENTENCE) -> tuple[int, int]:
    """The bounds of the sentence or line that holds the span, looking no farther than `reach` each way."""
    before, after = folded[max(0, start - reach) : start], folded[end : end + reach]
    for mark in _BREAKS:
        if mark in before:
            before = before[before.rindex(mark) + len(mark) :]
        if mark in after:
            after = after[: after.index(mark)]
    return start - len(before), end + len(after)
