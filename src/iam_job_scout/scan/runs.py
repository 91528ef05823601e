"""Scans and their receipts: begun, filled in board by board, summed up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Table, delete, exists, func, insert, literal, select, update
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Board, Job, Posting, Scan, ScanBoard
from iam_job_scout.posting import Board as BoardName
from iam_job_scout.scan.openings import SAMPLES
from iam_job_scout.scan.store import chunks

#: Columns of a receipt that are added up, in the order in which people read them.
COUNTS = ("fetched", "new", "changed", "unchanged", "accepted", "rejected", "duplicates", "closed", "errors")
_RECEIPT: Table = ScanBoard.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class Work:
    """A board that a scan has yet to look at, and when it was last seen well."""

    board_id: int
    source: str
    last_success_at: datetime | None


class SourceSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The receipts of one source in one scan, added up. `boards` were asked, `done` have a receipt, and `cancelled`
    are those among them that were not asked after all."""

    boards: int
    done: int
    not_modified: int
    cancelled: int
    seconds: float
    fetched: int
    new: int
    changed: int
    unchanged: int
    accepted: int
    rejected: int
    duplicates: int
    closed: int
    errors: int

    @property
    def status(self) -> str:
        """`success`, `partial` or `failed`, as the metric `iam_scan_runs_total` counts it."""
        if not self.errors and not self.cancelled:
            return "success"
        return "failed" if self.errors and self.errors + self.cancelled >= self.boards else "partial"


class ScanSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A scan so far; `problems` are the boards that failed: source, token and one line."""

    finished: bool
    sources: dict[str, SourceSummary]
    problems: tuple[tuple[str, str, str], ...]


def begin_scan(session: Session, scan_id: str, *, trigger: str, boards: Iterable[BoardName], now: datetime) -> None:
    """Stores a scan with an open receipt for each board (see `keep_boards`); one of no boards is finished at once."""
    ids = _board_ids(session, boards)
    session.add(Scan(id=scan_id, trigger=trigger, started_at=now, finished_at=None if ids else now))
    session.flush()
    for some in chunks(ids):
        # One statement rather than a row for each board: what every receipt begins with is said once.
        wanted = select(literal(scan_id), Board.id).where(Board.id.in_(some))
        session.connection().execute(insert(_RECEIPT).from_select(["scan_id", "board_id"], wanted))


def open_work(session: Session, scan_id: str) -> list[Work]:
    """Returns what is left to do of a scan, by source, what has been waiting longest first."""
    rows = session.execute(
        select(Board.id, Board.source, Board.last_success_at)
        .join(ScanBoard, ScanBoard.board_id == Board.id)
        .where(ScanBoard.scan_id == scan_id, ScanBoard.finished_at.is_(None))
    )
    return sorted((Work(*row) for row in rows), key=lambda work: (work.source, longest_unseen(work)))


def longest_unseen(work: Work) -> datetime:
    """Sorts first what has been waiting longest; boards that never answered before all others."""
    return work.last_success_at or datetime.min.replace(tzinfo=UTC)


def unfinished_scans(session: Session) -> list[str]:
    """Returns the ids of the scans that still have boards to look at, the oldest first."""
    return list(session.scalars(select(Scan.id).where(Scan.finished_at.is_(None)).order_by(Scan.started_at, Scan.id)))


def unfinished_scan_of(session: Session, sources: set[str]) -> str | None:
    """Returns the id of an unfinished scan of exactly these sources, or None."""
    for scan_id in unfinished_scans(session):
        asked = select(Board.source).join(ScanBoard, ScanBoard.board_id == Board.id)
        if set(session.scalars(asked.where(ScanBoard.scan_id == scan_id).distinct())) == sources:
            return scan_id
    return None


def finish_scan(session: Session, scan_id: str, now: datetime) -> bool:
    """Closes a scan whose receipts are all filled in; returns True to exactly one caller.

    The jobs learn then when they were last seen.
    """
    is_open = exists().where(ScanBoard.scan_id == scan_id, ScanBoard.finished_at.is_(None))
    done = update(Scan).where(Scan.id == scan_id, Scan.finished_at.is_(None), ~is_open).values(finished_at=now)
    if session.connection().execute(done).rowcount != 1:
        return False
    shown = (Posting.job_id == Job.id, Posting.closed_at.is_(None), Posting.absent_at.is_(None))
    of_board = (Board.source == Posting.source) & (Board.token == Posting.board)
    seen = select(func.max(Board.last_success_at)).join(Posting, of_board).where(*shown).scalar_subquery()
    session.connection().execute(
        update(Job).where(Job.closed_at.is_(None)).values(last_seen=func.coalesce(seen, Job.last_seen))
    )
    return True


def remove_old(session: Session, before: datetime) -> None:
    """Deletes the scans that ended before a date, with their receipts."""
    session.execute(delete(Scan).where(Scan.finished_at < before))


def summarise(session: Session, scan_id: str) -> ScanSummary | None:
    """Adds the receipts of a scan up, by source; None where the scan has not begun."""
    scan = session.get(Scan, scan_id)
    if scan is None:
        return None
    sums = [func.coalesce(func.sum(getattr(ScanBoard, name)), 0).label(name) for name in COUNTS]
    rows = session.execute(
        select(
            Board.source,
            func.count().label("boards"),
            func.count(ScanBoard.finished_at).label("done"),
            func.count().filter(ScanBoard.not_modified).label("not_modified"),
            func.count().filter(ScanBoard.cancelled).label("cancelled"),
            func.max(ScanBoard.finished_at).label("last"),
            *sums,
        )
        .join(ScanBoard, ScanBoard.board_id == Board.id)
        .where(ScanBoard.scan_id == scan_id)
        .group_by(Board.source)
        .order_by(Board.source)
    )
    sources = {}
    for row in rows.mappings():
        values = {name: row[name] for name in ("boards", "done", "not_modified", "cancelled", *COUNTS)}
        seconds = (row["last"] - scan.started_at).total_seconds() if row["last"] else 0.0
        sources[row["source"]] = SourceSummary(seconds=seconds, **values)
    return ScanSummary(finished=scan.finished_at is not None, sources=sources, problems=_problems(session, scan_id))


def totals(summary: ScanSummary) -> dict[str, int]:
    """Returns the counts of all sources together."""
    return {name: sum(getattr(source, name) for source in summary.sources.values()) for name in COUNTS}


def _problems(session: Session, scan_id: str) -> tuple[tuple[str, str, str], ...]:
    failed = (ScanBoard.scan_id == scan_id) & ScanBoard.error_type.is_not(None)
    statement = select(Board.source, Board.token, ScanBoard.error).join(ScanBoard, ScanBoard.board_id == Board.id)
    rows = session.execute(statement.where(failed).order_by(Board.source, Board.token))
    return tuple((source, token, error or "") for source, token, error in rows)


def keep_boards(session: Session, boards: Iterable[BoardName]) -> None:
    """Makes the table of boards name just these as listed; what is known of others stays."""
    wanted = {(board.source, board.token): board.company for board in boards}
    columns = (Board.source, Board.token, Board.id, Board.company, Board.listed)
    stored = {row[:2]: row[2:] for row in session.execute(select(*columns).where(Board.source != SAMPLES))}
    missing = [key for key in wanted if key not in stored]
    if missing:
        rows = [{"source": source, "token": token, "company": wanted[source, token]} for source, token in missing]
        session.execute(insert(Board), [{**row, "validators": {}, "tally": {}, "listed": True} for row in rows])
    for key, (board_id, company, listed) in stored.items():
        now = (wanted.get(key, company), key in wanted)
        if now != (company, listed):
            session.execute(update(Board).where(Board.id == board_id).values(company=now[0], listed=now[1]))


def _board_ids(session: Session, boards: Iterable[BoardName]) -> list[int]:
    ids = {(source, token): i for source, token, i in session.execute(select(Board.source, Board.token, Board.id))}
    return [ids[board.source, board.token] for board in boards]
