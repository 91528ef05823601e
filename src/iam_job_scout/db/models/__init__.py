"""The tables, a file for each area; every table is imported here, so that the metadata is whole."""

from iam_job_scout.db.models.base import Base, UTCDateTime
from iam_job_scout.db.models.jobs import Decision, Job, Posting, PostingEvent
from iam_job_scout.db.models.notices import Channel, Delivery, Notice, NoticeRules, SavedSearch
from iam_job_scout.db.models.openings import JobAlias, OpeningKey, OpeningLink, OpeningVerdict
from iam_job_scout.db.models.people import (
    ApiToken,
    AuditEvent,
    Identity,
    OneTimeSecret,
    Passkey,
    SigningKey,
    User,
    UserSession,
)
from iam_job_scout.db.models.processes import Process
from iam_job_scout.db.models.scans import Board, Executor, Scan, ScanBoard, SourceSchedule
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
    "ApiToken",
    "AuditEvent",
    "Base",
    "Board",
    "CalendarFeed",
    "Channel",
    "Decision",
    "Delivery",
    "Executor",
    "Fit",
    "Identity",
    "Job",
    "JobAlias",
    "JobEvent",
    "JobStatus",
    "Notice",
    "NoticeRules",
    "OneTimeSecret",
    "OpeningKey",
    "OpeningLink",
    "OpeningVerdict",
    "Passkey",
    "Posting",
    "PostingEvent",
    "Process",
    "Profile",
    "SavedSearch",
    "Scan",
    "ScanBoard",
    "SigningKey",
    "SourceSchedule",
    "Tracking",
    "UTCDateTime",
    "User",
    "UserSession",
]
