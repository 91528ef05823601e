"""What a running request is doing: database, waiting for a connection, calling out, or the app's own work."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from time import perf_counter
from typing import Protocol

from .internal import report

DB, POOL_WAIT, EXTERNAL, APP = range(4)


class PhaseClock:
    """Splits a request's time among the phases so that they add up to its duration.

    Every moment belongs to one phase: the app's own, unless at least one statement, pool wait or upstream call is open;
    of several open ones the first of that list. Statements may run in threads, hence the lock.
    """

    __slots__ = ("_lock", "_open", "_since", "queries", "seconds")

    def __init__(self, started: float) -> None:
        self.seconds = [0.0, 0.0, 0.0, 0.0]
        self.queries = 0
        self._open = [0, 0, 0]
        self._since = started
        self._lock = threading.Lock()

    def enter(self, phase: int) -> None:
        """A statement, wait or call begins."""
        with self._lock:
            self._settle(perf_counter())
            self._open[phase] += 1

    def leave(self, phase: int) -> None:
        """It ended, in whatever way."""
        with self._lock:
            self._settle(perf_counter())
            self._open[phase] -= 1

    def close(self, ended: float) -> list[float]:
        """Seconds per phase from the request's start to `ended`."""
        with self._lock:
            self._settle(ended)
            return self.seconds

    def _settle(self, now: float) -> None:
        elapsed = now - self._since
        if elapsed > 0:
            self.seconds[self._current()] += elapsed
            self._since = now

    def _current(self) -> int:
        for phase, count in enumerate(self._open):
            if count > 0:
                return phase
        return APP


class RequestInProgress(Protocol):
    """What the instruments beneath a request know of it; the clock is made by the first one that needs it."""

    started: float
    clock: PhaseClock | None


CURRENT: ContextVar[RequestInProgress | None] = ContextVar("monitoring_request", default=None)


class Phase:
    """A stretch of one phase within the current request, if there is one. Neither end of it ever raises."""

    __slots__ = ("_clock", "_phase")

    def __init__(self, phase: int) -> None:
        self._phase = phase
        self._clock: PhaseClock | None = None

    def begin(self, *, queries: int = 0) -> None:
        """Enter the phase, with the statements that it makes."""
        try:
            clock = current_clock()
            if clock is not None:
                clock.enter(self._phase)
                clock.queries += queries
            self._clock = clock
        except Exception as error:  # noqa: BLE001 - instrumentation never breaks a request
            report("phase", error)

    def end(self) -> None:
        """Leave it; a second time changes nothing."""
        try:
            clock, self._clock = self._clock, None
            if clock is not None:
                clock.leave(self._phase)
        except Exception as error:  # noqa: BLE001 - instrumentation never breaks a request
            report("phase", error)


def current_clock() -> PhaseClock | None:
    """The clock of the request that this code runs for; None outside of a request."""
    request = CURRENT.get()
    if request is None:
        return None
    clock = request.clock
    if clock is None:
        clock = request.clock = PhaseClock(request.started)
    return clock
