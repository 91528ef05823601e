"""Where each person is with each job; every change is kept as an event.

`Tracking` is per person and job; no row means new. `change_status` is the one way to change it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from sqlalchemy import ColumnElement, bindparam, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from iam_job_scout.db import Database
from iam_job_scout.db.models import Job, JobEvent, JobStatus, Tracking, User
from iam_job_scout.monitoring import record_status_update

#: Longest note in characters; a longer one is refused, not cut.
MAX_NOTE = 5_000

_TRACKED = select(Tracking).where(
    Tracking.user_id == bindparam("user"), Tracking.job_id.in_(bindparam("ids", expanding=True))
)
_HISTORY = (
    select(JobEvent)
    .where(JobEvent.job_id == bindparam("id"), JobEvent.user_id == bindparam("user"))
    .order_by(JobEvent.id.desc())
)

#: From what says least to what says most of where a person is.
FURTHEST = (
    JobStatus.NEW,
    JobStatus.HIDDEN,
    JobStatus.SAVED,
    JobStatus.REJECTED,
    JobStatus.APPLIED,
    JobStatus.INTERVIEW,
    JobStatus.OFFER,
)


class Keep(Enum):
    """Stands for "as it is" where None means "none"."""

    AS_IT_IS = "keep"


KEEP = Keep.AS_IT_IS


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a person wants to be true of their tracking of a job; what is None, or KEEP, stays as it is."""

    status: JobStatus | None = None
    note: str | None = None
    follow_up_on: date | Keep | None = KEEP


@dataclass(frozen=True, kw_only=True)
class Tracked:
    """Where a person is with a job; what is said of a job nobody touched is the default."""

    status: JobStatus = JobStatus.NEW
    status_at: datetime | None = None
    note: str = ""
    follow_up_on: date | None = None


#: Of a job that the person did nothing with.
UNTOUCHED = Tracked()


def change_status(database: Database, job_id: int, change: Change, *, user_id: int, now: datetime) -> Tracked | None:
    """Applies a change and returns what holds then; None where there is no such job.

    Saying again what already holds (a double click, a repeated request) records nothing. Changes of one person that
    come at the same moment are applied one after the other, and each leaves its event.
    """
    with database.writing() as session:
        if session.get(Job, job_id) is None:
            return None
        # One person's changes are made one after the other; on SQLite the write lock sees to that.
        session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
        before = tracked(session, user_id, job_id)
        after = _apply(before, change, now)
        changed = (after.status, after.note, after.follow_up_on) != (before.status, before.note, before.follow_up_on)
        if changed:
            _write(session, after, user_id=user_id, job_id=job_id, now=now)
    if changed:
        record_status_update(after.status)
    return after if changed else before


def tracked(session: Session, user_id: int | None, job_id: int) -> Tracked:
    """Returns where the person is with the job; nobody (None) is nowhere."""
    row = session.get(Tracking, (user_id, job_id)) if user_id is not None else None
    return read_tracking(row) if row is not None else UNTOUCHED


def read_tracking(row: Tracking) -> Tracked:
    """Returns what a stored row says."""
    return Tracked(status=JobStatus(row.status), status_at=row.status_at, note=row.note, follow_up_on=row.follow_up_on)


def tracked_jobs(session: Session, user_id: int | None, job_ids: Collection[int]) -> dict[int, Tracked]:
    """Returns where the person is with those of the jobs that they touched."""
    mine = session.scalars(_TRACKED, {"user": user_id, "ids": list(job_ids)})
    return {row.job_id: read_tracking(row) for row in mine}


def history(session: Session, user_id: int | None, job_id: int) -> tuple[JobEvent, ...]:
    """Returns the person's changes of a job, newest first."""
    return tuple(session.scalars(_HISTORY, {"user": user_id, "id": job_id}))


def is_tracked() -> ColumnElement[bool]:
    """A condition on Job: somebody did something with it, so it must be kept."""
    return or_(exists().where(Tracking.job_id == Job.id), exists().where(JobEvent.job_id == Job.id))


def forget_jobs(session: Session, job_ids: Collection[int]) -> None:
    """Deletes what people did with these jobs: for the samples, which are no openings."""
    for table in (Tracking, JobEvent):
        session.execute(delete(table).where(table.job_id.in_(job_ids)))


def status_counts(session: Session, user_id: int | None) -> dict[str, int]:
    """Counts the person's jobs by status; `new` is absent, it is all the others."""
    mine = select(Tracking.status, func.count()).where(Tracking.user_id == user_id, Tracking.status != JobStatus.NEW)
    return dict(session.execute(mine.group_by(Tracking.status)).all())


def _apply(before: Tracked, change: Change, now: datetime) -> Tracked:
    return Tracked(
        status=before.status if change.status is None else change.status,
        status_at=now,
        note=before.note if change.note is None else change.note,
        follow_up_on=before.follow_up_on if isinstance(change.follow_up_on, Keep) else change.follow_up_on,
    )


def _write(session: Session, after: Tracked, *, user_id: int, job_id: int, now: datetime) -> None:
    values = {"status": after.status, "note": after.note, "follow_up_on": after.follow_up_on}
    session.merge(Tracking(**values, user_id=user_id, job_id=job_id, status_at=now))
    session.add(JobEvent(**values, user_id=user_id, job_id=job_id, at=now))
