"""The scan engine: DBOS workflows on a durable queue, and the pulse that finds work for it.

What is to be scanned stands in the database: a scan with an open receipt for each of its boards. The workflow of a scan
cuts it into batches of boards of one source, each a workflow with one step. A process may die at any point: whoever
finds a scan that nothing works on any more goes on with the boards whose receipts are open.
"""

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import structlog
from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID, StepOptions
from structlog.contextvars import bound_contextvars

from iam_job_scout import monitoring
from iam_job_scout.db import Database
from iam_job_scout.errors import EngineBusy
from iam_job_scout.jobs.fits import fill_fits
from iam_job_scout.scan import control, queue, runs, schedule
from iam_job_scout.scan.batch import BatchScanner
from iam_job_scout.scan.pulse import Pulse
from iam_job_scout.scan.slots import Slot, take_slot
from iam_job_scout.settings import Settings
from iam_job_scout.sources.client import Request, UpstreamClient

log = structlog.get_logger(__name__)

Recorder = Callable[[Request, bytes], None]
#: Boards in one durable workflow. A workflow costs about 8 ms on SQLite and a moment of waiting for its turn, a board
#: far less; a crash repeats at most the fetches of a batch that are not stored yet. At the pace that is kept towards
#: the sources, what is asked for meanwhile waits some 40 s for its turn.
BATCH = 400
#: Batches at once in one process, and how often the queue is looked at. Of one source there is at most one batch at a
#: time in the whole fleet: so the pace and the number of requests at once that the client keeps are those of all.
CONCURRENCY, POLL_SECONDS = 8, 0.2
#: How often a scan that has ended is asked whether its report is done, too.
SETTLE_SECONDS = 0.05
#: A step that fails for a reason of ours (a full disk, a database away) is tried again after 1, 2, 4 and 8 s.
_STEP: StepOptions = {"retries_allowed": True, "max_attempts": 5, "interval_seconds": 1.0, "backoff_rate": 2.0}


