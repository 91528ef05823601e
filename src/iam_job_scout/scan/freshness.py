"""Freshness as a service level: how long ago each board and source answered, against how often it is asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, case, func, literal, select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Board, ScanBoard, SourceSchedule, UTCDateTime
from iam_job_scout.scan.schedule import cadence
from iam_job_scout.settings import Settings
from iam_job_scout.sources.registry import SOURCES

#: A board is late when a scan and the next one gave nothing, and dark when eight did, but not before a day is over.
#: The alert rules SourceLate and SourceDark say the same.
LATE_AFTER, DARK_AFTER, NOT_DARK_BEFORE = 2, 8, timedelta(hours=24)


class State(StrEnum):
    """fresh, late or dark by its last answer; unknown before it was first asked; paused by a person."""

    FRESH = "fresh"
    LATE = "late"
    DARK = "dark"
    UNKNOWN = "unknown"
    PAUSED = "paused"


#: From the best to the worst that a person should know of.
_ORDER = (State.PAUSED, State.UNKNOWN, State.FRESH, State.LATE, State.DARK)


@dataclass(frozen=True, kw_only=True)
class SourceState:
    """A source by its newest answer, how its listed boards are by theirs, and what comes next."""

    name: str
    label: str
    state: State
    cadence: timedelta
    boards: int
    fresh: int
    late: int
    dark: int
    unknown: int
    last_success: datetime | None
    last_scan: datetime | None
    next_run: datetime | None
    paused_at: datetime | None
    running: str | None


@dataclass(frozen=True, kw_only=True)
class BoardFreshness:
    """A board with its newest receipt, None before the first."""

    id: int
    source: str
    token: str
    company: str
    state: State
    last_success: datetime | None
    last_scan: datetime | None
    receipt: ScanBoard | None


def state_of(last_success: datetime | None, asked: datetime | None, *, pace: timedelta, now: datetime) -> State:
    """The state of what answered last at `last_success` and is asked once in `pace`."""
    if last_success is None:
        return State.UNKNOWN if asked is None else State.DARK
    silent = now - last_success
    if silent > dark_after(pace):
        return State.DARK
    return State.LATE if silent > LATE_AFTER * pace else State.FRESH


def dark_after(pace: timedelta) -> timedelta:
    """How long a board must have been silent to be dark."""
    return max(DARK_AFTER * pace, NOT_DARK_BEFORE)


def source_states(session: Session, settings: Settings, now: datetime) -> list[SourceState]:
    """The state of each source that has listed boards, by name."""
    schedules = {row.source: row for row in session.scalars(select(SourceSchedule))}
    running = _running(session)
    paces = {source: cadence(source, settings, now) for source in _sources(session)}
    return [
        _source_state(row, paces[row.source], schedules.get(row.source), running=running.get(row.source), now=now)
        for row in _counts(session, paces, now)
    ]


def board_freshness(session: Session, settings: Settings, source: str, now: datetime) -> list[BoardFreshness]:
    """The listed boards of a source, by company and token."""
    pace = cadence(source, settings, now)
    newest = (
        select(func.max(ScanBoard.finished_at))
        .where(ScanBoard.board_id == Board.id, ~ScanBoard.cancelled)
        .correlate(Board)
        .scalar_subquery()
    )
    is_newest = (ScanBoard.board_id == Board.id) & (ScanBoard.finished_at == newest)
    rows = session.execute(
        select(Board, ScanBoard)
        .outerjoin(ScanBoard, is_newest)
        .where(Board.source == source, Board.listed)
        .order_by(Board.company, Board.token)
    )
    return [
        BoardFreshness(
            id=board.id,
            source=source,
            token=board.token,
            company=board.company,
            state=state_of(board.last_success_at, board.asked_at, pace=pace, now=now),
            last_success=board.last_success_at,
            last_scan=board.asked_at,
            receipt=receipt,
        )
        for board, receipt in rows
    ]


def board_receipts(session: Session, board_id: int, *, limit: int = 50) -> list[ScanBoard]:
    """The receipts of a board, the newest first."""
    filled = select(ScanBoard).where(ScanBoard.board_id == board_id, ScanBoard.finished_at.is_not(None))
    return list(session.scalars(filled.order_by(ScanBoard.finished_at.desc()).limit(limit)))


def overall(states: Iterable[SourceState]) -> State:
    """The state to show for all sources together: the worst."""
    return max((state.state for state in states), key=_ORDER.index, default=State.UNKNOWN)


def _sources(session: Session) -> list[str]:
    named = select(Board.source).where(Board.listed, Board.source.in_(tuple(SOURCES)))
    return list(session.scalars(named.distinct().order_by(Board.source)))


@dataclass(frozen=True)
class _Count:
    source: str
    boards: int
    asked: int
    answered: int
    not_dark: int
    fresh: int
    last_success: datetime | None
    last_scan: datetime | None


def _counts(session: Session, paces: Mapping[str, timedelta], now: datetime) -> list[_Count]:
    if not paces:
        return []
    not_dark = _since({source: now - dark_after(pace) for source, pace in paces.items()})
    fresh = _since({source: now - LATE_AFTER * pace for source, pace in paces.items()})
    rows = session.execute(
        select(
            Board.source,
            func.count(),
            func.count(Board.asked_at),
            func.count(Board.last_success_at),
            func.count().filter(not_dark),
            func.count().filter(fresh),
            func.max(Board.last_success_at),
            func.max(Board.asked_at),
        )
        .where(Board.listed, Board.source.in_(tuple(paces)))
        .group_by(Board.source)
        .order_by(Board.source)
    )
    return [_Count(*row) for row in rows]


def _since(moments: Mapping[str, datetime]) -> ColumnElement[bool]:
    bounds = case({source: literal(moment, UTCDateTime()) for source, moment in moments.items()}, value=Board.source)
    return Board.last_success_at >= bounds


def _running(session: Session) -> dict[str, str]:
    rows = session.execute(
        select(Board.source, func.max(ScanBoard.scan_id).label("scan_id"))
        .join(ScanBoard, ScanBoard.board_id == Board.id)
        .where(ScanBoard.finished_at.is_(None))
        .group_by(Board.source)
    )
    return {row.source: row.scan_id for row in rows}


def _source_state(
    count: _Count, pace: timedelta, schedule: SourceSchedule | None, *, running: str | None, now: datetime
) -> SourceState:
    paused_at = schedule.paused_at if schedule is not None else None
    by_answer = state_of(count.last_success, count.last_scan, pace=pace, now=now)
    return SourceState(
        name=count.source,
        label=SOURCES[count.source].label,
        state=by_answer if paused_at is None else State.PAUSED,
        cadence=pace,
        boards=count.boards,
        fresh=count.fresh,
        late=count.not_dark - count.fresh,
        dark=count.asked - count.not_dark,
        unknown=count.boards - count.asked,
        last_success=count.last_success,
        last_scan=count.last_scan,
        next_run=schedule.next_at if schedule is not None and paused_at is None else None,
        paused_at=paused_at,
        running=running,
    )
