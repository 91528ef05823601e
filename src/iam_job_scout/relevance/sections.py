"""Which part of a posting a stretch of text belongs to: duties, requirements, about the company, benefits, …"""

from operator import itemgetter

import msgspec

from iam_job_scout.relevance.lexicon import Found, Hit

UNCOUNTED = frozenset({"about", "benefits", "legal", "apply"})
_HEADING_LENGTH = 60
# What may stand right before a heading in lower case.
_EDGES = "\n*#>_"
_DECORATION = " \t*#-_:>•=~.|()[]0123456789"
# Headings of one everyday word count only where a line consists of them.
_EVERYDAY = ("\nexperience\n", "\nskills\n", "\nexpertise\n", "\nsummary\n")
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


class Section(msgspec.Struct, frozen=True, gc=False):
    """The text from `start` to `end` under one heading; `zone` is "intro" before the first."""

    start: int
    end: int
    zone: str
    counts: bool


def split(text: str, folded: str, found: Found) -> list[Section]:
    """The sections of a text in order; together they cover it. `counts` is whether one speaks of the work."""
    starts = [(0, "intro")]
    starts += [
        (hit.start, hit.entry.zone)
        for hit in found.headings
        if (text[hit.start].isupper() or folded[hit.start - 1] in _EDGES) and _is_heading(text, folded, hit)
    ]
    if "\n" in folded:
        starts += [(at + 1, _EVERYDAY_ZONE) for word in _EVERYDAY if (at := folded.find(word)) >= 0]
    starts.sort(key=itemgetter(0))
    ends = [start for start, _ in starts[1:]] + [len(text)]
    sections = []
    for (start, zone), end in zip(starts, ends, strict=True):
        turn = _turn(folded, start, end) if zone == "about" else end
        sections.append(Section(start, turn, zone, zone not in UNCOUNTED))
        if turn < end:
            sections.append(Section(turn, end, "duties", counts=True))
    return sections


def _turn(folded: str, start: int, end: int) -> int:
    """Where a section about the employer begins to speak of the job; its end where it does not."""
    turns = [end]
    for phrase in _TURNS:
        at = folded.find(phrase, start, end)
        if at >= 0:
            sentence = max(folded.rfind(mark, start, at) + len(mark) for mark in _BREAKS)
            if at - sentence < _LEAD_IN and sentence > start:
                turns.append(sentence)
    return min(turns)


def _is_heading(text: str, folded: str, hit: Hit) -> bool:
    if hit.start and folded[hit.start - 1].isalnum():
        return False
    low = max(0, hit.start - 20)
    line_start = folded.rfind("\n", low, hit.start)
    before = folded[line_start + 1 if line_start >= 0 else low : hit.start]
    if (line_start >= 0 or low == 0) and not before.strip(_DECORATION):
        return _ends_line(folded, hit) or _introduces(text, hit)
    return text[hit.start].isupper() and _stands_out(text, before, hit)


def _ends_line(folded: str, hit: Hit) -> bool:
    rest = folded[hit.end : hit.end + _HEADING_LENGTH]
    line, newline, _ = rest.partition("\n")
    at_end = bool(newline) or len(rest) < _HEADING_LENGTH
    return at_end and len(line) < _HEADING_LENGTH - 15 and not line.rstrip().endswith((".", ","))


def _introduces(text: str, hit: Hit) -> bool:
    return text[hit.end : hit.end + 2].lstrip(" ").startswith(":") and text[hit.start].isupper()


def _stands_out(text: str, before: str, hit: Hit) -> bool:
    """A heading that lost its line break: capitals in running text, or a capital and a colon."""
    if _introduces(text, hit):
        return True
    heading = text[hit.start : hit.end]
    words = heading.split()
    following = text[hit.end : hit.end + 2]
    return (
        len(words) > 1
        and (heading.isupper() or sum(word[0].isupper() for word in words) >= 2)
        and before.rstrip()[-1:] in ("", ".", "!", "?", ")", ";", "…")
        and following[:1] == " "
        and following[1:].isupper()
    )