class Engine:
    """The engine of this process; one at a time, since DBOS is one for a process."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        workers: int = CONCURRENCY,
        recorder: Recorder | None = None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._workers = workers
        self._recorder = recorder
        self._client: UpstreamClient | None = None
        self._scanner: BatchScanner | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._slot: Slot | None = None
        self._pulse: Pulse | None = None

    @property
    def running(self) -> bool:
        """Whether this process scans."""
        return self._slot is not None

    def start(self, *, scheduled: bool = True) -> None:
        """Takes a slot, starts the queue, resumes what was left, and with `scheduled` keeps to the sources' pace.

        Raises EngineBusy. Must not be called within a running event loop: the engine then would share it instead of
        having its own.
        """
        many = self._database.dialect == "postgresql"
        self._slot = take_slot(self._settings.data_dir, many=many)
        if self._slot is None:
            raise EngineBusy("another process scans already with this data directory")
        DBOS(config=_config(self._settings, self._slot.executor_id))
        self._register()
        DBOS.launch()
        DBOS.register_queue(
            queue.QUEUE, worker_concurrency=self._workers, partition_concurrency=1, polling_interval_sec=POLL_SECONDS
        )
        name = self._slot.executor_id if many else None
        self._pulse = Pulse(self._settings, self._database, self._enqueue, executor=name, scheduled=scheduled)
        self._pulse.start()

    def stop(self) -> None:
        """Stops at once; what is in flight is repeated by the next engine."""
        if self._slot is None:
            return
        if self._pulse is not None:
            self._pulse.stop()
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
        """Begins a scan of all sources, or of some, and returns its id. Raises SourcePaused."""
        scan_id = control.open_scan(self._settings, self._database, sources, trigger=trigger)
        self._enqueue(scan_id)
        return scan_id

    def works_on(self, scan_id: str) -> bool:
        """Whether anything of a scan is queued or running, or is about to be."""
        pulse = self._pulse
        return bool(DBOS.list_workflows(**queue.alive(scan_id))) or (
            pulse is not None and not pulse.has_queued(scan_id)
        )

    def settle(self, scan_id: str) -> None:
        """Waits for what follows the end of a scan: its report, and the scores of its jobs for people."""
        while DBOS.list_workflows(**queue.alive(scan_id)):
            time.sleep(SETTLE_SECONDS)

    def queue_depth(self) -> dict[str, int]:
        """Counts batches by state: waiting and running."""
        states = {"waiting": "ENQUEUED", "running": "PENDING"}
        return {name: len(DBOS.list_workflows(**queue.batches(state))) for name, state in states.items()}

    def _register(self) -> None:
        @DBOS.workflow(name=queue.BATCH_WORKFLOW)
        async def scan_batch(scan_id: str, board_ids: list[int]) -> None:
            with bound_contextvars(scan_id=scan_id):
                await DBOS.run_step_async({"name": "boards", **_STEP}, self._scan_boards, scan_id, board_ids)

        @DBOS.workflow(name=queue.SCAN_WORKFLOW)
        async def scan(scan_id: str) -> None:
            with bound_contextvars(scan_id=scan_id):
                batches = await DBOS.run_step_async({"name": "cut", **_STEP}, self._cut, scan_id)
            for number, (source, board_ids) in enumerate(batches):
                with (
                    SetWorkflowID(f"{DBOS.workflow_id}-{number}"),
                    SetEnqueueOptions(queue_partition_key=source, priority=number + 1),
                ):
                    await DBOS.enqueue_workflow_async(queue.QUEUE, scan_batch, scan_id, board_ids)

        self._scan = scan

    def _enqueue(self, scan_id: str) -> None:
        """Queues the cutting of a scan, unless something works on it. Two processes that do so at once do it once."""
        if DBOS.list_workflows(**queue.alive(scan_id)):
            return
        times = len(DBOS.list_workflows(**queue.started(scan_id)))
        workflow_id = f"{scan_id}/{times}" if times else scan_id
        with SetWorkflowID(workflow_id), SetEnqueueOptions(queue_partition_key=queue.CUTTING):
            DBOS.enqueue_workflow(queue.QUEUE, self._scan, scan_id)

    async def _cut(self, scan_id: str) -> list[tuple[str, list[int]]]:
        return await asyncio.to_thread(self._batches, scan_id)

    def _batches(self, scan_id: str) -> list[tuple[str, list[int]]]:
        with self._database.reading() as session:
            work = runs.open_work(session, scan_id)
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
            self._client, self._loop = (
                UpstreamClient(self._settings, recorder=self._recorder),
                asyncio.get_running_loop(),
            )
            # What is recorded must be whole: a board that answers "not modified" would leave a hole.
            self._scanner = BatchScanner(self._database, self._client, conditional=self._recorder is None)
            await self._client.__aenter__()
        return self._scanner

    def _finish(self, scan_id: str) -> None:
        with self._database.writing() as session:
            finished = runs.finish_scan(session, scan_id, datetime.now(UTC))
        if finished:
            report_scan(self._database, scan_id)
            fill_fits(self._database)


def report_scan(database: Database, scan_id: str) -> None:
    """Tells the metrics how a finished scan went, source by source."""
    with database.writing() as session:
        summary = runs.summarise(session, scan_id)
        if summary is None:
            return
        for name, source in summary.sources.items():
            schedule.note_counts(session, name, found=source.accepted, new=source.new)
    log.info("scan finished", **runs.totals(summary))
    if summary.sources and all(source.status == "failed" for source in summary.sources.values()):
        log.warning("no source could be reached; `scout samples load` shows the product on sample jobs")
    for name, source in summary.sources.items():
        monitoring.record_scan(
            name, status=source.status, duration_seconds=source.seconds, found=source.accepted, new=source.new
        )
    monitoring.update_all_metrics()


def _batches(work: Sequence[runs.Work]) -> list[tuple[str, list[int]]]:
    """Cuts the work into batches of one source; those that have waited longest come first."""
    batches = []
    for source, boards in groupby(work, key=lambda item: item.source):
        ids = [item.board_id for item in boards]
        batches += [(source, ids[start : start + BATCH]) for start in range(0, len(ids), BATCH)]
    waited = {item.board_id: number for number, item in enumerate(sorted(work, key=runs.longest_unseen))}
    return sorted(batches, key=lambda batch: waited[batch[1][0]])


def _config(settings: Settings, executor_id: str) -> DBOSConfig:
    url = queue.system_database_url(settings)
    if url.startswith("sqlite"):
        _use_wal(settings.data_dir / "dbos.sqlite")
    return {
        "name": queue.APPLICATION,
        "system_database_url": url,
        "application_version": queue.WORKFLOW_VERSION,
        "executor_id": executor_id,
        "log_level": "WARNING",
        "use_listen_notify": False,
        # Nothing here waits for a notification, but to stop waits for who looks for them.
        "notification_listener_polling_interval_sec": POLL_SECONDS,
    }


def _use_wal(path: Path) -> None:
    # DBOS leaves SQLite's default journal, which about halves its speed; the mode stays with the file.
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
