"""The scan engine: DBOS workflows on a durable queue, and the schedule that starts them.

A scan is one workflow that opens a receipt for each board and queues batches of boards; each batch is a workflow
with one step. A process may die at any point: the next engine goes on with the boards whose receipts are open.
"""

import asyncio
import contextlib
import logging
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import structlog
from croniter import croniter
from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions, SetWorkflowID, StepOptions

from iam_job_scout import monitoring
from iam_job_scout.db import Database
from iam_job_scout.errors import EngineBusy
from iam_job_scout.scan import runs
from iam_job_scout.scan.batch import BatchScanner
from iam_job_scout.scan.slots import Slot, take_slot
from iam_job_scout.settings import Settings
from iam_job_scout.sources.boards import all_boards
from iam_job_scout.sources.client import UpstreamClient

log = structlog.get_logger(__name__)

APPLICATION, QUEUE = "iam-job-scout", "boards"
SCAN_WORKFLOW, BATCH_WORKFLOW, SCHEDULE = "scan", "scan_batch", "scan-all"
#: Boards in one durable workflow. A workflow costs about 8 ms on SQLite, a board far less; 16 keeps the share small
#: while a crash repeats at most 16 fetches.
BATCH = 16
#: Batches at once in one process, and how often the queue is looked at: both bound batches a second (4 / 0.1 s).
CONCURRENCY, POLL_SECONDS = 4, 0.1
#: Workflows stored by one version of the code are gone on with by the next. Raise it when their arguments change.
WORKFLOW_VERSION = "1"
#: A step that fails for a reason of ours (a full disk, a database away) is tried again after 1, 2, 4 and 8 s.
_STEP: StepOptions = {"retries_allowed": True, "max_attempts": 5, "interval_seconds": 1.0, "backoff_rate": 2.0}
_ALIVE: dict[str, Any] = {
    "status": ["ENQUEUED", "PENDING"],
    "name": [SCAN_WORKFLOW, BATCH_WORKFLOW],
    "load_input": False,
    "load_output": False,
    "limit": 1,
}


class Engine:
    """The engine of this process; one at a time, since DBOS is one for a process."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._client: UpstreamClient | None = None
        self._scanner: BatchScanner | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._slot: Slot | None = None

    @property
    def running(self) -> bool:
        """Whether this process scans."""
        return self._slot is not None

    def start(self) -> None:
        """Takes a slot, starts the queue and the schedule, resumes what was left. Raises EngineBusy.

        Must not be called within a running event loop: the engine then would share it instead of having its own.
        """
        self._slot = take_slot(self._settings.data_dir, many=self._database.dialect == "postgresql")
        if self._slot is None:
            raise EngineBusy("another process scans already with this data directory")
        DBOS(config=_config(self._settings, self._slot.executor_id))
        self._register()
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=CONCURRENCY, polling_interval_sec=POLL_SECONDS)
        self._schedule()
        self._resume()

    def stop(self) -> None:
        """Stops at once; what is in flight is repeated by the next engine."""
        if self._slot is None:
            return
        if self._client is not None and self._loop is not None:
            closing = asyncio.run_coroutine_threadsafe(self._client.__aexit__(None, None, None), self._loop)
            with contextlib.suppress(TimeoutError):
                closing.result(timeout=1)
        # DBOS warns about each step that it cancels; to be stopped in the middle is what steps are made for.
        logging.getLogger("dbos").setLevel(logging.ERROR)
        DBOS.destroy(destroy_registry=True)
        self._slot.release()
        self._slot = None

    def enqueue_scan(self, *, trigger: str, sources: Sequence[str] = ()) -> str:
        """Queues a scan of all boards, or of those of some sources, and returns its id."""
        scan_id = str(uuid.uuid4())
        with SetWorkflowID(scan_id):
            DBOS.enqueue_workflow(QUEUE, self._scan, scan_id, trigger, list(sources))
        return scan_id

    def scan_if_due(self) -> None:
        """Queues a scan where the schedule's last time passed without one: at the first start, or after a pause."""
        now = datetime.now(UTC)
        due = croniter(self._settings.scan_schedule, now).get_prev(datetime)
        with self._database.reading() as session:
            last = runs.last_start(session)
        if self._unfinished_scan() is None and (last is None or last < due):
            self.enqueue_scan(trigger="start")

    def queue_depth(self) -> dict[str, int]:
        """Counts batches by state: waiting and running."""
        states = {"waiting": "ENQUEUED", "running": "PENDING"}
        return {
            name: len(DBOS.list_workflows(status=state, name=BATCH_WORKFLOW, load_input=False, load_output=False))
            for name, state in states.items()
        }

    def _register(self) -> None:
        @DBOS.workflow(name=BATCH_WORKFLOW)
        async def scan_batch(scan_id: str, board_ids: list[int]) -> None:
            await DBOS.run_step_async({"name": "boards", **_STEP}, self._scan_boards, scan_id, board_ids)

        @DBOS.workflow(name=SCAN_WORKFLOW)
        async def scan(scan_id: str, trigger: str, sources: list[str]) -> None:
            batches = await DBOS.run_step_async({"name": "begin", **_STEP}, self._begin, scan_id, trigger, sources)
            for number, batch in enumerate(batches):
                with SetWorkflowID(f"{DBOS.workflow_id}-{number}"):
                    await DBOS.enqueue_workflow_async(QUEUE, scan_batch, scan_id, batch)

        @DBOS.workflow(name="scheduled_scan")
        async def scheduled_scan(_at: datetime, _context: object) -> None:
            scan_id = await DBOS.run_step_async({"name": "choose", **_STEP}, self._next_scan)
            if scan_id:
                await DBOS.enqueue_workflow_async(QUEUE, scan, scan_id, "schedule", [])

        self._scan, self._scheduled_scan = scan, scheduled_scan

    async def _begin(self, scan_id: str, trigger: str, sources: list[str]) -> list[list[int]]:
        return await asyncio.to_thread(self._open_receipts, scan_id, trigger, sources)

    def _open_receipts(self, scan_id: str, trigger: str, sources: list[str]) -> list[list[int]]:
        boards = [board for board in all_boards(self._settings.boards) if not sources or board.source in sources]
        with self._database.writing() as session:
            work = runs.begin_scan(session, scan_id, trigger=trigger, boards=boards, now=datetime.now(UTC))
        log.info("scan started", boards=len(work))
        if not work:
            self._finish(scan_id)
        return _batches(work)

    async def _scan_boards(self, scan_id: str, board_ids: list[int]) -> None:
        scanner = await self._open_scanner()
        await scanner.scan(scan_id, board_ids)
        await asyncio.to_thread(self._finish, scan_id)

    async def _open_scanner(self) -> BatchScanner:
        # Opened within the engine's own event loop. No await between test and assignment: never two of them.
        if self._scanner is None:
            self._client, self._loop = UpstreamClient(self._settings), asyncio.get_running_loop()
            self._scanner = BatchScanner(self._database, self._client)
            await self._client.__aenter__()
        return self._scanner

    def _finish(self, scan_id: str) -> None:
        with self._database.writing() as session:
            finished = runs.finish_scan(session, scan_id, datetime.now(UTC))
        if finished:
            report_scan(self._database, scan_id)

    async def _next_scan(self) -> str:
        """Returns the id of a new scan, of an unfinished one that nobody works on, or nothing while one is going on."""
        unfinished = await asyncio.to_thread(self._unfinished_scan)
        if unfinished is None:
            return str(uuid.uuid4())
        return "" if await DBOS.list_workflows_async(**_ALIVE) else unfinished

    def _unfinished_scan(self) -> str | None:
        with self._database.reading() as session:
            return runs.unfinished_scan(session)

    def _schedule(self) -> None:
        DBOS.apply_schedules(
            [
                {
                    "schedule_name": SCHEDULE,
                    "workflow_fn": self._scheduled_scan,
                    "schedule": self._settings.scan_schedule,
                }
            ]
        )

    def _resume(self) -> None:
        """Goes on with a scan that no workflow works on any more, such as after a full disk or a lost queue."""
        scan_id = self._unfinished_scan()
        if scan_id is not None and not DBOS.list_workflows(**_ALIVE):
            log.info("going on with an unfinished scan", scan=scan_id)
            DBOS.enqueue_workflow(QUEUE, self._scan, scan_id, "resume", [])


