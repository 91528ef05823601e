"""What a job title alone says: an IAM job, one with IAM among its duties, not the doing of IAM at all, or nothing."""

import re
from enum import StrEnum

import msgspec

from iam_job_scout.relevance.lexicon import Concept, Hit, lexicon
from iam_job_scout.relevance.text import fold

_WORD = re.compile(r"[^\W_](?:[\w&+.'/-]*[^\W_])?\+?")
_POINTS = {"core": 45, "part": 20}


class Kind(StrEnum):
    """core: the title names an IAM job. part: it names IAM beside another trade. veto: selling, doors, patients, …"""

    CORE = "core"
    PART = "part"
    VETO = "veto"
    NEUTRAL = "neutral"


class Title(msgspec.Struct, frozen=True):
    """The reading of a title: its kind, the concepts it names, and the span from the first to the last of them."""

    kind: Kind
    concepts: tuple[Concept, ...]
    start: int
    end: int
    reason: str

    @property
    def points(self) -> int:
        """What the title adds to the score."""
        return _POINTS.get(self.kind, 0)


def read(title: str) -> Title:
    """The reading of a plain-text title."""
    folded = fold(title)
    padded = f" {' '.join(_WORD.findall(folded))} "
    vetoed = _veto(padded)
    if vetoed:
        return Title(Kind.VETO, (), 0, 0, vetoed)
    named = _named(title, folded)
    if not named:
        return Title(Kind.NEUTRAL, (), 0, 0, "")
    concepts = tuple({hit.entry.concept.index: hit.entry.concept for hit in named if hit.entry.concept}.values())
    kind = _kind(padded, concepts)
    if kind is Kind.NEUTRAL:
        return Title(kind, concepts, 0, 0, "")
    return Title(kind, concepts, named[0].start, named[-1].end, "")


def _veto(padded: str) -> str:
    """The phrase that shows the title to be no technical work, or nothing."""
    titles = lexicon().titles
    if any(f" {phrase} " in padded for phrase in titles["technical"]):
        return ""
    return next((phrase for phrase in sorted(titles["veto"]) if f" {phrase} " in padded), "")


def _named(title: str, folded: str) -> list[Hit]:
    hits = [hit for hit in lexicon().find(folded) if hit.entry.concept and hit.entry.concept.title]
    present = {hit.entry.phrase for hit in lexicon().find(folded)}
    return [hit for hit in hits if _means(title, hit, present)]


def _means(title: str, hit: Hit, present: set[str]) -> bool:
    concept = hit.entry.concept
    if concept is None or (hit.entry.form != "term" and concept.not_with & present):
        return False
    if hit.entry.form == "loose":
        return concept.kind == "disciplines" or bool(concept.needs & present)
    return hit.entry.form == "term" or not title[hit.start : hit.end].islower() or title.islower()


def _kind(padded: str, concepts: tuple[Concept, ...]) -> Kind:
    titles = lexicon().titles
    shared = any(f" {phrase} " in padded for phrase in titles["others"])
    if any(concept.title == "core" for concept in concepts):
        return Kind.PART if shared else Kind.CORE
    return Kind.PART
