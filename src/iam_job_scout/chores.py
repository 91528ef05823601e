"""What a process does beside its work, again and again, in a thread: notices and retention. Any number may do so."""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import structlog

from iam_job_scout import monitoring
from iam_job_scout.accounts.audit import forget_events
from iam_job_scout.db import Database
from iam_job_scout.jobs.fits import fill_fits
from iam_job_scout.jobs.retention import forget_old
from iam_job_scout.notify.collect import FindNew, collect_one
from iam_job_scout.notify.courier import Courier
from iam_job_scout.notify.deliver import deliver_one, remove_old
from iam_job_scout.settings import Settings

log = structlog.get_logger(__name__)

#: Seconds between rounds; an instant notice leaves at most this much and a minute after its scan.
EVERY_SECONDS = 20.0
RETENTION_EVERY = timedelta(hours=24)
#: What was sent is shown for this long.
MESSAGES_KEPT = timedelta(days=90)

#: The tables refuse to let an event go that is younger than a year by the clock of the database.
CLOCKS = timedelta(hours=1)

#: Does one thing that is due; returns whether there may be more.
Step = Callable[[], bool]


class Chores:
    """A thread that goes through the steps, each until there is no more; what fails is counted and tried again."""

    def __init__(self, steps: Mapping[str, Step], *, close: Callable[[], None] = lambda: None) -> None:
        self._steps, self._close = steps, close
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chores", daemon=True)

    def start(self) -> None:
        """Begins, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ends after the step in hand; the longest is a message to a server that hangs."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._close()

    def go_round(self) -> None:
        """Takes each step until there is no more to do."""
        for name, step in self._steps.items():
            try:
                while not self._ended.is_set() and step():
                    pass
            except Exception as error:
                monitoring.record_error(type(error).__name__, endpoint=f"chores/{name}")
                log.exception("a chore failed", chore=name)

    def _run(self) -> None:
        while not self._ended.wait(EVERY_SECONDS):
            self.go_round()


def chores(settings: Settings, database: Database, find: FindNew) -> Chores:
    """Returns the chores of this installation; `find` finds the new jobs of a saved search."""
    courier, private = Courier(), settings.notice_private == "on"
    retention = _Retention(database, timedelta(days=settings.audit_days))
    steps = {
        "collect": lambda: collect_one(database, find, home=settings.shown_url, now=datetime.now(UTC)),
        "deliver": lambda: deliver_one(database, courier, private=private, now=datetime.now(UTC)),
        "retention": retention.step,
    }
    return Chores(steps, close=courier.close)


class _Retention:
    def __init__(self, database: Database, audit_kept: timedelta) -> None:
        self._database, self._audit_kept = database, audit_kept
        self._next = datetime.now(UTC)

    def step(self) -> bool:
        now = datetime.now(UTC)
        if now >= self._next:
            self._next = now + RETENTION_EVERY
            # What a process that ended between a scan and its scores left to do.
            fill_fits(self._database)
            forgotten = forget_old(self._database, now)
            messages = remove_old(self._database, now - MESSAGES_KEPT)
            events = forget_events(self._database, now - self._audit_kept - CLOCKS)
            counts = {"jobs": forgotten.jobs, "postings": forgotten.postings}
            log.info("forgot what is old", **counts, messages=messages, audit_events=events)
        return False
