"""Scanning a batch of boards: all are fetched at once, and stored in groups as they come in. Safe to repeat."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from iam_job_scout import monitoring
from iam_job_scout.db import Database
from iam_job_scout.db.models import Posting, ScanBoard
from iam_job_scout.errors import FetchError
from iam_job_scout.posting import Listing
from iam_job_scout.scan import receipts
from iam_job_scout.scan.reading import BoardState, board_states, read_listings
from iam_job_scout.scan.receipts import Failure
from iam_job_scout.scan.store import store
from iam_job_scout.sources.client import UpstreamClient
from iam_job_scout.sources.details import DetailedSource
from iam_job_scout.sources.registry import SOURCES

log = structlog.get_logger(__name__)

#: Postings in one transaction, but for a single larger listing: keeps others from waiting long for the database.
GROUP = 2000
#: Boards of one batch that are fetched, or wait to be stored, at once: what bounds the memory.
AT_ONCE = 100


@dataclass(frozen=True)
class _Task:
    """A board of the batch whose receipt is still open; `entries` are what is known of its postings."""

    scan_id: str
    board: BoardState
    entries: dict[str, str]


@dataclass(frozen=True)
class _Fetched:
    """What became of a fetch, waiting to be stored; `stored` is set when it is."""

    task: _Task
    began: float
    outcome: Listing | Failure
    stored: asyncio.Future[None]

    @property
    def size(self) -> int:
        """How many postings there are to store."""
        return len(self.outcome.postings) if isinstance(self.outcome, Listing) else 0


@dataclass
class BatchScanner:
    """Scans batches for one engine. They share the client, and what comes in while one stores is stored together."""

    database: Database
    client: UpstreamClient
    conditional: bool = True
    _waiting: list[_Fetched] = field(default_factory=list)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def scan(self, scan_id: str, board_ids: Sequence[int]) -> None:
        """Scans the boards that have no receipt yet. Raises nothing that a source can cause."""
        tasks = await asyncio.to_thread(_open_tasks, self.database, scan_id, board_ids)
        room = asyncio.Semaphore(AT_ONCE)
        outcomes = await asyncio.gather(*(self._scan_board(task, room) for task in tasks), return_exceptions=True)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def _scan_board(self, task: _Task, room: asyncio.Semaphore) -> None:
        async with room:
            began = time.monotonic()
            fetched = _Fetched(task, began, await self._fetch(task), asyncio.get_running_loop().create_future())
            if isinstance(fetched.outcome, Failure):
                monitoring.record_scan_error(task.board.name.source, fetched.outcome.error_type)
            self._waiting.append(fetched)
            async with self._turn:
                while not fetched.stored.done():
                    await self._store_some()
            await fetched.stored

    async def _fetch(self, task: _Task) -> Listing | Failure:
        name = task.board.name
        try:
            source = SOURCES[name.source]
            if not self.conditional:
                return await source.fetch(self.client, name)
            return await source.fetch(self.client, name, validators=task.board.validators, known=task.entries)
        except FetchError as error:
            return Failure(error.error_type, str(error))
        except Exception as error:
            # The wall around one board: a mistake of an adapter must not end the scan of all others.
            log.exception("board failed", source=name.source, board=name.token)
            return _internal(error)

    async def _store_some(self) -> None:
        group = [self._waiting.pop(0)]
        size = group[0].size
        while self._waiting and (size := size + self._waiting[0].size) <= GROUP:
            group.append(self._waiting.pop(0))
        try:
            await self._store(group)
        except BaseException:
            # Stopped in the middle: whoever comes next stores them, and what is stored already is left alone then.
            self._waiting[:0] = [item for item in group if not item.stored.done()]
            raise

    async def _store(self, group: list[_Fetched]) -> None:
        try:
            await asyncio.to_thread(_store, self.database, group)
        except Exception:
            log.info("storing one by one", boards=len(group), exc_info=True)
            for item in group:
                (error,) = await asyncio.gather(self._store_or_blame(item), return_exceptions=True)
                item.stored.set_result(None) if error is None else item.stored.set_exception(error)
        else:
            for item in group:
                item.stored.set_result(None)

    async def _store_or_blame(self, item: _Fetched) -> None:
        try:
            await asyncio.to_thread(_store, self.database, [item])
        except Exception as error:
            # The wall around one board again; where the database is away, noting this fails too, and the step is tried
            # again later.
            name = item.task.board.name
            # Whoever has the turn stores the listings of other scans too.
            log.exception("listing not stored", source=name.source, board=name.token, scan_id=item.task.scan_id)
            monitoring.record_scan_error(name.source, "internal")
            blamed = _Fetched(item.task, item.began, _internal(error), item.stored)
            await asyncio.to_thread(_store, self.database, [blamed])


def _internal(error: Exception) -> Failure:
    return Failure("internal", f"unexpected {type(error).__name__}; the log has the details")


def _open_tasks(database: Database, scan_id: str, board_ids: Sequence[int]) -> list[_Task]:
    is_open = (ScanBoard.scan_id == scan_id, ScanBoard.finished_at.is_(None), ScanBoard.board_id.in_(board_ids))
    with database.reading() as session:
        boards = board_states(session, session.scalars(select(ScanBoard.board_id).where(*is_open)).all())
        return [_Task(scan_id, board, _entries(session, board)) for board in boards]


def _entries(session: Session, board: BoardState) -> dict[str, str]:
    if not isinstance(SOURCES.get(board.name.source), DetailedSource):
        return {}
    mine = (Posting.source == board.name.source, Posting.board == board.name.token, Posting.entry != "")
    rows = session.execute(select(Posting.external_id, Posting.entry).where(*mine))
    return {row.external_id: row.entry for row in rows}


def _store(database: Database, group: Sequence[_Fetched]) -> None:
    listings = [(item.task.board, item.outcome) for item in group if isinstance(item.outcome, Listing)]
    with database.reading() as session:
        # Classified before the transaction begins, so that nobody waits for it.
        readings = {reading.board.id: reading for reading in read_listings(session, listings)}
    with database.writing() as session:
        waiting = receipts.open_receipts(session, [item.task.board.id for item in group])
        mine = [item for item in group if (item.task.scan_id, item.task.board.id) in waiting]
        now = datetime.now(UTC)
        told = [
            readings[item.task.board.id]
            for item in mine
            if isinstance(item.outcome, Listing) and not item.outcome.not_modified
        ]
        stored = dict(zip((reading.board.id for reading in told), store(session, told, now), strict=True))
        receipts.write(
            session,
            [
                receipts.Receipt(
                    scan_id=item.task.scan_id,
                    board=item.task.board,
                    outcome=item.outcome,
                    stored=stored.get(item.task.board.id),
                    seconds=time.monotonic() - item.began,
                )
                for item in mine
            ],
            now,
        )
