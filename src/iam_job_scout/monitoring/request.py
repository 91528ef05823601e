"""The short way of a request: what nearly all of them take, and all that these pay for being measured.

`_request.c` and `_middleware.c` are the same, compiled (`build.py`), and are used where they have been built;
`MONITORING_COMPILED=0` forgoes them.
Whoever changes one changes the other: the tests of monitoring hold them against each other.
"""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

from . import metrics
from .families import Child
from .internal import report
from .phases import CURRENT, PhaseClock

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

SOURCES = sorted(Path(__file__).parent.glob("_*.[ch]"))

BUCKETS = metrics.HTTP_REQUESTS.buckets
SUM = metrics.HTTP_REQUESTS.sum_at
BYTES = metrics.HTTP_REQUESTS.bytes_at
_QUICK = BUCKETS[0]

# A trace id is looked up for slow requests, and otherwise once a second for each label set.
SLOW_SECONDS = 0.1
# A scope that has it belongs to a request that is measured already, by a middleware further out.
MARK = "monitoring.instrumented"
# Stands for the scope of a request that has ended.
ENDED: Scope = {}


class Cell(Protocol):
    """What the requests of one (method, endpoint, status) are counted in."""

    requests: Child
    exemplar_due: float


# By the address of the route and the status: the route's context and the route, the requests in progress of the method,
# the mount, and the status, which must all be those of the request, and what it is counted in.
Recent = dict[int, tuple[object, object, Child, object, object, Any]]


class CellSource(Protocol):
    """What a request needs of its middleware."""

    recent: Recent


class PythonRequest:
    """A request that is being answered. What it is not sure to count rightly it leaves to `see`, of a class that knows.

    `send` stands in for the server's, and returns the server's own awaitable, which saves a coroutine per message.
    """

    __slots__ = ("cell", "cells", "clock", "in_progress", "onward", "recent", "scope", "server", "start", "started")

    def __init__(self, scope: Scope, onward: Send, cells: CellSource, in_progress: Child, server: Any) -> None:
        self.scope = scope
        self.onward = onward
        self.cells: Any = cells
        # Empty once anything is out of the ordinary, so that the short way finds nothing.
        self.recent = cells.recent
        # None once the request has been counted.
        self.in_progress: Child | None = in_progress
        # uvicorn keeps the state of the connection beside its `receive`.
        self.server = server
        self.start: Message | None = None
        self.clock: PhaseClock | None = None
        self.cell: Any = None
        self.started = perf_counter()
        in_progress.slots[0] += 1.0

    def send(self, message: Message) -> Awaitable[None]:
        """See one message of the response and pass it on."""
        try:
            start = self.start
            if start is None and message["type"] == "http.response.start":
                self.start = message
            elif start is None or not self._counted(message, start):
                self.see(message)
        except Exception as error:  # noqa: BLE001 - instrumentation never breaks a response
            self.broken(error)
        return self.onward(message)

    def see(self, message: Message) -> None:
        """Take the long way with a message."""

    def broken(self, error: Exception) -> None:
        """Say that this failed."""
        report("send", error)

    def _counted(self, message: Message, start: Message) -> bool:
        """Count a response that ends as nearly all do, with one whole body; False, and nothing counted, for others."""
        ended = perf_counter()
        duration = ended - self.started
        scope, in_progress = self.scope, self.in_progress
        try:
            status, leaf = start["status"], scope["route"]
            route = leaf
            if "fastapi" in scope:
                leaf = scope["fastapi"]["effective_route_context"]
            its_leaf, its_route, its_in_progress, its_root, its_status, cell = self.recent[id(leaf) + status]
            body = message["body"]
            if (
                its_leaf is not leaf
                or its_route is not route
                or its_in_progress is not in_progress
                or its_root != scope["root_path"]
                or its_status != status
                or ended >= cell.exemplar_due
                or duration >= SLOW_SECONDS
                or self.clock is not None
                or self.server.disconnected
                or message["type"] != "http.response.body"
                or "more_body" in message
                or "trailers" in start
            ):
                return False
        except KeyError:
            return False
        in_progress.slots[0] -= 1.0
        self.in_progress = None
        # What is left of this may outlive the request; the scope, which leads to everything else, must not.
        self.scope = ENDED
        self.cell = cell
        slots = cell.requests.slots
        slots[0 if duration <= _QUICK else bisect_left(BUCKETS, duration)] += 1.0
        slots[SUM] += duration
        slots[BYTES] += len(body)
        return True


class PythonMiddleware(ABC):
    """What every request passes through on its way to `app`.

    Called like an app, the compiled one begins with what nearly all requests are: without a body, not measured yet, on
    a server that keeps the state of its connection. All others it leaves to `measure`, and this one leaves it all.
    """

    app: ASGIApp
    # The class of its requests, and what they find what they count in by.
    kind: type[PythonRequest]
    recent: Recent
    # Paths that are not measured.
    exclude: frozenset[str]
    # By method what is in progress, and whether such a request may have a body to count.
    methods: dict[str, tuple[Child, bool]]

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass something on to the app."""
        return self.measure(scope, receive, send)

    @abstractmethod
    def measure(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass something on to the app that may be out of the ordinary."""


def source_digest() -> str:
    """By which a compiled file is known to be of this source; empty where the source is not there."""
    return hashlib.sha256(b"".join(source.read_bytes() for source in SOURCES)).hexdigest() if SOURCES else ""


def configure(compiled: Any) -> None:
    """Tell the compiled module where things are counted."""
    compiled.configure(tuple(BUCKETS), SUM, BYTES, SLOW_SECONDS, ENDED, MARK, CURRENT)


def _compiled() -> Any:
    if os.environ.get("MONITORING_COMPILED") == "0":
        return None
    try:
        from . import _request  # type: ignore[attr-defined]
    except ImportError:
        return None
    # What was built of another version of the file would not do as this one says.
    if getattr(_request, "SOURCE", None) != source_digest():
        return None
    configure(_request)
    return _request


if TYPE_CHECKING:
    Middleware = PythonMiddleware
    Request = PythonRequest
else:
    _request = _compiled()
    Middleware = _request.Middleware if _request else PythonMiddleware
    Request = _request.Request if _request else PythonRequest
