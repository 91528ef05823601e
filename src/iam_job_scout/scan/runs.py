"""Scans and their receipts: begun, filled in board by board, summed up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Board, Scan, ScanBoard
from iam_job_scout.posting import Board as BoardName
from iam_job_scout.scan.store import Tally

#: Columns of a receipt that are added up, in the order in which people read them.
COUNTS = ("fetched", "new", "changed", "unchanged", "accepted", "rejected", "duplicates", "closed", "errors")


@dataclass(frozen=True)
class Work:
    """A board that a scan has yet to look at."""

    board_id: int
    source: str


class SourceSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The receipts of one source in one scan, added up. `boards` were asked, `done` have a receipt."""

    boards: int
    done: int
    not_modified: int
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
        if not self.errors:
            return "success"
        return "failed" if self.errors >= self.boards else "partial"


class ScanSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A scan so far; `problems` are the boards that failed: source, token and one line."""

    finished: bool
    sources: dict[str, SourceSummary]
    problems: tuple[tuple[str, str, str], ...]


def begin_scan(
    session: Session, scan_id: str, *, trigger: str, boards: Iterable[BoardName], now: datetime
) -> list[Work]:
    """Stores the scan with an open receipt for each board and returns what is to do; safe to repeat."""
    if session.get(Scan, scan_id) is None:
        session.add(Scan(id=scan_id, trigger=trigger, started_at=now))
        session.flush()
        ids = _board_ids(session, boards)
        if ids:
            session.execute(insert(ScanBoard), [{"scan_id": scan_id, "board_id": board_id} for board_id in ids])
    rows = session.execute(
        select(Board.id, Board.source)
        .join(ScanBoard, ScanBoard.board_id == Board.id)
        .where(ScanBoard.scan_id == scan_id, ScanBoard.finished_at.is_(None))
        .order_by(Board.source, Board.id)
    )
    return [Work(board_id, source) for board_id, source in rows]


def unfinished_scan(session: Session) -> str | None:
    """Returns the id of a scan that still has boards to look at, or None."""
    return session.scalar(select(Scan.id).where(Scan.finished_at.is_(None)).order_by(Scan.started_at).limit(1))


def last_start(session: Session) -> datetime | None:
    """Returns when the newest scan began, or None before the first."""
    return session.scalar(select(Scan.started_at).order_by(Scan.started_at.desc()).limit(1))


def last_receipt(session: Session, board_id: int) -> ScanBoard | None:
    """Returns the receipt of the board's last healthy fetch."""
    healthy = (ScanBoard.board_id == board_id) & ScanBoard.finished_at.is_not(None) & ScanBoard.error_type.is_(None)
    return session.scalar(select(ScanBoard).where(healthy).order_by(ScanBoard.finished_at.desc()).limit(1))


def fill_receipt(receipt: ScanBoard, tally: Tally, *, now: datetime, seconds: float) -> None:
    """Writes the tally of a healthy fetch into its receipt."""
    for name, value in msgspec.structs.asdict(tally).items():
        setattr(receipt, name, value)
    receipt.finished_at, receipt.seconds = now, seconds


def fail_receipt(receipt: ScanBoard, *, error_type: str, error: str, now: datetime, seconds: float) -> None:
    """Writes a failed fetch into its receipt."""
    receipt.errors, receipt.error_type, receipt.error = 1, error_type, error
    receipt.finished_at, receipt.seconds = now, seconds


def finish_scan(session: Session, scan_id: str, now: datetime) -> bool:
    """Closes a scan whose receipts are all filled in; returns True to exactly one caller."""
    is_open = exists().where(ScanBoard.scan_id == scan_id, ScanBoard.finished_at.is_(None))
    done = update(Scan).where(Scan.id == scan_id, Scan.finished_at.is_(None), ~is_open).values(finished_at=now)
    return session.connection().execute(done).rowcount == 1


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
        values = {name: row[name] for name in ("boards", "done", "not_modified", *COUNTS)}
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


def _board_ids(session: Session, boards: Iterable[BoardName]) -> list[int]:
    stored = {(row.source, row.token): row for row in session.scalars(select(Board))}
    rows = []
    for board in boards:
        row = stored.get((board.source, board.token))
        if row is None:
            row = Board(source=board.source, token=board.token, company=board.company, validators={})
            session.add(row)
        row.company = board.company
        rows.append(row)
    session.flush()
    return [row.id for row in rows]
