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


class Reading(msgspec.Struct, frozen=True):
    """Everything the tier depends on: the title, the clusters of the text, and how long the text is."""

    title: Title
    clusters: tuple[Cluster, ...]
    length: int

    @property
    def counted(self) -> list[Cluster]:
        """The clusters that earn points."""
        return [cluster for cluster in self.clusters if cluster.points]

    @property
    def weight(self) -> int:
        return sum(min(c.weight, 8) for c in self.counted)

    @property
    def strong(self) -> set[str]:
        return {concept.id for c in self.counted for concept in c.concepts if concept.weight == 3}


def classify(posting: Posting) -> Match:
    """Whether and why this is an IAM job. Never raises for a text; time grows linearly with its length."""
    heading, text = plain_text(posting.title), plain_text(posting.description)
    folded = fold(text)
    hits = lexicon().find(folded)
    employer = f" {' '.join(fold(posting.company).split())} "
    found = clusters(text, folded, hits=hits, sections=split(text, folded, hits), employer=employer)
    reading = Reading(title.read(heading), tuple(found), len(text))
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


def _tier(reading: Reading) -> tuple[Tier, str]:
    kind = reading.title.kind
    if kind is Kind.VETO:
        return Tier.NONE, f"title: {reading.title.reason}"
    if kind is Kind.CORE:
        return Tier.CORE, "title names IAM"
    density = reading.weight / max(600, reading.length) * 1000
    if reading.strong and reading.weight >= 9 and density >= 9:
        return Tier.CORE, "text is about IAM"
    if kind is Kind.PART:
        return Tier.ADJACENT, "title names IAM among others"
    if reading.weight >= 6 or (reading.weight >= 2 and density >= 2.5):
        return Tier.ADJACENT, "IAM among the duties"
    return Tier.NONE, "no IAM signal" if not reading.clusters else "IAM mentioned in passing"


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
    ranked = sorted((field for field, vote in votes.items() if vote >= general / 3), key=votes.__getitem__, reverse=True)
    return tuple(ranked[:3]) or ("GENERAL",)


def _skills(reading: Reading) -> tuple[str, ...]:
    return tuple(concept.name for concept, _ in _tally(reading).most_common(12))
