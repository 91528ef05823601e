"""Sample postings by invented employers: what a first look shows where no source can be reached."""

from iam_job_scout.samples.postings import sample_postings

__all__ = ["sample_postings"]
