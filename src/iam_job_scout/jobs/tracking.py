"""Setting a job's status; each change is kept as an event."""

from datetime import datetime

from sqlalchemy.orm import Session

from iam_job_scout.db.models import Job, JobEvent, JobStatus

#: Longest note in characters; a longer one is refused, not cut.
MAX_NOTE = 5_000


def set_status(
    session: Session, job_id: int, *, status: JobStatus, note: str | None, user_id: int | None, now: datetime
) -> Job | None:
    """Sets status and note of a job and records the change; returns None where there is no such job.

    Without a `note` the job keeps the one it has. `status_at` of the job equals `now` exactly where something changed.

    Saying again what already holds (a double click, a repeated request) records nothing.
    """
    job = session.get(Job, job_id)
    note = job.note if job is not None and note is None else note or ""
    if job is None or (job.status == status and job.note == note):
        return job
    session.add(JobEvent(job_id=job_id, user_id=user_id, at=now, status=status, note=note))
    job.status, job.note, job.status_at = status, note, now
    return job
