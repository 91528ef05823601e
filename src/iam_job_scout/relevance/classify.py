"""The judgement of one posting: tier, sub-fields, skills, score and the evidence for it, and the facts it states."""

from iam_job_scout.posting import Posting
from iam_job_scout.relevance import facts, reading, score, subfields, tier
from iam_job_scout.relevance.match import Match, Tier


def classify(posting: Posting) -> Match:
    """Whether and why this is an IAM job. Never raises for a text; time grows linearly with its length."""
    read = reading.read(posting)
    judged, rule = tier.judge(read)
    evidence = score.evidence(read)
    weights = {} if judged is Tier.NONE else subfields.tally(read)
    return Match(
        tier=judged,
        score=sum(part.points for part in evidence),
        sub=() if judged is Tier.NONE else subfields.rank(read, weights),
        skills=subfields.skills(weights),
        evidence=evidence,
        rule=rule,
        own_product=read.vendor_side,
        **facts.read(posting, read),
    )
