"""Which postings are IAM jobs, and what they say. Pure functions; importing loads nothing heavy."""

from iam_job_scout.relevance.classify import classify
from iam_job_scout.relevance.match import AnnualPay, Evidence, Match, Tier
from iam_job_scout.relevance.text import plain_text
from iam_job_scout.relevance.title import may_matter

__all__ = ["AnnualPay", "Evidence", "Match", "Tier", "classify", "may_matter", "plain_text"]
