"""How late the event loop is, and which route held it."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from time import perf_counter
from types import FrameType
from typing import Any

from . import metrics
from .internal import report, shielded
from .routes import endpoint_label

TICK_SECONDS = 0.05
# Shorter delays are ordinary work; from here on a user may feel them and someone is named for them.
BLAME_SECONDS = 0.05
NOBODY = "unknown"


class LoopWatch:
    """A timer on the loop measures the delay; a thread looks at what the loop's thread is doing while it is late."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._thread_id = threading.get_ident()
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._stop = threading.Event()
        self._seen: Counter[str] = Counter()

    def start(self) -> None:
        """Begin; call on the loop's own thread."""
        self._schedule()
        threading.Thread(target=self._look, name="monitoring-loop-watch", daemon=True).start()

    def stop(self) -> None:
        """End; nothing of it stays on the loop."""
        self._stop.set()
        if self._timer is not None:
            self._timer.cancel()

    def _schedule(self) -> None:
        self._due = perf_counter() + TICK_SECONDS
        self._timer = self._loop.call_later(TICK_SECONDS, self._tick)

    def _tick(self) -> None:
        late = max(0.0, perf_counter() - self._due)
        self._record(late)
        if not self._stop.is_set():
            self._schedule()

    @shielded("loop_lag")
    def _record(self, late: float) -> None:
        metrics.LOOP_LAG.observe(late)
        seen, self._seen = self._seen, Counter()
        if late < BLAME_SECONDS:
            return
        looks = seen.total()
        if not looks:
            metrics.LOOP_BLOCKED.inc(NOBODY, by=late)
        for endpoint, count in seen.items():
            metrics.LOOP_BLOCKED.inc(endpoint, by=late * count / looks)

    def _look(self) -> None:
        while not self._stop.wait(BLAME_SECONDS / 2):
            try:
                if perf_counter() - self._due > BLAME_SECONDS / 2:
                    self._seen[blamed_endpoint(self._thread_id)] += 1
            except Exception as error:  # noqa: BLE001 - the watch goes on
                report("loop_watch", error)


def blamed_endpoint(thread_id: int) -> str:
    """The route template of the request that the thread is working on, read from its stack."""
    for scope in _scopes(sys._current_frames().get(thread_id)):
        if scope.get("type") in ("http", "websocket"):
            return endpoint_label(scope)
    return NOBODY


def _scopes(frame: FrameType | None) -> Iterator[dict[str, Any]]:
    while frame is not None:
        if "scope" in frame.f_code.co_varnames or "scope" in frame.f_code.co_freevars:
            scope = frame.f_locals.get("scope")
            if isinstance(scope, dict):
                yield scope
        frame = frame.f_back
