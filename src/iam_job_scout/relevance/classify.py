"""The judgement of one posting: tier, sub-fields, skills, score and the evidence for it. A pure function."""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, TypedDict

import msgspec

from iam_job_scout.posting import Mode, Posting
from iam_job_scout.relevance import conditions, contract, location, pay, seniority, title, work_mode
from iam_job_scout.relevance.certificates import certifications
from iam_job_scout.relevance.evidence import Cluster, clusters
from iam_job_scout.relevance.language import language
from iam_job_scout.relevance.lexicon import Concept, Found, lexicon
from iam_job_scout.relevance.location import Place
from iam_job_scout.relevance.match import AnnualPay, Contract, Evidence, Match, Sponsorship, Tier
from iam_job_scout.relevance.sections import split
from iam_job_scout.relevance.text import fold, plain_text
from iam_job_scout.relevance.title import Kind, Title

HIGHEST = 100
_MOST_SKILLS = 12
# Aggregators cut descriptions at 300 to 500 characters; in so few words every mention weighs more.
_SNIPPET = 700
# Shorter than this a description is a list of skills.
_LIST = 120
# Votes for a sub-field: what makes one clear, what a title word or the employer's own product adds.
_CLEAR = 2.5
_LEANING = 3
_HOME = 5
_SIGN_IN = frozenset({"identity", "identity_security", "authentication", "ciam"})


class Texts(NamedTuple):
    """Title and description as plain text, and both folded."""

    title: str
    folded_title: str
    text: str
    folded: str


class Facts(TypedDict):
    """The fields of `Match` that hold what a posting states about the job."""

    seniority: str
    mode: Mode
    pay: AnnualPay | None
    years: int | None
    places: tuple[Place, ...]
    clearance: str | None
    citizenship: str | None
    sponsorship: Sponsorship
    contract: Contract
    language: str


class Reading(msgspec.Struct, frozen=True):
    """Everything the tier depends on: the title, the clusters of the text and how much they weigh.

    `counted` are the clusters that earn points, `points` their sum; `strong` is how many of them name the discipline
    itself or one of its products; `vendor` is the employer, where it makes an IAM product.
    """

    title: Title
    clusters: list[Cluster]
    counted: list[Cluster]
    points: int
    strong: int
    length: int
    sections: int
    vendor: Concept | None

    @property
    def snippet(self) -> bool:
        """Whether this is the beginning of a text, cut off by an aggregator before its sections."""
        return self.length < _SNIPPET and self.sections < 3

    @property
    def vendor_side(self) -> bool:
        """Whether the employer makes or sells IAM."""
        return self.vendor is not None or any(c.introduces and c.weight >= 3 for c in self.clusters)


def classify(posting: Posting) -> Match:
    """Whether and why this is an IAM job. Never raises for a text; time grows linearly with its length."""
    heading, text = plain_text(posting.title), plain_text(posting.description)
    folded_title, folded = fold(heading), fold(text)
    found = lexicon().find(folded)
    employer = f" {' '.join(fold(posting.company).split())} "
    sections = split(text, folded, found)
    signals = clusters(text, folded, found=found, sections=sections, employer=employer)
    counted = [cluster for cluster in signals if cluster.points]
    reading = Reading(
        title=title.read(heading, folded_title),
        clusters=signals,
        counted=counted,
        points=sum(cluster.points for cluster in counted),
        strong=sum(any(concept.weight == 3 for concept in cluster.concepts) for cluster in counted),
        length=len(text),
        sections=len(sections),
        vendor=_vendor(employer),
    )
    tier, rule = _tier(reading)
    evidence = _evidence(heading, text, reading)
    relevant = tier is not Tier.NONE
    tally = _tally(reading) if relevant else {}
    facts = _facts(posting, Texts(heading, folded_title, text, folded), found=found, tags=reading.title.tags)
    return Match(
        tier=tier,
        score=sum(part.points for part in evidence),
        sub=_sub(reading, tally) if relevant else (),
        skills=_skills(tally),
        evidence=evidence,
        rule=rule,
        certifications=certifications(text, found.marks.get("certification", ()), sections),
        own_product=reading.vendor_side,
        **facts,
    )


def _facts(posting: Posting, texts: Texts, *, found: Found, tags: Mapping[str, str]) -> Facts:
    """What the posting states about the job, whatever its field."""
    folded, marks = texts.folded, found.marks
    years = seniority.years_asked(folded, marks.get("years", ()))
    return {
        "seniority": seniority.read(tags, years),
        "mode": work_mode.read(
            stated=posting.mode, title=texts.folded_title, location=fold(posting.location), folded=folded, marks=marks
        ),
        "pay": pay.annual(posting.pay, texts.text, marks.get("money", ())),
        "years": min(years, default=None),
        "places": location.places(
            posting.location,
            title=texts.title,
            text=texts.text,
            lines=marks.get("place", ()),
            remote=marks.get("remote", ()),
        ),
        "clearance": conditions.clearance(folded, marks.get("clearance", ())),
        "citizenship": conditions.citizenship(folded, marks.get("citizen", ())),
        "sponsorship": conditions.sponsorship(folded, marks.get("sponsor", ())),
        "contract": contract.read(
            posted=fold(posting.employment_type),
            title=texts.folded_title,
            tags=tags,
            folded=folded,
            marks=marks.get("contract", ()),
        ),
        "language": language(folded or texts.folded_title, found.scan),
    }


