"""One job as one person sees it."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Job, JobEvent, Posting
from iam_job_scout.jobs.tracking import UNTOUCHED, Tracked, history, tracked_jobs

_JOB = select(Job).where(Job.id == bindparam("id"))
_POSTINGS = select(Posting).where(Posting.job_id == bindparam("id")).order_by(Posting.first_seen, Posting.id)


@dataclass(frozen=True, kw_only=True)
class JobDetail:
    """A job, and where the person is with it; their `events` newest first."""

    job: Job
    tracked: Tracked
    events: tuple[JobEvent, ...]


def get_job(session: Session, job_id: int, *, user_id: int | None) -> JobDetail | None:
    """Returns one job as the person sees it, or None."""
    job = session.scalar(_JOB, {"id": job_id})
    if job is None:
        return None
    if user_id is None:
        return JobDetail(job=job, tracked=UNTOUCHED, events=())
    tracked = tracked_jobs(session, user_id, [job_id]).get(job_id, UNTOUCHED)
    return JobDetail(job=job, tracked=tracked, events=history(session, user_id, job_id))


def postings_of(session: Session, job_id: int) -> tuple[Posting, ...]:
    """Returns all postings that a job was seen in, the first one first."""
    return tuple(session.scalars(_POSTINGS, {"id": job_id}))
