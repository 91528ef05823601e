"""The receipt of each board in a scan: what it gave, how whole that was, and what became of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Board, ScanBoard
from iam_job_scout.posting import Listing
from iam_job_scout.scan.reading import BoardState
from iam_job_scout.scan.store import Stored, Tally, chunks, update_by_id

#: Different reasons why items of one listing were of no use; the rest is not told apart.
_MAX_REASONS = 20
_RECEIPT: Table = ScanBoard.__table__  # type: ignore[assignment]
_BOARD: Table = Board.__table__  # type: ignore[assignment]
#: The counts of a board that gave nothing.
NOTHING: dict[str, int] = msgspec.to_builtins(Tally())


@dataclass(frozen=True)
class Failure:
    """Why a board gave no listing: the label for the metrics, and a line for people."""

    error_type: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What is written about one board; `stored` is None where there was nothing to store."""

    scan_id: str
    board: BoardState
    outcome: Listing | Failure
    stored: Stored | None
    seconds: float


def open_receipts(session: Session, board_ids: Sequence[int]) -> set[tuple[str, int]]:
    """The scans and boards whose receipts are not filled in; all others have been dealt with, or were cancelled."""
    rows = session.execute(
        select(ScanBoard.scan_id, ScanBoard.board_id).where(
            ScanBoard.board_id.in_(board_ids), ScanBoard.finished_at.is_(None)
        )
    )
    return {(scan_id, board_id) for scan_id, board_id in rows}


def write(session: Session, receipts: Sequence[Receipt], now: datetime) -> None:
    """Fills receipts in, and notes at the boards what the next fetch goes by."""
    if not receipts:
        return
    this = (_RECEIPT.c.scan_id == bindparam("_scan"), _RECEIPT.c.board_id == bindparam("_board"))
    session.connection().execute(update(_RECEIPT).where(*this), [_row(receipt, now) for receipt in receipts])
    update_by_id(
        session,
        _BOARD,
        [
            _board_row(receipt.board, receipt.outcome, receipt.stored, now)
            for receipt in receipts
            if isinstance(receipt.outcome, Listing) and receipt.stored is not None
        ],
    )
    for some in chunks(receipt.board.id for receipt in receipts):
        session.connection().execute(update(_BOARD).where(_BOARD.c.id.in_(some)).values(asked_at=now))
    unmodified = [r.board.id for r in receipts if isinstance(r.outcome, Listing) and r.outcome.not_modified]
    for some in chunks(unmodified):
        session.connection().execute(update(_BOARD).where(_BOARD.c.id.in_(some)).values(last_success_at=now))


def _row(receipt: Receipt, now: datetime) -> dict[str, Any]:
    common = {
        "_scan": receipt.scan_id,
        "_board": receipt.board.id,
        "finished_at": now,
        "seconds": receipt.seconds,
    }
    if isinstance(receipt.outcome, Failure):
        failed = {"errors": 1, "error_type": receipt.outcome.error_type, "error": receipt.outcome.message}
        return {**common, **NOTHING, **_completeness(Listing(pages=0, complete=False)), **failed}
    fine = {"errors": 0, "error_type": None, "error": None}
    if receipt.stored is None:
        return {**common, **_confirmed(receipt.board.tally), **_completeness(receipt.outcome), **fine, **_seen(receipt)}
    kept_open = receipt.stored.judgement.kept_open
    counts = msgspec.to_builtins(receipt.stored.tally)
    return {**common, **counts, **_completeness(receipt.outcome), **fine, "kept_open": kept_open}


def _completeness(listing: Listing) -> dict[str, Any]:
    return {
        "advertised": listing.advertised,
        "unique": listing.unique,
        "pages": listing.pages,
        "complete": listing.complete,
        "truncated": listing.truncated,
        "not_modified": listing.not_modified,
        "invalid": dict(Counter(listing.invalid).most_common(_MAX_REASONS)),
        "kept_open": "",
    }


def _seen(receipt: Receipt) -> dict[str, Any]:
    """What a board that says "not modified" vouches for: how many postings its last listing had."""
    return {name: receipt.board.tally.get(name, default) for name, default in (("unique", 0), ("advertised", None))}


def _confirmed(tally: Mapping[str, int]) -> dict[str, int]:
    """The counts of a listing that the source calls not modified: the last one's, with nothing new or changed."""
    counts = {name: tally.get(name, 0) for name in ("fetched", "accepted", "rejected", "duplicates")}
    return {**NOTHING, **counts, "unchanged": counts["accepted"]}


def _board_row(board: BoardState, listing: Listing, stored: Stored, now: datetime) -> dict[str, Any]:
    doubted_at, kept_open = stored.judgement.doubted_at, stored.judgement.kept_open
    counts = {**msgspec.to_builtins(stored.tally), "unique": listing.unique, "advertised": listing.advertised}
    # The next listing is measured by the last one that could be believed.
    believed = not listing.truncated and not (doubted_at and kept_open)
    return {
        "_id": board.id,
        "last_success_at": now,
        "doubted_at": doubted_at,
        "tally": counts if believed else dict(board.tally),
        # What is doubted must be read again the next time, also where the source calls it not modified.
        "validators": {} if doubted_at else {url: list(pair) for url, pair in listing.validators.items()},
    }
