"""What a job title alone says: an IAM job, one with IAM among its duties, not the doing of IAM at all, or nothing."""

import re
from enum import StrEnum

import msgspec

from iam_job_scout.relevance.lexicon import Concept, Hit, lexicon
from iam_job_scout.relevance.text import fold

_WORD = re.compile(r"[^\W_](?:[\w&+.'/-]*[^\W_])?\+?")
_POINTS = {"core": 40, "part": 20}
# Loose names that need no company when they stand in a title.
_PLAIN_IN_TITLE = frozenset({"identity", "authentication"})


class Kind(StrEnum):
    """core: an IAM job. part: IAM is one duty among several, or may be. veto: selling, doors, patients and the like."""

    CORE = "core"
    PART = "part"
    VETO = "veto"
    NEUTRAL = "neutral"


class Title(msgspec.Struct, frozen=True):
    """The reading of a title: its kind, the concepts it names, and the span from the first to the last of them.

    `near` says that the trade is one in which IAM duties are common, `technical` that somebody builds or runs
    things, `aside` that the job is about IAM without being the work. `reason` is the phrase behind a veto.
    """

    kind: Kind
    concepts: tuple[Concept, ...] = ()
    start: int = 0
    end: int = 0
    reason: str = ""
    near: bool = False
    technical: bool = False
    aside: bool = False

    @property
    def points(self) -> int:
        """What the title adds to the score."""
        return _POINTS.get(self.kind, 0)


def read(title: str) -> Title:
    """The reading of a plain-text title."""
    folded = fold(title)
    words = f" {' '.join(_WORD.findall(folded))} "
    technical = _has(words, "builders") or _has(words, "technical")
    vetoed = _veto(words, technical=technical)
    if vetoed:
        return Title(Kind.VETO, reason=vetoed)
    named = _named(title, folded)
    concepts = tuple({hit.entry.concept.index: hit.entry.concept for hit in named if hit.entry.concept}.values())
    aside = bool(_has(words, "aside"))
    return Title(
        _kind(folded, named, aside=aside),
        concepts,
        named[0].start if named else 0,
        named[-1].end if named else 0,
        near=bool(_has(words, "near")),
        technical=bool(technical),
        aside=aside,
    )


def _has(words: str, table: str) -> str:
    """The first phrase of a title table that stands in `words`, which is blank-separated and blank-padded."""
    return next((phrase for phrase in lexicon().titles[table] if f" {phrase} " in words), "")


def _veto(words: str, *, technical: str) -> str:
    """The phrase that shows the title to be no technical work, or nothing."""
    if _has(words, "technical"):
        return ""
    return _has(words, "veto") or ("" if technical else _has(words, "weak_veto"))


def _named(title: str, folded: str) -> list[Hit]:
    hits = lexicon().find(folded)
    present = {hit.entry.phrase for hit in hits}
    return [hit for hit in hits if _means(title, hit, present)]


def _means(title: str, hit: Hit, present: set[str]) -> bool:
    concept, form = hit.entry.concept, hit.entry.form
    if concept is None or not concept.title:
        return False
    if form == "term":
        return True
    if concept.not_with & present:
        return False
    if form == "loose":
        return concept.id in _PLAIN_IN_TITLE or bool(concept.needs & present)
    written = title[hit.start : hit.end]
    if len(hit.entry.phrase) < 3:
        return written.isupper() and not title[hit.end : hit.end + 1].startswith("-")
    return written[0].isupper() or title.islower()


def _kind(folded: str, named: list[Hit], *, aside: bool) -> Kind:
    if not named:
        return Kind.NEUTRAL
    core = [hit for hit in named if hit.entry.concept and hit.entry.concept.title == "core"]
    firm = any(hit.entry.concept and (hit.entry.concept.weight > 1 or hit.entry.form != "loose") for hit in core)
    return Kind.CORE if firm and not aside and not _shared(folded, named) else Kind.PART


def _shared(folded: str, named: list[Hit]) -> bool:
    """Whether the title names another discipline outside the span of its IAM names."""
    if any(hit.entry.concept and hit.entry.concept.kind == "vendors" for hit in named):
        return False
    rest = f"{folded[: named[0].start]} | {folded[named[-1].end :]}"
    return bool(_has(f" {' '.join(_WORD.findall(rest))} ", "others"))
