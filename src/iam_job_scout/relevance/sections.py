"""Which part of a posting a stretch of text belongs to: duties, requirements, about the company, benefits, …"""

import msgspec

from iam_job_scout.relevance.lexicon import Hit

UNCOUNTED = frozenset({"about", "benefits", "legal", "apply"})
_HEADING_LENGTH = 60
_DECORATION = " \t*#-_:>•=~.|()[]0123456789"


class Section(msgspec.Struct, frozen=True):
    """The text from `start` to `end` under one heading; `zone` is "intro" before the first."""

    start: int
    end: int
    zone: str

    @property
    def counts(self) -> bool:
        """Whether what stands here says something about the work."""
        return self.zone not in UNCOUNTED


def split(text: str, folded: str, hits: list[Hit]) -> list[Section]:
    """The sections of a text in order; together they cover it."""
    starts = [(0, "intro")]
    for hit in hits:
        zone = hit.entry.zone
        if zone == "opener":
            if starts[-1][1] == "about" and _opens_sentence(text, hit):
                starts.append((hit.start, "duties"))
        elif zone and _is_heading(text, folded, hit):
            starts.append((hit.start, zone))
    ends = [start for start, _ in starts[1:]] + [len(text)]
    return [Section(start, end, zone) for (start, zone), end in zip(starts, ends, strict=True)]


def _is_heading(text: str, folded: str, hit: Hit) -> bool:
    line_start = folded.rfind("\n", max(0, hit.start - 20), hit.start)
    before = folded[line_start + 1 if line_start >= 0 else max(0, hit.start - 20) : hit.start]
    if (line_start >= 0 or hit.start < 20) and not before.strip(_DECORATION):
        return _ends_line(folded, hit) or _introduces(text, hit)
    return _stands_out(text, before, hit)


def _opens_sentence(text: str, hit: Hit) -> bool:
    """Whether the talk turns from the employer to the job here."""
    return text[hit.start].isupper() and text[max(0, hit.start - 3) : hit.start].rstrip(" ")[-1:] in (
        "",
        ".",
        "!",
        "?",
        "\n",
    )


def _ends_line(folded: str, hit: Hit) -> bool:
    rest = folded[hit.end : hit.end + _HEADING_LENGTH]
    line, newline, _ = rest.partition("\n")
    at_end = bool(newline) or len(rest) < _HEADING_LENGTH
    return at_end and len(line) < _HEADING_LENGTH - 15 and not line.rstrip().endswith((".", ","))


def _introduces(text: str, hit: Hit) -> bool:
    return text[hit.end : hit.end + 2].lstrip(" ").startswith(":") and text[hit.start].isupper()


def _stands_out(text: str, before: str, hit: Hit) -> bool:
    """A heading that lost its line break: capitals in running text, or a capital and a colon."""
    heading = text[hit.start : hit.end]
    if not heading[0].isupper():
        return False
    if _introduces(text, hit):
        return True
    words = heading.split()
    following = text[hit.end : hit.end + 2]
    capitals = sum(word[0].isupper() for word in words)
    return (
        len(words) > 1
        and (heading.isupper() or capitals >= min(2, len(words)))
        and before.rstrip()[-1:] in ("", ".", "!", "?", ")", ";", "…")
        and following[:1] == " "
        and following[1:].isupper()
    )
