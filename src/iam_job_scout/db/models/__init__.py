"""The tables, a file for each area; every table is imported here, so that the metadata is whole."""

from iam_job_scout.db.models.base import Base, UTCDateTime
from iam_job_scout.db.models.jobs import Decision, Job, JobEvent, JobStatus, Posting
from iam_job_scout.db.models.people import OneTimeLink, User, UserSession
from iam_job_scout.db.models.processes import Process
from iam_job_scout.db.models.scans import Board, Scan, ScanBoard

__all__ = [
    "Base",
    "Board",
    "Decision",
    "Job",
    "JobEvent",
    "JobStatus",
    "OneTimeLink",
    "Posting",
    "Process",
    "Scan",
    "ScanBoard",
    "UTCDateTime",
    "User",
    "UserSession",
]
