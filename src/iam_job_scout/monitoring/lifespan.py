"""What runs while the app runs: started when its start-up is complete, stopped with it, beside its own lifespan."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from .exchange import Message, Receive, Scope, Send
from .internal import report
from .loop_lag import LoopWatch
from .samplers import update_all_metrics

Work = Callable[[Any], None]


class Background:
    """The periodic work of one app: samplers every `interval_seconds`, and a watch over the event loop."""

    def __init__(self, *, interval_seconds: float = 30.0, on_start: Work | None = None, on_stop: Work | None = None):
        self.interval_seconds = interval_seconds
        self._on_start = on_start
        self._on_stop = on_stop
        self._stop = threading.Event()
        self._sampling: threading.Thread | None = None
        self._watch: LoopWatch | None = None

    def start(self, app: Any) -> None:
        """Begin, on the running event loop. `app` is the app of the lifespan."""
        if self._on_start is not None:
            self._on_start(app)
        self._stop.clear()
        self._sampling = threading.Thread(target=self._sample_until_stopped, name="monitoring-samplers", daemon=True)
        self._sampling.start()
        self._watch = LoopWatch(asyncio.get_running_loop(), app)
        self._watch.start()

    def stop(self, app: Any) -> None:
        """End; a sampler that is still running is not waited for."""
        self._stop.set()
        if self._watch is not None:
            self._watch.stop()
            self._watch = None
        if self._on_stop is not None:
            self._on_stop(app)

    def _sample_until_stopped(self) -> None:
        update_all_metrics()
        while not self._stop.wait(self.interval_seconds):
            update_all_metrics()


async def with_background(
    app: Callable[[Scope, Receive, Send], Awaitable[None]],
    scope: Scope,
    receive: Receive,
    send: Send,
    background: Background | None,
) -> None:
    """Run the app's lifespan; in between, run `background`."""
    work = background or Background()

    async def watched_send(message: Message) -> None:
        await send(message)
        if message["type"] == "lifespan.startup.complete":
            _guarded("start", work.start, scope.get("app"))

    try:
        await app(scope, receive, watched_send)
    finally:
        with contextlib.suppress(Exception):
            _guarded("stop", work.stop, scope.get("app"))


def _guarded(where: str, action: Work, app: Any) -> None:
    try:
        action(app)
    except Exception as error:  # noqa: BLE001 - the app must start and stop without its monitoring, too
        report(f"background:{where}", error)
