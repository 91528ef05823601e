"""Which postings are IAM jobs, and what they say. Pure functions; importing loads nothing heavy."""

from iam_job_scout.relevance.classify import classify
from iam_job_scout.relevance.match import AnnualPay, Evidence, Match, Tier
from iam_job_scout.relevance.text import plain_text

__all__ = ["AnnualPay", "Evidence", "Match", "Tier", "classify", "plain_text"]
