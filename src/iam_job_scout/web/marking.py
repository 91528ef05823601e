"""Where the words of a search stand in a text, for people to see why a job was found."""

from dataclasses import dataclass

from iam_job_scout.jobs.words import WantedWords

#: Letters around the found word in a quotation, and how far into a text it is looked for.
_BEFORE, _AFTER, _DEPTH = 24, 90, 30_000


@dataclass(frozen=True)
class Part:
    """A stretch of a text; `found` ones were searched for."""

    text: str
    found: bool = False


Parts = tuple[Part, ...]


def mark(text: str, wanted: WantedWords | None) -> Parts:
    """Returns the text in parts; joined they are the text."""
    if wanted is None:
        return (Part(text),)
    parts: list[Part] = []
    at = 0
    for start, end in wanted.places(text):
        parts += (Part(text[at:start]), Part(text[start:end], True))
        at = end
    return tuple(part for part in (*parts, Part(text[at:])) if part.text)


def has_found(parts: Parts) -> bool:
    """Whether anything in the text was searched for."""
    return any(part.found for part in parts)


def quote(text: str, wanted: WantedWords) -> Parts:
    """Returns the words around the first one that was searched for, or nothing."""
    text = text[:_DEPTH]
    first = wanted.first(text)
    return mark(_cut(text, *first), wanted) if first else ()


def _cut(text: str, start: int, end: int) -> str:
    first, last = max(0, start - _BEFORE), min(len(text), end + _AFTER)
    # Not within a word, and on one line.
    first = text.find(" ", first, start) + 1 if first else 0
    last = max(text.rfind(" ", end, last), end) if last < len(text) else last
    words = " ".join(text[first:last].split())
    return f"{'… ' if first else ''}{words}{' …' if last < len(text) else ''}"
