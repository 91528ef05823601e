"""Which sources are due: each has its own pace, held by all processes together through the database."""

import random
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from croniter import croniter
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Board, ScanBoard, SourceSchedule
from iam_job_scout.settings import Settings
from iam_job_scout.sources.registry import SOURCES

#: A scan may come later than its source's pace by up to this share of it, never earlier: what many installations ask
#: for must not come from all of them in one minute.
JITTER = 0.1
#: A source that asks to be left alone for longer than this is never asked more often, whatever the user's schedule.
FREE = timedelta(hours=1)


def cadence(source: str, settings: Settings, now: datetime) -> timedelta:
    """How long after one scan of a source the next one is due."""
    known = SOURCES.get(source)
    own = known.cadence if known is not None else FREE
    if not settings.scan_schedule:
        return own
    ticks = croniter(settings.scan_schedule, now)
    first, second = ticks.get_next(datetime), ticks.get_next(datetime)
    between = second - first
    return max(own, between) if own > FREE else between


def next_time(source: str, settings: Settings, now: datetime) -> datetime:
    """When a source that is being scanned now is due again."""
    pace = cadence(source, settings, now)
    if not settings.scan_schedule:
        return now + pace * (1 + random.uniform(0, JITTER))  # noqa: S311 - spreads load, guards nothing
    ticks = croniter(settings.scan_schedule, now)
    due: datetime = ticks.get_next(datetime)
    known = SOURCES.get(source)
    while known is not None and pace > FREE and due < now + pace:
        due = ticks.get_next(datetime)
    return due


def add_missing(session: Session, sources: Iterable[str], now: datetime) -> None:
    """Gives sources that have no schedule yet one; they are due at once."""
    known = set(session.scalars(select(SourceSchedule.source)))
    session.add_all(SourceSchedule(source=source, next_at=now) for source in sorted(set(sources) - known))


def claim_due(session: Session, sources: Collection[str], settings: Settings, now: datetime) -> list[str]:
    """Returns those of `sources` that are due, and puts their next time off: of all processes one gets each.

    A source whose last scan still goes on stays due until that has ended.
    """
    busy = set(
        session.scalars(
            select(Board.source)
            .join(ScanBoard, ScanBoard.board_id == Board.id)
            .where(ScanBoard.finished_at.is_(None))
            .distinct()
        )
    )
    wanted = sorted(set(sources) - busy)
    due = select(SourceSchedule.source, SourceSchedule.next_at).where(
        SourceSchedule.source.in_(wanted), SourceSchedule.next_at <= now, SourceSchedule.paused_at.is_(None)
    )
    # Rows are always written in the order of their names: two processes then never wait for each other.
    claimed = {
        source: next_at
        for source, next_at in session.execute(due.order_by(SourceSchedule.source)).all()
        if _claim(session, source, next_at, next_time(source, settings, now))
    }
    return sorted(claimed, key=lambda source: claimed[source])


def _claim(session: Session, source: str, seen: datetime, then: datetime) -> bool:
    mine = (SourceSchedule.source == source, SourceSchedule.next_at == seen, SourceSchedule.paused_at.is_(None))
    claimed = session.connection().execute(update(SourceSchedule).where(*mine).values(next_at=then))
    return claimed.rowcount == 1


def put_off(session: Session, sources: Iterable[str], settings: Settings, now: datetime) -> None:
    """Makes the next time of sources that are being scanned now, whoever asked for it, a whole pace away."""
    for source in sorted(sources):
        then = next_time(source, settings, now)
        session.execute(update(SourceSchedule).where(SourceSchedule.source == source).values(next_at=then))


def note_counts(session: Session, source: str, *, found: int, new: int) -> None:
    """Keeps what the last scan of a source found, for processes that did not see it end."""
    session.execute(update(SourceSchedule).where(SourceSchedule.source == source).values(found=found, new=new))


def paused_sources(session: Session) -> dict[str, datetime]:
    """The sources that nobody asks for now, and since when."""
    rows = session.execute(
        select(SourceSchedule.source, SourceSchedule.paused_at).where(SourceSchedule.paused_at.is_not(None))
    )
    return {source: paused_at for source, paused_at in rows if paused_at is not None}