@lru_cache(maxsize=4096)
def _vendor(employer: str) -> Concept | None:
    """The IAM vendor whose name begins the employer's."""
    named = lexicon().find(employer.strip()).concepts[:1]
    concept = named[0].entry.concept if named and named[0].start == 0 and named[0].entry.form == "term" else None
    return concept if concept and concept.kind == "vendors" and concept.weight == 3 else None


def _tier(reading: Reading) -> tuple[Tier, str]:
    kind = reading.title.kind
    if kind is Kind.VETO:
        return Tier.NONE, f"title: {title.veto_of(reading.title.tags)}"
    if "aside" in reading.title.tags:
        return (
            (Tier.ADJACENT, "about IAM, not IAM work") if reading.strong or kind is Kind.PART else (Tier.NONE, "title")
        )
    if kind is Kind.CORE:
        return Tier.CORE, "title names IAM"
    if kind is Kind.LIKELY and (reading.points or "near" in reading.title.tags):
        return Tier.CORE, "title names identity"
    if kind in (Kind.LIKELY, Kind.PART):
        return (
            (Tier.CORE, "title and text")
            if reading.strong and reading.points >= 4
            else (Tier.ADJACENT, "title names IAM among others")
        )
    if _about_iam(reading):
        return Tier.CORE, "text is about IAM"
    if reading.vendor_side and "product" in reading.title.tags and "internal" not in reading.title.tags:
        return Tier.CORE, "technical work at an IAM vendor"
    if _has_duty(reading):
        return Tier.ADJACENT, "IAM among the duties"
    return Tier.NONE, "IAM mentioned in passing" if reading.clusters else "no IAM signal"


def _about_iam(reading: Reading) -> bool:
    if reading.snippet:
        return reading.strong >= 2
    density = reading.points * 1000 / max(reading.length, _SNIPPET)
    return (reading.points >= 17 and density >= 3.0) or (reading.strong >= 4 and density >= 5)


def _has_duty(reading: Reading) -> bool:
    if reading.length < _LIST:
        covered = sum(cluster.end - cluster.start for cluster in reading.counted)
        return reading.points >= 2 or covered >= reading.length / 4 > 0
    return reading.points >= (2 if reading.snippet or "near" in reading.title.tags else 5)


def _evidence(heading: str, text: str, reading: Reading) -> tuple[Evidence, ...]:
    """What earned the points, the title first, then in the order of the text, up to 100 points in all."""
    if reading.title.kind is Kind.VETO:
        return ()
    parts, left = [], HIGHEST
    if reading.title.points:
        span = reading.title
        parts.append(
            Evidence("title", span.start, span.end, heading[span.start : span.end], _names(span.concepts), span.points)
        )
        left -= span.points
    for cluster in reading.counted:
        points = min(cluster.points, left)
        if points:
            quote = text[cluster.start : cluster.end]
            parts.append(Evidence("description", cluster.start, cluster.end, quote, _names(cluster.concepts), points))
            left -= points
    return tuple(parts)


def _names(concepts: tuple[Concept, ...]) -> str:
    return ", ".join(concept.name for concept in concepts)


def _tally(reading: Reading) -> dict[int, int]:
    """How much each concept, by its index, weighs in title and text."""
    tally: dict[int, int] = {}
    for concept in reading.title.concepts:
        tally[concept.index] = 4 * concept.weight
    for cluster in reading.counted or reading.clusters:
        for concept in cluster.concepts:
            tally[concept.index] = tally.get(concept.index, 0) + concept.weight
    return tally


def _sub(reading: Reading, tally: dict[int, int]) -> tuple[str, ...]:
    """Up to three sub-fields; a specific one goes before the general one as soon as something clear names it."""
    known = lexicon()
    votes = dict.fromkeys(known.subfields, 0.0)
    if reading.vendor:
        tally = tally | {reading.vendor.index: tally.get(reading.vendor.index, 0) + _HOME}
    for index, count in tally.items():
        for rank, field in enumerate(_ordered(known.concepts[index].sub, reading.title.tags)):
            votes[field] += count / (1 + rank)
    _lean(votes, reading.title)
    del votes["GENERAL"]
    least = max(_CLEAR, max(votes.values()) / 4)
    ranked = sorted((f for f, vote in votes.items() if vote >= least), key=votes.__getitem__, reverse=True)
    return tuple(ranked[:3]) or ("GENERAL",)


def _ordered(fields: tuple[str, ...], leanings: Mapping[str, str]) -> list[str]:
    return sorted(fields, key=lambda field: field not in leanings)


def _lean(votes: dict[str, float], read: Title) -> None:
    if not read.concepts:
        return
    for field in read.tags.keys() & votes.keys():
        if field != "CIAM" or any(concept.id in _SIGN_IN for concept in read.concepts):
            votes[field] += _LEANING


def _skills(tally: dict[int, int]) -> tuple[str, ...]:
    strongest = sorted(tally, key=tally.__getitem__, reverse=True)[:_MOST_SKILLS]
    return tuple(lexicon().concepts[index].name for index in strongest)
