"""Counts of jobs, for the pages, the API and the business metrics."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Board, Job, JobStatus

CLOSED = "closed"
#: The values of the `status` label of the metric `iam_jobs`: what the person did, or closed.
STATUSES = (*(status.value for status in JobStatus), CLOSED)


@dataclass(frozen=True)
class JobStats:
    """Counts by status and by tier. A closed job counts as closed unless the person did something with it."""

    by_status: dict[str, int]
    by_tier: dict[str, int]
    new_this_week: int
    samples: int


def job_stats(session: Session, now: datetime) -> JobStats:
    """Counts all jobs; `new_this_week` are those first seen within seven days before `now`."""
    closed_untouched = Job.closed_at.is_not(None) & (Job.status == JobStatus.NEW)
    state = case((closed_untouched, CLOSED), else_=Job.status)
    states: dict[str, int] = dict(session.execute(select(state, func.count()).group_by(state)).all())
    tiers = session.execute(select(Job.tier, func.count()).where(Job.closed_at.is_(None)).group_by(Job.tier))
    week = select(func.count()).select_from(Job).where(Job.first_seen > now - timedelta(days=7))
    samples = select(func.count()).select_from(Job).where(Job.sample)
    return JobStats(
        by_status={status: states.get(status, 0) for status in STATUSES},
        by_tier=dict(tiers.all()),
        new_this_week=session.scalar(week) or 0,
        samples=session.scalar(samples) or 0,
    )


def last_success_by_source(session: Session) -> dict[str, datetime]:
    """Returns when each source last gave a healthy answer, for sources that ever did."""
    newest = func.max(Board.last_success_at)
    rows = session.execute(
        select(Board.source, newest).where(Board.last_success_at.is_not(None)).group_by(Board.source)
    )
    return {source: moment for source, moment in rows if moment is not None}
