"""The tables, a file for each area; every table is imported here, so that the metadata is whole."""

from iam_job_scout.db.models.base import Base, UTCDateTime
from iam_job_scout.db.models.jobs import Decision, Job, Posting
from iam_job_scout.db.models.people import OneTimeLink, User, UserSession
from iam_job_scout.db.models.processes import Process
from iam_job_scout.db.models.scans import Board, Scan, ScanBoard
from iam_job_scout.db.models.tracking import (
    LOCAL_USER_ID,
    CalendarFeed,
    Fit,
    JobEvent,
    JobStatus,
    Profile,
    Tracking,
)

__all__ = [
    "LOCAL_USER_ID",
    "Base",
    "Board",
    "CalendarFeed",
    "Decision",
    "Fit",
    "Job",
    "JobEvent",
    "JobStatus",
    "OneTimeLink",
    "Posting",
    "Process",
    "Profile",
    "Scan",
    "ScanBoard",
    "Tracking",
    "UTCDateTime",
    "User",
    "UserSession",
]
