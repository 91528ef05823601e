"""Password hashes made in a few threads of their own, so that neither the event loop nor the pages wait for them.

Memory is bounded by the number of threads. Who waits is served by rank, and within a rank the newest first: after a
flood the next person is not behind all of it. Where too many wait, the lowest rank's oldest gives up its place.
"""

import asyncio
import heapq
import itertools
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, TypeVar

T = TypeVar("T")

#: Hashes at the same time in one process: each keeps four processors busy and takes 64 MiB while it is made.
MAX_HASHES = max(1, (os.cpu_count() or 1) // 4)
#: How much the threads of hashes stand back for the event loop, which has one thread where a hash has four.
_NICENESS = 5
#: How many may wait, and for how long in seconds.
MAX_WAITING, MAX_SECONDS = 64, 15.0


class Rank(IntEnum):
    """Who goes first: a known browser, then strangers, then strangers from where many attempts come."""

    KNOWN = 0
    STRANGER = 1
    CROWD = 2


class TooBusy(Exception):
    """There was no turn in time."""


@dataclass(frozen=True)
class _Turn:
    work: Callable[[], Any]
    result: Future[Any] = field(default_factory=Future)


class Hasher:
    """The threads and the queue of one process; serves any number of event loops."""

    def __init__(
        self, *, threads: int = MAX_HASHES, max_waiting: int = MAX_WAITING, max_seconds: float = MAX_SECONDS
    ) -> None:
        self._threads, self._max_waiting, self._max_seconds = threads, max_waiting, max_seconds
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="password", initializer=_stand_back)
        self._lock = threading.Lock()
        # By rank and then the newest first; no two have the same number, so turns are never compared.
        self._waiting: list[tuple[int, int, _Turn]] = []
        self._running = 0
        self._numbers = itertools.count()

    async def run(self, work: Callable[[], T], *, rank: Rank = Rank.STRANGER) -> T:
        """Returns what the work returns. Raises TooBusy."""
        turn = _Turn(work)
        self._line_up(turn, rank)
        try:
            async with asyncio.timeout(self._max_seconds):
                result: T = await asyncio.wrap_future(turn.result)
        except TimeoutError as error:
            raise TooBusy from error
        return result

    def close(self) -> None:
        """Ends the threads after what they are doing."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _line_up(self, turn: _Turn, rank: Rank) -> None:
        with self._lock:
            if self._running < self._threads:
                self._running += 1
                self._pool.submit(self._serve, turn)
                return
            heapq.heappush(self._waiting, (rank, -next(self._numbers), turn))
            crowded_out = self._crowded_out()
        if crowded_out is not None and crowded_out.result.set_running_or_notify_cancel():
            crowded_out.result.set_exception(TooBusy())

    def _crowded_out(self) -> _Turn | None:
        if len(self._waiting) <= self._max_waiting:
            return None
        last = max(self._waiting)
        self._waiting.remove(last)
        heapq.heapify(self._waiting)
        return last[2]

    def _serve(self, turn: _Turn | None) -> None:
        while turn is not None:
            # One whose wait timed out, or whose client went away, is not worth a hash.
            if turn.result.set_running_or_notify_cancel():
                _fulfil(turn)
            turn = self._next()

    def _next(self) -> _Turn | None:
        with self._lock:
            if self._waiting:
                return heapq.heappop(self._waiting)[2]
            self._running -= 1
            return None


def _stand_back() -> None:
    """Linux alone has a priority for each thread; those that argon2 starts take over this one's."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + _NICENESS)


def _fulfil(turn: _Turn) -> None:
    try:
        turn.result.set_result(turn.work())
    except BaseException as error:  # noqa: BLE001 - whoever waits for the result gets it
        turn.result.set_exception(error)
