"""One job with everything that is stored about it, as one person sees it."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Job, JobEvent, Posting
from iam_job_scout.jobs.fits import fits_of
from iam_job_scout.jobs.tracking import UNTOUCHED, Tracked, history, tracked_jobs

_JOB = select(Job).where(Job.id == bindparam("id"))
_POSTINGS = select(Posting).where(Posting.job_id == bindparam("id")).order_by(Posting.first_seen, Posting.id)


@dataclass(frozen=True, kw_only=True)
class JobDetail:
    """A job with all postings it was seen in, where the person is with it, and how well it fits them where
    they have a profile; their `events` newest first."""

    job: Job
    postings: tuple[Posting, ...]
    tracked: Tracked
    fit: int | None
    events: tuple[JobEvent, ...]


def get_job(session: Session, job_id: int, *, user_id: int | None) -> JobDetail | None:
    """Returns one job as the person sees it, or None."""
    job = session.scalar(_JOB, {"id": job_id})
    if job is None:
        return None
    return JobDetail(
        job=job,
        postings=tuple(session.scalars(_POSTINGS, {"id": job_id})),
        tracked=tracked_jobs(session, user_id, [job_id]).get(job_id, UNTOUCHED),
        fit=fits_of(session, user_id, [job_id]).get(job_id),
        events=history(session, user_id, job_id),
    )