def enqueue_elsewhere(settings: Settings, *, trigger: str, sources: Sequence[str] = ()) -> str:
    """Queues a scan for the engine of another process and returns its id."""
    scan_id = str(uuid.uuid4())
    options: EnqueueOptions = {
        "workflow_name": SCAN_WORKFLOW,
        "queue_name": QUEUE,
        "workflow_id": scan_id,
        "app_version": WORKFLOW_VERSION,
    }
    with queue_client(settings) as client:
        client.enqueue(options, scan_id, trigger, list(sources))
    return scan_id


def work_is_queued(client: DBOSClient) -> bool:
    """Whether any scan is queued or running, in whatever process."""
    return bool(client.list_workflows(**_ALIVE))


@contextlib.contextmanager
def queue_client(settings: Settings) -> Iterator[DBOSClient]:
    """Opens the queue without running anything of it."""
    client = DBOSClient(system_database_url=_system_database_url(settings), application_name=APPLICATION)
    try:
        yield client
    finally:
        client.destroy()


def report_scan(database: Database, scan_id: str) -> None:
    """Tells the metrics how a finished scan went, source by source."""
    with database.reading() as session:
        summary = runs.summarise(session, scan_id)
    if summary is None:
        return
    log.info("scan finished", **runs.totals(summary))
    if summary.sources and all(source.status == "failed" for source in summary.sources.values()):
        log.warning("no source could be reached; `scout samples load` shows the product on sample jobs")
    for name, source in summary.sources.items():
        monitoring.record_scan(
            name, status=source.status, duration_seconds=source.seconds, found=source.accepted, new=source.new
        )
    monitoring.update_all_metrics()


def _batches(work: Sequence[runs.Work]) -> list[list[int]]:
    batches = []
    for _source, boards in groupby(work, key=lambda item: item.source):
        ids = [item.board_id for item in boards]
        batches += [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
    return batches


def _config(settings: Settings, executor_id: str) -> DBOSConfig:
    url = _system_database_url(settings)
    if url.startswith("sqlite"):
        _use_wal(settings.data_dir / "dbos.sqlite")
    return {
        "name": APPLICATION,
        "system_database_url": url,
        "application_version": WORKFLOW_VERSION,
        "executor_id": executor_id,
        "log_level": "WARNING",
        "use_listen_notify": False,
    }


def _use_wal(path: Path) -> None:
    # DBOS leaves SQLite's default journal, which about halves its speed; the mode stays with the file.
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


def _system_database_url(settings: Settings) -> str:
    url = settings.sqlalchemy_url
    return url if url.startswith("postgresql") else f"sqlite:///{(settings.data_dir / 'dbos.sqlite').absolute()}"
