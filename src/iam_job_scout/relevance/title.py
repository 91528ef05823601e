"""What a job title alone says: an IAM job, one with IAM among its duties, not the doing of IAM at all, or nothing."""

import re
from enum import StrEnum

import msgspec

from iam_job_scout.relevance.lexicon import Concept, Hit, lexicon
from iam_job_scout.relevance.text import fold

_WORD = re.compile(r"[^\W_](?:[\w&+.'/-]*[^\W_])?\+?")
_POINTS = {"core": 40, "likely": 30, "part": 20}
# Loose names that need no company when they stand in a title.
_PLAIN_IN_TITLE = frozenset({"identity", "authentication"})
_PLAIN_FOR_BUILDERS = frozenset({"authorization", "authorizations", "auth"})


class Kind(StrEnum):
    """core: an IAM job. likely: one if nothing speaks against it ("Security Engineer, Identity"). part: IAM is one duty
    among several. veto: selling, doors, patients and the like.
    """

    CORE = "core"
    LIKELY = "likely"
    PART = "part"
    VETO = "veto"
    NEUTRAL = "neutral"


class Title(msgspec.Struct, frozen=True):
    """The reading of a title: its kind, the concepts it names, and the span from the first to the last of them.

    `near` says that the trade is one in which IAM duties are common, `product` that an identity vendor's product
    is worked on, `aside` that the job is about IAM without being the work, `leanings` which sub-fields other words hint at. `reason` is the phrase behind a veto.
    """

    kind: Kind
    concepts: tuple[Concept, ...] = ()
    start: int = 0
    end: int = 0
    reason: str = ""
    near: bool = False
    product: bool = False
    aside: bool = False
    leanings: tuple[str, ...] = ()

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
    named = _named(title, folded, builder=bool(_has(words, "builders")))
    concepts = tuple({hit.entry.concept.index: hit.entry.concept for hit in named if hit.entry.concept}.values())
    aside = bool(_has(words, "aside"))
    return Title(
        _kind(folded, named, aside=aside),
        concepts,
        named[0].start if named else 0,
        named[-1].end if named else 0,
        near=bool(_has(words, "near")),
        product=bool(_has(words, "product")),
        aside=aside,
        leanings=tuple(
            f for f, phrases in lexicon().leanings.items() if any(f" {phrase} " in words for phrase in phrases)
        ),
    )


def _has(words: str, table: str) -> str:
    """The first phrase of a title table that stands in `words`, which is blank-separated and blank-padded."""
    return next((phrase for phrase in lexicon().titles[table] if f" {phrase} " in words), "")


def _veto(words: str, *, technical: str) -> str:
    """The phrase that shows the title to be no technical work, or nothing."""
    if _has(words, "technical"):
        return ""
    return _has(words, "veto") or ("" if technical else _has(words, "weak_veto"))


def _named(title: str, folded: str, *, builder: bool) -> list[Hit]:
    hits = lexicon().find(folded)
    present = {hit.entry.phrase for hit in hits}
    sure = [hit for hit in hits if hit.entry.form != "loose" and _means(title, hit, present, builder=builder)]
    loose = [
        hit
        for hit in hits
        if hit.entry.form == "loose" and (_means(title, hit, present, builder=builder) or _beside(sure, hit))
    ]
    return sorted(sure + loose)


def _beside(sure: list[Hit], hit: Hit) -> bool:
    """Whether a vendor's ambiguous name stands beside a clear one."""
    return bool(sure) and hit.entry.concept is not None and hit.entry.concept.kind == "vendors"


def _means(title: str, hit: Hit, present: set[str], *, builder: bool) -> bool:
    concept, form = hit.entry.concept, hit.entry.form
    if concept is None or not concept.title:
        return False
    if form == "term":
        return True
    if concept.not_with & present:
        return False
    if form == "loose":
        plain = concept.id in _PLAIN_IN_TITLE or (hit.entry.phrase in _PLAIN_FOR_BUILDERS and builder)
        return plain or bool(concept.needs & present)
    written = title[hit.start : hit.end]
    if len(hit.entry.phrase) < 3:
        return written.isupper() and not title[hit.end : hit.end + 1].startswith("-")
    return written[0].isupper() or title.islower()


def _kind(folded: str, named: list[Hit], *, aside: bool) -> Kind:
    if not named:
        return Kind.NEUTRAL
    core = [hit for hit in named if hit.entry.concept and hit.entry.concept.title == "core"]
    firm = any(hit.entry.concept and (hit.entry.concept.weight > 1 or hit.entry.form != "loose") for hit in core)
    if not core or aside or _shared(folded, named):
        return Kind.PART
    if firm:
        return Kind.CORE
    words = f" {' '.join(_WORD.findall(folded))} "
    return Kind.PART if _has(words, "proofing") or _has(words, "pairs") else Kind.LIKELY


def _shared(folded: str, named: list[Hit]) -> bool:
    """Whether the title names another discipline outside the span of its IAM names."""
    if any(hit.entry.concept and hit.entry.concept.kind == "vendors" for hit in named):
        return False
    rest = f"{folded[: named[0].start]} | {folded[named[-1].end :]}"
    return bool(_has(f" {' '.join(_WORD.findall(rest))} ", "others"))
