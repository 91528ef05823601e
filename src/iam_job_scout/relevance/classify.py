"""The judgement of one posting: tier, sub-fields, skills, score and the evidence for it, and the facts it states."""

from iam_job_scout.posting import Posting
from iam_job_scout.relevance import facts, reading, score, subfields, tier
from iam_job_scout.relevance.match import Match, Tier

_NONE = Tier.NONE


def classify(posting: Posting, *, facts_of_others: bool = True) -> Match:
    """Whether and why this is an IAM job. Never raises for a text; time grows linearly with its length.

    Without `facts_of_others` what is no IAM job is not asked what else it says: a fifth less work for who keeps only
    why it is none.
    """
    read = reading.read(posting)
    judged, rule = tier.judge(read)
    evidence = score.evidence(read)
    of_iam = judged is not _NONE
    weights = subfields.tally(read) if of_iam else {}
    return Match(
        tier=judged,
        score=sum([part.points for part in evidence]),
        sub=subfields.rank(read, weights) if of_iam else (),
        skills=subfields.skills(weights) if of_iam else (),
        evidence=evidence,
        rule=rule,
        own_product=read.vendor_side,
        **(facts.read(posting, read) if facts_of_others or of_iam else facts.UNREAD),
    )
