"""The judgement of one posting: tier, sub-fields, skills, score and the evidence for it. A pure function."""

from collections import Counter

import msgspec

from iam_job_scout.posting import Posting
from iam_job_scout.relevance import pay, seniority, title, work_mode
from iam_job_scout.relevance.evidence import Cluster, clusters
from iam_job_scout.relevance.lexicon import Concept, lexicon
from iam_job_scout.relevance.match import Evidence, Match, Tier
from iam_job_scout.relevance.sections import split
from iam_job_scout.relevance.text import fold, plain_text
from iam_job_scout.relevance.title import Kind, Title

HIGHEST = 100
# Aggregators cut descriptions at 300 to 500 characters; in so few words every mention weighs more.
_SNIPPET = 700


class Reading(msgspec.Struct, frozen=True):
    """Everything the tier depends on. `vendor` says that the employer itself makes an IAM product."""

    title: Title
    clusters: tuple[Cluster, ...]
    length: int
    vendor: bool

    @property
    def counted(self) -> list[Cluster]:
        """The clusters that earn points."""
        return [cluster for cluster in self.clusters if cluster.points]

    @property
    def points(self) -> int:
        """What the text adds to the score."""
        return sum(cluster.points for cluster in self.counted)

    @property
    def strong(self) -> int:
        """How many clusters name the discipline itself or one of its products."""
        return sum(any(concept.weight == 3 for concept in cluster.concepts) for cluster in self.counted)


def classify(posting: Posting) -> Match:
    """Whether and why this is an IAM job. Never raises for a text; time grows linearly with its length."""
    heading, text = plain_text(posting.title), plain_text(posting.description)
    folded = fold(text)
    hits = lexicon().find(folded)
    employer = f" {' '.join(fold(posting.company).split())} "
    found = clusters(text, folded, hits=hits, sections=split(text, folded, hits), employer=employer)
    reading = Reading(title.read(heading), tuple(found), len(text), _is_vendor(employer))
    tier, rule = _tier(reading)
    evidence = _evidence(heading, text, reading)
    folded_title = fold(heading)
    years = seniority.years_asked(folded, [hit.start for hit in hits if hit.entry.mark == "years"])
    return Match(
        tier=tier,
        score=sum(part.points for part in evidence),
        sub=_sub(reading) if tier is not Tier.NONE else (),
        skills=_skills(reading),
        seniority=seniority.read(folded_title, years),
        mode=work_mode.read(
            stated=posting.mode, title=folded_title, location=fold(posting.location), folded=folded, hits=hits
        ),
        pay=pay.annual(posting.pay, text),
        evidence=evidence,
        rule=rule,
    )


def _is_vendor(employer: str) -> bool:
    hits = lexicon().find(employer.strip())
    return (
        bool(hits)
        and hits[0].start == 0
        and hits[0].entry.concept is not None
        and (
            hits[0].entry.concept.kind == "vendors"
            and hits[0].entry.form == "term"
            and hits[0].entry.concept.weight == 3
        )
    )


def _tier(reading: Reading) -> tuple[Tier, str]:
    kind = reading.title.kind
    if kind is Kind.VETO:
        return Tier.NONE, f"title: {reading.title.reason}"
    if reading.title.aside:
        return (
            (Tier.ADJACENT, "about IAM, not IAM work") if reading.strong or kind is Kind.PART else (Tier.NONE, "title")
        )
    if kind is Kind.CORE:
        return Tier.CORE, "title names IAM"
    if kind is Kind.PART:
        return (Tier.CORE, "title and text") if reading.strong else (Tier.ADJACENT, "title names IAM among others")
    if _about_iam(reading):
        return Tier.CORE, "text is about IAM"
    if reading.vendor and reading.title.technical:
        return Tier.CORE, "technical work at an IAM vendor"
    if _has_duty(reading):
        return Tier.ADJACENT, "IAM among the duties"
    return Tier.NONE, "IAM mentioned in passing" if reading.clusters else "no IAM signal"


def _about_iam(reading: Reading) -> bool:
    if reading.length < _SNIPPET:
        return reading.strong >= 2
    return reading.points >= 17 or (reading.strong >= 4 and reading.points * 1000 >= 5 * reading.length)


def _has_duty(reading: Reading) -> bool:
    if reading.length < _SNIPPET or reading.title.near:
        return reading.points >= 2 or (reading.points >= 1 and reading.length < 100)
    return reading.points >= 5


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


def _tally(reading: Reading) -> Counter[Concept]:
    tally: Counter[Concept] = Counter()
    for concept in reading.title.concepts:
        tally[concept] += 4 * concept.weight
    for cluster in reading.counted:
        for concept in cluster.concepts:
            tally[concept] += concept.weight
    return tally


def _sub(reading: Reading) -> tuple[str, ...]:
    votes: dict[str, float] = {}
    for concept, count in _tally(reading).items():
        for rank, field in enumerate(concept.sub):
            votes[field] = votes.get(field, 0) + count / (1 + rank)
    general = votes.pop("GENERAL", 0)
    ranked = sorted(
        (field for field, vote in votes.items() if vote >= general / 3), key=votes.__getitem__, reverse=True
    )
    return tuple(ranked[:3]) or ("GENERAL",)


def _skills(reading: Reading) -> tuple[str, ...]:
    return tuple(concept.name for concept, _ in _tally(reading).most_common(12))
