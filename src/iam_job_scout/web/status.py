"""Setting a job's status from a page or the API: stored first, counted after the commit."""

from datetime import datetime

from iam_job_scout.db import Database
from iam_job_scout.db.models import JobStatus
from iam_job_scout.jobs.tracking import set_status
from iam_job_scout.monitoring import record_status_update


def change_status(
    database: Database, job_id: int, *, status: JobStatus, note: str | None, user_id: int | None, now: datetime
) -> bool:
    """Sets the status (and the note, where one is given); returns whether there is such a job."""
    with database.writing() as session:
        job = set_status(session, job_id, status=status, note=note, user_id=user_id, now=now)
        changed = job is not None and job.status_at == now
    if changed:
        record_status_update(status)
    return job is not None
