"""The pulse of an engine: a thread that looks for scans to go on with, for sources that are due, for dead engines."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from dbos import DBOS

from iam_job_scout.db import Database
from iam_job_scout.scan import control, fleet, queue, runs
from iam_job_scout.settings import Settings

log = structlog.get_logger(__name__)

#: How often each thing is looked at, in seconds. Scans that a person asks for should begin at once.
WORK_SECONDS, SCHEDULE_SECONDS, FLEET_SECONDS, TIDY_SECONDS = 1.0, 15.0, 15.0, 3600.0
#: A scan whose workflows all failed, because the disk is full perhaps, is tried again after so many seconds.
AGAIN_SECONDS = 300.0
#: How long receipts, and the queue's own records of what it did, are kept.
RECEIPTS_KEPT, WORKFLOWS_KEPT = timedelta(days=30), timedelta(days=2)


class Pulse:
    """Beats until it is stopped. `enqueue` queues the work of a scan; `executor` is None where there is one engine."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        enqueue: Callable[[str], None],
        *,
        executor: str | None,
        scheduled: bool,
    ) -> None:
        self._settings = settings
        self._database = database
        self._enqueue = enqueue
        self._executor = executor
        self._queued: dict[str, float] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scan-pulse", daemon=True)
        self._duties: list[tuple[Callable[[], None], float]] = [(self._go_on, WORK_SECONDS), (self._tidy, TIDY_SECONDS)]
        if executor is not None:
            self._duties.insert(0, (self._keep_fleet, FLEET_SECONDS))
        if scheduled:
            self._duties.insert(0, (self._begin_due, SCHEDULE_SECONDS))

    def start(self) -> None:
        """Begins to beat, at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread and signs off."""
        self._stopped.set()
        self._thread.join()
        if self._executor is not None:
            with self._database.writing() as session:
                fleet.leave(session, self._executor)

    def has_queued(self, scan_id: str) -> bool:
        """Whether the work of an unfinished scan was queued by this engine already."""
        return scan_id in self._queued

    def _run(self) -> None:
        due = [0.0] * len(self._duties)
        while not self._stopped.is_set():
            for number, (duty, seconds) in enumerate(self._duties):
                if time.monotonic() >= due[number] and not self._stopped.is_set():
                    self._do(duty)
                    due[number] = time.monotonic() + seconds
            self._stopped.wait(WORK_SECONDS)

    def _do(self, duty: Callable[[], None]) -> None:
        try:
            duty()
        except Exception:
            # The wall around one beat: a database that is away for a moment must not stop all scans for ever.
            log.exception("the engine could not look after its work", duty=duty.__name__.strip("_"))

    def _go_on(self) -> None:
        """Queues the work of unfinished scans that nothing works on."""
        with self._database.reading() as session:
            unfinished = runs.unfinished_scans(session)
        now = time.monotonic()
        self._queued = {scan_id: at for scan_id, at in self._queued.items() if scan_id in unfinished}
        for scan_id in unfinished:
            if now - self._queued.get(scan_id, -AGAIN_SECONDS) >= AGAIN_SECONDS:
                self._enqueue(scan_id)
                self._queued[scan_id] = now

    def _begin_due(self) -> None:
        """Begins a scan of the sources whose time has come."""
        control.begin_due(self._settings, self._database, datetime.now(UTC))

    def _keep_fleet(self) -> None:
        """Signs, and takes over the work of engines that have died."""
        now = datetime.now(UTC)
        with self._database.writing() as session:
            fleet.sign(session, str(self._executor), now)
        with self._database.reading() as session:
            silent = fleet.silent(session, now)
        for name in silent:
            log.warning("an engine has died; its work is taken over", executor=name)
            DBOS._recover_pending_workflows([name])
            with self._database.writing() as session:
                fleet.forget(session, name, now)

    def _tidy(self) -> None:
        """Removes old receipts and the queue's records of ended workflows."""
        now = datetime.now(UTC)
        with self._database.writing() as session:
            runs.remove_old(session, now - RECEIPTS_KEPT)
        before = (now - WORKFLOWS_KEPT).isoformat()
        ended = [status.workflow_id for status in DBOS.list_workflows(**queue.ended(before))]
        if ended:
            DBOS.delete_workflows(ended)
