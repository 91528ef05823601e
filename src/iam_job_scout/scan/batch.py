"""Scanning a batch of boards: fetch all at once, then score and store one after the other. Safe to repeat."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy import select

from iam_job_scout import monitoring
from iam_job_scout.db import Database
from iam_job_scout.db.models import Board, ScanBoard
from iam_job_scout.errors import FetchError
from iam_job_scout.posting import Board as BoardName
from iam_job_scout.posting import Listing
from iam_job_scout.scan import runs
from iam_job_scout.scan.pipeline import ScoredPosting, content_hash, score
from iam_job_scout.scan.store import Tally, confirm_unmodified, known_postings, store_listing
from iam_job_scout.sources.client import UpstreamClient
from iam_job_scout.sources.registry import SOURCES

log = structlog.get_logger(__name__)

#: A listing that has lost more than this share of its postings since the last healthy one closes nothing until the
#: next listing confirms it: half-served listings look just like that.
MAX_SHRINK = 0.5


@dataclass(frozen=True)
class _Task:
    """A board of the batch whose receipt is still open."""

    scan_id: str
    board_id: int
    name: BoardName
    validators: dict[str, tuple[str, str]]
    started: float


@dataclass(frozen=True)
class _Failure:
    error_type: str
    message: str


class BatchScanner:
    """Scans batches for one engine; they share the client, and one stores at a time, as the database would have it."""

    def __init__(self, database: Database, client: UpstreamClient) -> None:
        self._database = database
        self._client = client
        self._turn = asyncio.Lock()

    async def scan(self, scan_id: str, board_ids: Sequence[int]) -> None:
        """Scans the boards that have no receipt yet. Raises nothing that a source can cause."""
        tasks = await asyncio.to_thread(_open_tasks, self._database, scan_id, board_ids)
        await asyncio.gather(*(self._scan_board(task) for task in tasks))

    async def _scan_board(self, task: _Task) -> None:
        try:
            listing = await SOURCES[task.name.source].fetch(self._client, task.name, validators=task.validators)
            async with self._turn:
                await asyncio.to_thread(_store, self._database, task, listing)
        except FetchError as error:
            failure = _Failure(error.error_type, str(error))
        except Exception as error:
            # The wall around one board: a mistake of ours must not end the scan of all others.
            log.exception("board failed", source=task.name.source, board=task.name.token)
            failure = _Failure("internal", f"unexpected {type(error).__name__}; the log has the details")
        else:
            return
        monitoring.record_scan_error(task.name.source, failure.error_type)
        async with self._turn:
            await asyncio.to_thread(_fail, self._database, task, failure)


def _open_tasks(database: Database, scan_id: str, board_ids: Sequence[int]) -> list[_Task]:
    statement = (
        select(Board)
        .join(ScanBoard, ScanBoard.board_id == Board.id)
        .where(ScanBoard.scan_id == scan_id, ScanBoard.finished_at.is_(None), Board.id.in_(board_ids))
    )
    with database.reading() as session:
        return [
            _Task(
                scan_id,
                board.id,
                BoardName(board.source, board.token, board.company),
                {url: (etag, modified) for url, (etag, modified) in board.validators.items()},
                time.monotonic(),
            )
            for board in session.scalars(statement)
        ]


def _store(database: Database, task: _Task, listing: Listing) -> None:
    hashes, scored = _score_changes(database, task, listing)
    with database.writing() as session:
        now = datetime.now(UTC)
        receipt = session.get_one(ScanBoard, (task.scan_id, task.board_id))
        if receipt.finished_at is not None:
            return
        board = session.get_one(Board, task.board_id)
        previous = runs.last_receipt(session, task.board_id)
        if listing.not_modified:
            confirm_unmodified(session, board, now)
            tally = _unchanged(previous)
        else:
            may_close = listing.complete and not _shrunk(len(hashes), previous)
            tally = store_listing(session, board, listing, hashes=hashes, scored=scored, may_close=may_close, now=now)
            board.validators = {url: list(pair) for url, pair in listing.validators.items()}
        board.last_success_at = now
        receipt.complete, receipt.not_modified = listing.complete, listing.not_modified
        receipt.advertised = listing.advertised
        runs.fill_receipt(receipt, tally, now=now, seconds=time.monotonic() - task.started)


def _score_changes(
    database: Database, task: _Task, listing: Listing
) -> tuple[dict[str, str], dict[str, ScoredPosting]]:
    """Returns each external id's content hash, and the scored postings among them that are not stored like that.

    Scored before the write transaction begins, so that nobody waits for the classifier.
    """
    hashes: dict[str, str] = {}
    first = {posting.external_id: posting for posting in reversed(listing.postings)}
    for posting in listing.postings:
        hashes[posting.external_id] = hashes.get(posting.external_id) or content_hash(first[posting.external_id])
    if not hashes:
        return {}, {}
    with database.reading() as session:
        known = known_postings(session, session.get_one(Board, task.board_id))
    scored = {
        external_id: score(first[external_id], digest)
        for external_id, digest in hashes.items()
        if external_id not in known or known[external_id].content_hash != digest
    }
    return hashes, scored


def _shrunk(count: int, previous: ScanBoard | None) -> bool:
    return previous is not None and count < previous.fetched * MAX_SHRINK


def _unchanged(previous: ScanBoard | None) -> Tally:
    """The tally of a listing that the source calls not modified: the last one's, with nothing new or changed."""
    if previous is None:
        return Tally()
    return Tally(
        fetched=previous.fetched,
        accepted=previous.accepted,
        rejected=previous.rejected,
        duplicates=previous.duplicates,
        unchanged=previous.accepted,
    )


def _fail(database: Database, task: _Task, failure: _Failure) -> None:
    with database.writing() as session:
        receipt = session.get_one(ScanBoard, (task.scan_id, task.board_id))
        now, seconds = datetime.now(UTC), time.monotonic() - task.started
        runs.fail_receipt(receipt, error_type=failure.error_type, error=failure.message, now=now, seconds=seconds)
