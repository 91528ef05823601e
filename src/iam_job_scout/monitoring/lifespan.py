"""What runs while the app runs: started when its start-up is complete, stopped with it, beside its own lifespan."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any

from . import metrics
from .internal import report
from .loop_lag import LoopWatch
from .request import Message, Receive, Scope, Send
from .routes import known_requests
from .samplers import update_all_metrics
from .server import MetricsServer
from .workers import share_between_workers

Work = Callable[[Any], None]

# Counters of known routes that exist from the start; an idle instance stays well under 1,000 samples with them.
MAX_KNOWN_REQUESTS = 200


class Background:
    """The periodic work of one app: samplers every `interval_seconds`, and a watch over the event loop."""

    def __init__(
        self,
        *,
        interval_seconds: float = 30.0,
        exclude: Collection[str] = (),
        server: MetricsServer | None = None,
        workers_directory: Path | None = None,
    ) -> None:
        self.interval_seconds = interval_seconds
        self._exclude = exclude
        self._server = server
        self._workers_directory = workers_directory
        self._stop = threading.Event()
        self._sampling: threading.Thread | None = None
        self._watch: LoopWatch | None = None

    def start(self, app: Any) -> None:
        """Begin, on the running event loop. `app` is the app of the lifespan."""
        if self._workers_directory is not None:
            share_between_workers(self._workers_directory)
        expect_requests(app, exclude=self._exclude)
        self._stop.clear()
        self._sampling = threading.Thread(target=self._sample_until_stopped, name="monitoring-samplers", daemon=True)
        self._sampling.start()
        self._watch = LoopWatch(asyncio.get_running_loop())
        self._watch.start()
        if self._server is not None:
            self._server.start()

    def stop(self, _: Any) -> None:
        """End; a sampler that is still running is not waited for."""
        self._stop.set()
        if self._watch is not None:
            self._watch.stop()
            self._watch = None
        if self._server is not None:
            self._server.stop()

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


def expect_requests(app: Any, *, exclude: Collection[str] = ()) -> None:
    """Let the request counters of every route and declared status exist at zero.

    The first error of a route is then an increase that `increase()` can see. At most 200: errors come first.
    """
    known = sorted(known_requests(app), key=lambda request: not request[2].startswith("5"))
    for method, endpoint, status in [one for one in known if one[1] not in exclude][:MAX_KNOWN_REQUESTS]:
        metrics.HTTP_REQUESTS.child((method, endpoint, status))
