"""The jobs that a person does something with: by status for the board, in pages for the table, by date to follow up."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Select, case, exists, func, select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Job, JobStatus, Tracking
from iam_job_scout.jobs.tracking import status_counts

#: The columns of the board, in the order of an application.
ON_BOARD = (JobStatus.SAVED, JobStatus.APPLIED, JobStatus.INTERVIEW, JobStatus.OFFER, JobStatus.REJECTED)
#: With these a job is in progress, so a date to follow up counts.
IN_PROGRESS = (JobStatus.SAVED, JobStatus.APPLIED, JobStatus.INTERVIEW, JobStatus.OFFER)
#: Cards of a column; the table has all.
MAX_CARDS = 60
PAGE_SIZE = 100


class Order(StrEnum):
    """Orders of the table; ties are broken by the last change."""

    CHANGED = "changed"
    FOLLOW_UP = "follow_up"
    COMPANY = "company"
    STATUS = "status"


@dataclass(frozen=True, kw_only=True)
class TrackedJob:
    """A job with where the person is with it."""

    id: int
    title: str
    company: str
    location: str
    closed_at: datetime | None
    sample: bool
    status: JobStatus
    status_at: datetime
    note: str
    follow_up_on: date | None


@dataclass(frozen=True)
class Column:
    """A status of the board: those of its jobs that changed last, and how many there are."""

    status: JobStatus
    jobs: tuple[TrackedJob, ...]
    total: int


def board(session: Session, user_id: int) -> tuple[Column, ...]:
    """Returns the person's board."""
    counts = status_counts(session, user_id)
    return tuple(Column(status, _newest(session, user_id, status), counts.get(status, 0)) for status in ON_BOARD)


def table(
    session: Session, user_id: int, *, status: JobStatus | None, order: Order, page: int
) -> tuple[tuple[TrackedJob, ...], int]:
    """Returns one page of the person's jobs, and how many there are in all.

    Hidden ones, and new ones that they once did something with, come only when asked for.
    """
    statement = _mine(user_id).where(Tracking.status == status if status else Tracking.status.in_(ON_BOARD))
    total = session.scalar(select(func.count()).select_from(statement.with_only_columns(Tracking.job_id).subquery()))
    first = {
        Order.CHANGED: (),
        Order.FOLLOW_UP: (Tracking.follow_up_on.is_(None), Tracking.follow_up_on),
        Order.COMPANY: (func.lower(Job.company),),
        Order.STATUS: (case({status.value: place for place, status in enumerate(ON_BOARD)}, value=Tracking.status),),
    }[order]
    ordered = statement.order_by(*first, Tracking.status_at.desc(), Job.id.desc())
    return _read(session, ordered.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)), total or 0


def follow_ups(session: Session, user_id: int, *, until: date | None = None) -> tuple[TrackedJob, ...]:
    """Returns the person's jobs in progress with a date to follow up, the earliest first; `until` that day if given."""
    statement = _mine(user_id).where(Tracking.follow_up_on.is_not(None), Tracking.status.in_(IN_PROGRESS))
    if until is not None:
        statement = statement.where(Tracking.follow_up_on <= until)
    return _read(session, statement.order_by(Tracking.follow_up_on, Job.id).limit(1_000))


def has_touched(session: Session, user_id: int) -> bool:
    """Whether the person ever did something with a job, be it hidden or not tracked any more."""
    return bool(session.scalar(select(exists().where(Tracking.user_id == user_id))))


def _newest(session: Session, user_id: int, status: JobStatus) -> tuple[TrackedJob, ...]:
    statement = _mine(user_id).where(Tracking.status == status)
    return _read(session, statement.order_by(Tracking.status_at.desc(), Job.id.desc()).limit(MAX_CARDS))


def _mine(user_id: int) -> Select[Job, Tracking]:
    return select(Job, Tracking).join(Tracking, Tracking.job_id == Job.id).where(Tracking.user_id == user_id)


def _read(session: Session, statement: Select[Job, Tracking]) -> tuple[TrackedJob, ...]:
    columns = (Job.id, Job.title, Job.company, Job.location, Job.closed_at, Job.sample)
    state = (Tracking.status, Tracking.status_at, Tracking.note, Tracking.follow_up_on)
    rows = session.execute(statement.with_only_columns(*columns, *state)).mappings()
    return tuple(TrackedJob(**{**row, "status": JobStatus(row["status"])}) for row in rows)
