"""One job with everything that is stored about it, as one person sees it."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Fit, Job, JobEvent, Posting
from iam_job_scout.jobs.tracking import Tracked, history, tracked


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
    job = session.get(Job, job_id)
    if job is None:
        return None
    postings = session.scalars(select(Posting).where(Posting.job_id == job_id).order_by(Posting.first_seen, Posting.id))
    return JobDetail(
        job=job,
        postings=tuple(postings),
        tracked=tracked(session, user_id, job_id),
        fit=_fit(session, user_id, job_id),
        events=history(session, user_id, job_id),
    )


def _fit(session: Session, user_id: int | None, job_id: int) -> int | None:
    fit = session.get(Fit, (user_id, job_id)) if user_id is not None else None
    return fit.score if fit else None
