"""Counts of jobs, for the pages, the API and the business metrics."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnExpressionArgument, Select, case, func, select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Board, Job, JobStatus, Tracking
from iam_job_scout.jobs.tracking import FURTHEST

CLOSED = "closed"
#: The values of the `status` label of the metric `iam_jobs`: what people did, or closed.
STATUSES = (*(status.value for status in JobStatus), CLOSED)


@dataclass(frozen=True)
class JobStats:
    """Counts by status and by tier; each job counts once, tiers are those of open jobs.

    A closed job counts as closed unless somebody did something with it. A job that several people track counts where
    whoever is furthest with it is.
    """

    by_status: dict[str, int]
    by_tier: dict[str, int]
    new_this_week: int
    samples: int


def job_stats(session: Session, now: datetime) -> JobStats:
    """Counts all jobs; `new_this_week` are those first seen within seven days before `now`."""
    # Open jobs are counted once, and grouped by what the index is sorted by; a million take 40 ms on SQLite.
    open_jobs = session.execute(select(Job.tier, func.count()).where(Job.closed_at.is_(None)).group_by(Job.tier))
    by_tier = dict(open_jobs.all())
    return JobStats(
        by_status=_by_status(session, open_jobs=sum(by_tier.values())),
        by_tier=by_tier,
        new_this_week=_count(session, Job.first_seen > now - timedelta(days=7)),
        samples=_count(session, Job.sample),
    )


def _count(session: Session, condition: ColumnExpressionArgument[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Job).where(condition)) or 0


def _by_status(session: Session, *, open_jobs: int) -> dict[str, int]:
    # Tracked jobs are few and the others are counted in the index, so that a million jobs cost no look at each.
    counts = dict.fromkeys(STATUSES, 0)
    counts[JobStatus.NEW] = open_jobs
    counts[CLOSED] = _count(session, Job.closed_at.is_not(None))
    for closed, furthest, count in session.execute(_tracked_jobs()):
        counts[FURTHEST[furthest].value] += count
        counts[CLOSED if closed else JobStatus.NEW] -= count
    return counts


def _tracked_jobs() -> Select[bool, int, int]:
    rank = case({status.value: number for number, status in enumerate(FURTHEST)}, value=Tracking.status)
    furthest = (
        select(Tracking.job_id, func.max(rank).label("rank"))
        .where(Tracking.status != JobStatus.NEW)
        .group_by(Tracking.job_id)
        .subquery()
    )
    is_closed = Job.closed_at.is_not(None)
    return (
        select(is_closed, furthest.c.rank, func.count())
        .join_from(furthest, Job, Job.id == furthest.c.job_id)
        .group_by(is_closed, furthest.c.rank)
    )


def last_success_by_source(session: Session) -> dict[str, datetime]:
    """Returns when each source last gave a healthy answer, for sources that ever did."""
    newest = func.max(Board.last_success_at)
    rows = session.execute(
        select(Board.source, newest).where(Board.last_success_at.is_not(None)).group_by(Board.source)
    )
    return {source: moment for source, moment in rows if moment is not None}
