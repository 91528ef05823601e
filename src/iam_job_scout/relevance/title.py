"""What a job title alone says: an IAM job, one with IAM among its duties, not the doing of IAM at all, or nothing."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from iam_job_scout.relevance.evidence import contradicted, plainly_plural
from iam_job_scout.relevance.lexicon import Concept, Found, Hit, contains, lexicon
from iam_job_scout.relevance.text import Plain, plain, scannable

# A longer title is a whole posting in one line; only what comes first is its title.
_LONGEST = 160
# Loose names that need no company when they stand in a title, and those that need somebody who builds.
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


# Looked up once: the attributes of an enumeration are slow.
CORE, LIKELY, PART, VETO, NEUTRAL = Kind


class Title(msgspec.Struct, frozen=True):
    """The reading of a title: its kind, the concepts it names, and the span from the first to the last of them.

    `tags` maps the title tables of the taxonomy to the first phrase of each that stands in the title: "near" for trades
    in which IAM duties are common, "product" for work on a vendor's product, "aside" for work about IAM, and so on.
    """

    kind: Kind
    tags: Mapping[str, str]
    concepts: tuple[Concept, ...] = ()
    start: int = 0
    end: int = 0


def read(whole: Plain) -> Title:
    """The reading of a title."""
    if len(whole.text) > _LONGEST or "\n" in whole.text:
        whole = whole.first(len(whole.text[:_LONGEST].partition("\n")[0]))
    folded = whole.folded
    tags = lexicon().title_tags(whole.scan)
    if veto_of(tags):
        return Title(VETO, tags)
    named = _named(whole, tags)
    if not named:
        return Title(NEUTRAL, tags)
    concepts = tuple({hit.entry.concept.index: hit.entry.concept for hit in named if hit.entry.concept}.values())
    return Title(_kind(folded, named, tags), tags, concepts, named[0].start, named[-1].end)


def may_matter(title: str) -> bool:
    """False where the title alone shows that this is no IAM job, whatever the text says."""
    return read(plain(title)).kind is not VETO


def veto_of(tags: Mapping[str, str]) -> str:
    """The phrase that shows a title to be no technical work, or nothing."""
    if "technical" in tags:
        return ""
    return tags.get("veto", "") or ("" if "builders" in tags else tags.get("weak_veto", ""))


def _named(whole: Plain, tags: Mapping[str, str]) -> list[Hit]:
    title, folded, scan = whole.text, whole.folded, whole.scan
    found = lexicon().find(scan)
    if not found.concepts:
        return []
    hits = [
        hit for hit in found.concepts if hit.entry.concept and hit.entry.concept.title and plainly_plural(title, hit)
    ]
    sure = [hit for hit in hits if hit.entry.form != "loose" and _clear(title, hit, found)]
    loose = [
        hit
        for hit in hits
        if hit.entry.form == "loose" and _meant(folded, hit, sure=sure, tags=tags) and not contradicted(hit, found)
    ]
    return sorted(sure + loose, key=lambda hit: hit.start) if loose else sure


def _clear(title: str, hit: Hit, found: Found) -> bool:
    """A term always; an abbreviation where it is written like one ("Iam" too, but "AD" in capitals only)."""
    if hit.entry.form == "term":
        return True
    written = title[hit.start : hit.end]
    if len(hit.entry.phrase) < 3:
        return written.isupper() and not title[hit.end : hit.end + 1].startswith("-")
    return (not written.islower() or title.islower()) and not contradicted(hit, found)


def _meant(folded: str, hit: Hit, *, sure: list[Hit], tags: Mapping[str, str]) -> bool:
    """Whether an ambiguous name means its concept in this title."""
    concept = hit.entry.concept
    if concept is None:
        return False
    if (concept.id in _PLAIN_IN_TITLE and hit.entry.phrase != "identities") or (
        hit.entry.phrase in _PLAIN_FOR_BUILDERS and "builders" in tags
    ):
        return True
    if sure and concept.kind == "vendors":
        return True
    rest = f" {folded[: hit.start]} {folded[hit.end :]}"
    return concept.needs is not None and contains(concept.needs, scannable(rest))


def _kind(folded: str, named: list[Hit], tags: Mapping[str, str]) -> Kind:
    core = [hit for hit in named if hit.entry.concept and hit.entry.concept.title == "core"]
    if not core or "aside" in tags or _shared(folded, named, tags):
        return PART
    if any(hit.entry.form != "loose" or (hit.entry.concept and hit.entry.concept.weight > 1) for hit in core):
        return CORE
    return PART if "proofing" in tags or "pairs" in tags else LIKELY


def _shared(folded: str, named: list[Hit], tags: Mapping[str, str]) -> bool:
    """Whether the title names another discipline outside the span of its IAM names."""
    if "others" not in tags or any(hit.entry.concept and hit.entry.concept.kind == "vendors" for hit in named):
        return False
    rest = f"{folded[: named[0].start]} | {folded[named[-1].end :]}"
    return "others" in lexicon().title_tags(scannable(rest))
