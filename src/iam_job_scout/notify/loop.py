"""The thread that keeps saved searches and their messages going while an engine runs in this process."""

import threading
from datetime import UTC, datetime

import structlog

from iam_job_scout import monitoring
from iam_job_scout.db import Database
from iam_job_scout.notify.collect import FindNew, collect_one
from iam_job_scout.notify.courier import Courier
from iam_job_scout.notify.deliver import deliver_one

log = structlog.get_logger(__name__)

#: Seconds between looks; an instant notice leaves at most this much after its scan.
EVERY_SECONDS = 20.0


class NoticeLoop:
    """Collects what is new and delivers what is due; what fails is counted and tried again at the next look."""

    def __init__(self, database: Database, find: FindNew, *, home: str, private: bool) -> None:
        self._database, self._find, self._home, self._private = database, find, home, private
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)

    def start(self) -> None:
        """Begins, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ends after the step in hand, which takes as long as one message may take at most."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        with Courier() as courier:
            while not self._ended.wait(EVERY_SECONDS):
                try:
                    self.look(courier)
                except Exception as error:
                    monitoring.record_error(type(error).__name__, endpoint="notices")
                    log.exception("the look for notices failed", error=str(error))
            courier.close()

    def look(self, courier: Courier) -> None:
        """One look: every search that is due, then every message that is."""
        while not self._ended.is_set() and collect_one(
            self._database, self._find, home=self._home, now=datetime.now(UTC)
        ):
            pass
        while not self._ended.is_set() and deliver_one(
            self._database, courier, private=self._private, now=datetime.now(UTC)
        ):
            pass
