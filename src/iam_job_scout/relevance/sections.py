"""Which part of a posting a stretch of text belongs to: duties, requirements, about the company, benefits, …"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import compress, pairwise
from operator import itemgetter, sub

import msgspec

from iam_job_scout.relevance.lexicon import Found

UNCOUNTED = frozenset({"about", "benefits", "legal", "apply"})
# A heading's line goes on for less than this after the phrase that makes it one.
_REST_OF_HEADING = 45
# What may stand right before a heading in lower case.
_EDGES = "\n*#>_"
_DECORATION = " \t*#-_:>•=~.|()[]0123456789"
# Headings of one everyday word count only where a line consists of them and no clearer one is there.
_EVERYDAY = re.compile(r"\n(experience|skills|expertise|summary)(?=\n)")
_EVERYDAY_ZONE = "requirements"
# Where these stand near the beginning of a sentence, the talk turns from the employer to the job.
_TURNS = (
    "looking for",
    "seeking",
    "hiring",
    "this role",
    "this position",
    "you will",
    "you'll",
    "you’ll",
    "successful candidate",
    "join our team",
    "join us as",
)
_LEAD_IN = 45
_BREAKS = ("\n", ". ", "! ", "? ")


class Sections(msgspec.Struct, frozen=True, gc=False):
    """The sections of a text in order: where each starts, and whether it counts, because it speaks of the work.

    Together they cover the text.
    """

    starts: list[int]
    counts: list[bool]

    def at(self, position: int) -> int:
        """The index of the section that holds a position."""
        return bisect_right(self.starts, position) - 1

    def substance(self, length: int) -> int:
        """How many characters of a text of that length stand in sections that count."""
        ends = (*self.starts[1:], length)
        return sum(compress(map(sub, ends, self.starts), self.counts))


# What is not divided, because nothing in it depends on where it stands.
UNDIVIDED = Sections([0], [True])


def split(text: str, folded: str, found: Found) -> Sections:
    """The sections of a text, given also in folded form."""
    parts = [(0, "intro")]
    zones = set()
    for start, end, zone in found.headings:
        if (text[start].isupper() or folded[start - 1] in _EDGES) and _is_heading(text, folded, start=start, end=end):
            parts.append((start, zone))
            zones.add(zone)
    if _EVERYDAY_ZONE not in zones and "\n" in folded:
        lines: dict[str, int] = {}
        for line in _EVERYDAY.finditer(folded):
            lines.setdefault(line.group(1), line.start(1))
        if lines:
            parts += [(start, _EVERYDAY_ZONE) for start in lines.values()]
            parts.sort(key=itemgetter(0))
    if "about" in zones:
        parts = list(_turned(folded, parts))
    return Sections([start for start, _ in parts], [zone not in UNCOUNTED for _, zone in parts])


def _turned(folded: str, parts: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The parts, those about the employer cut where they begin to speak of the job."""
    for part, (end, _) in pairwise([*parts, (len(folded), "")]):
        yield part
        turn = _turn(folded, part[0], end) if part[1] == "about" else end
        if turn < end:
            yield turn, "duties"


def _turn(folded: str, start: int, end: int) -> int:
    """Where a section about the employer begins to speak of the job; its end where it does not."""
    turns = [end]
    part = folded[start:end]
    for phrase in _TURNS:
        if phrase in part:
            at = start + part.index(phrase)
            sentence = max(folded.rfind(mark, start, at) + len(mark) for mark in _BREAKS)
            if at - sentence < _LEAD_IN and sentence > start:
                turns.append(sentence)
    return min(turns)


def _is_heading(text: str, folded: str, *, start: int, end: int) -> bool:
    if start == 0 or folded[start - 1] == "\n":
        return _ends_line(folded, end) or _introduces(text, start, end)
    low = max(0, start - 20)
    line_start = folded.rfind("\n", low, start)
    before = folded[line_start + 1 if line_start >= 0 else low : start]
    if (line_start >= 0 or low == 0) and not before.strip(_DECORATION):
        return _ends_line(folded, end) or _introduces(text, start, end)
    return text[start].isupper() and _stands_out(text, before, start=start, end=end)


def _ends_line(folded: str, end: int) -> bool:
    newline = folded.find("\n", end, end + _REST_OF_HEADING)
    if newline == end:
        return True
    stop = newline if newline >= 0 else len(folded)
    return stop - end < _REST_OF_HEADING and not folded[end:stop].rstrip().endswith((".", ","))


def _introduces(text: str, start: int, end: int) -> bool:
    return text[end : end + 2].lstrip(" ").startswith(":") and text[start].isupper()


def _stands_out(text: str, before: str, *, start: int, end: int) -> bool:
    """A heading that lost its line break: a capital and a colon, or capitals, in running text."""
    following = text[end : end + 2]
    if following.lstrip(" ").startswith(":"):
        return True
    if following[:1] != " " or not following[1:].isupper():
        return False
    heading = text[start:end]
    words = heading.split()
    return (
        len(words) > 1
        and (heading.isupper() or sum(word[0].isupper() for word in words) >= 2)
        and before.rstrip()[-1:] in ("", ".", "!", "?", ")", ";", "…")
    )
