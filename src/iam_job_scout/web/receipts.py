"""What the last scans of each source and board said: read for the page of sources."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ColumnElement, Subquery, func, select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Board, ScanBoard

PAGE_SIZE = 100
_COUNTS = (ScanBoard.fetched, ScanBoard.accepted, ScanBoard.rejected, ScanBoard.duplicates)


@dataclass(frozen=True, kw_only=True)
class SourceReceipt:
    """The newest receipts of all boards of one source, added up."""

    source: str
    boards: int
    scanned: int
    failing: int
    not_modified: int
    last_success: datetime | None
    last_scan: datetime | None
    fetched: int
    accepted: int
    rejected: int
    duplicates: int


_SOURCE_FIELDS = [field.name for field in fields(SourceReceipt)]


@dataclass(frozen=True, kw_only=True)
class BoardReceipt:
    """The newest receipt of one board; the counts are None where it was never scanned."""

    token: str
    company: str
    last_success: datetime | None
    last_scan: datetime | None
    seconds: float | None
    fetched: int | None
    accepted: int | None
    rejected: int | None
    duplicates: int | None
    not_modified: bool
    complete: bool
    error: str


def source_receipts(session: Session) -> list[SourceReceipt]:
    """Returns a receipt for each source that has boards on the list, by name."""
    newest = _newest()
    rows = session.execute(
        select(
            Board.source,
            func.count(Board.id),
            func.count(ScanBoard.board_id),
            func.count().filter(ScanBoard.errors > 0),
            func.count().filter(ScanBoard.not_modified),
            func.max(Board.last_success_at),
            func.max(ScanBoard.finished_at),
            *(func.coalesce(func.sum(column), 0) for column in _COUNTS),
        )
        .outerjoin(newest, newest.c.board_id == Board.id)
        .outerjoin(ScanBoard, _is_newest(newest))
        .where(Board.listed)
        .group_by(Board.source)
        .order_by(Board.source)
    )
    return [SourceReceipt(**dict(zip(_SOURCE_FIELDS, row, strict=True))) for row in rows]


def board_receipts(session: Session, source: str, *, failing: bool, page: int) -> tuple[list[BoardReceipt], int]:
    """Returns one page of a source's boards on the list, those that fail first, and how many there are."""
    newest = _newest()
    statement = (
        select(Board, ScanBoard)
        .outerjoin(newest, newest.c.board_id == Board.id)
        .outerjoin(ScanBoard, _is_newest(newest))
        .where(Board.source == source, Board.listed)
    )
    if failing:
        statement = statement.where(ScanBoard.errors > 0)
    total = session.scalar(statement.with_only_columns(func.count(Board.id))) or 0
    ordered = statement.order_by(func.coalesce(ScanBoard.errors, 0).desc(), Board.company, Board.token)
    rows = session.execute(ordered.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE))
    return [_board_receipt(board, receipt) for board, receipt in rows], total


def _newest() -> Subquery:
    return (
        select(ScanBoard.board_id, func.max(ScanBoard.finished_at).label("finished_at"))
        .where(ScanBoard.finished_at.is_not(None))
        .group_by(ScanBoard.board_id)
        .subquery()
    )


def _is_newest(newest: Subquery) -> ColumnElement[bool]:
    return (ScanBoard.board_id == newest.c.board_id) & (ScanBoard.finished_at == newest.c.finished_at)


def _board_receipt(board: Board, receipt: ScanBoard | None) -> BoardReceipt:
    return BoardReceipt(
        token=board.token,
        company=board.company,
        last_success=board.last_success_at,
        last_scan=receipt.finished_at if receipt else None,
        seconds=receipt.seconds if receipt else None,
        fetched=receipt.fetched if receipt else None,
        accepted=receipt.accepted if receipt else None,
        rejected=receipt.rejected if receipt else None,
        duplicates=receipt.duplicates if receipt else None,
        not_modified=receipt.not_modified if receipt else False,
        complete=receipt.complete if receipt else False,
        error=(receipt.error or receipt.error_type or "") if receipt else "",
    )
