"""One HTTP request and its response, as seen between the server and the app: what is measured, and when it ends."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from time import perf_counter
from typing import Any, Protocol

from . import metrics
from .families import Child, Slots
from .internal import report
from .phases import APP, RequestInProgress

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]

_BUCKETS = metrics.HTTP_REQUESTS.buckets
_QUICK = _BUCKETS[0]
_UNTIMED = metrics.HTTP_REQUESTS.untimed_at
_SUM = metrics.HTTP_REQUESTS.sum_at
_SPLIT_SUM = metrics.HTTP_REQUESTS.split_sum_at
_SPLIT_APP = metrics.HTTP_REQUESTS.split_app_at
_BYTES = metrics.HTTP_REQUESTS.bytes_at

# A trace id is looked up for slow requests, and otherwise once a second for each label set.
SLOW_SECONDS = 0.1
EXEMPLAR_SECONDS = 1.0


class Cell:
    """What one (method, endpoint, status) writes to, found once and kept, with what led to it."""

    __slots__ = (
        "endpoint", "exemplar_due", "has_body", "in_progress", "keep", "leaf", "requests", "root_path", "route",
        "status", "timed",
    )  # fmt: skip

    def __init__(self, endpoint: str, requests: Child, *, timed: bool, has_body: bool) -> None:
        self.endpoint = endpoint
        self.requests = requests
        self.timed = timed
        self.has_body = has_body
        self.exemplar_due = 0.0

    def led_to_by(self, scope: Scope, context: object, status: int | str, in_progress: Child) -> None:
        """Remember what tells the requests of this cell apart, and keep it from being freed."""
        self.route = scope.get("route")
        self.leaf = self.route if context is None else context
        self.keep = scope.get("endpoint")
        self.root_path = scope.get("root_path")
        # One for each method, and at hand where the method would have to be looked up.
        self.in_progress = in_progress
        self.status = status


class CellSource(Protocol):
    """What an exchange needs of its middleware."""

    recent: dict[int, Cell]

    def cell(self, scope: Scope, status: int | str) -> Cell:
        """The cell of a finished request."""

    def trace_id(self, scope: Scope) -> str | None:
        """The trace that the request belongs to, if any."""


class Exchange(RequestInProgress):
    """A request from its arrival to the last byte of the response; later work is background work.

    `send` and `receive` stand in for the server's. `send` returns the server's own awaitable, which saves a coroutine
    per message; a request has ended when its last byte is handed over. Nearly all take the short way, within `send`;
    whatever is out of the ordinary goes through `_finish`, with the same result.
    """

    __slots__ = ("__dict__", "cell", "cells", "in_progress", "onward", "recent", "scope", "server", "start")

    # What few requests need takes no time of the others: these are set where they differ.
    stream: EventStream | bool = False
    sent = received = 0
    gone = False
    from_client: Receive

    def begin(self, scope: Scope, send: Send, cells: CellSource, in_progress: Child, server: Any) -> None:
        """What `__init__` would do, without the detour that calling a class takes through C."""
        self.scope = scope
        self.onward = send
        self.cells = cells
        # Empty once anything is out of the ordinary, so that the short way finds nothing.
        self.recent = cells.recent
        # None once the request has been counted.
        self.in_progress: Child | None = in_progress
        # uvicorn keeps the state of the connection beside its `receive`.
        self.server = server
        self.start: Message | None = None
        self.clock = None
        self.cell: Cell | None = None
        self.started = perf_counter()
        in_progress.slots[0] += 1.0

    def send(self, message: Message) -> Awaitable[None]:
        """See one message of the response and pass it on."""
        try:
            start = self.start
            if start is None and message["type"] == "http.response.start":
                self.start = message
            elif start is None or not self._counted(message, start):
                self._see_other(message)
        except Exception as error:  # noqa: BLE001 - instrumentation never breaks a response
            report("send", error)
        return self.onward(message)

    async def receive(self) -> Message:
        """Pass a message of the request on, counting its bytes and noticing a client that left."""
        message = await self.from_client()
        try:
            body = message.get("body")
            if body:
                self.received += len(body)
                self.recent = _NONE_RECENT
            elif message["type"] == "http.disconnect" and self.in_progress is not None:
                self.gone = True
        except Exception as error:  # noqa: BLE001 - instrumentation never breaks a request
            report("receive", error)
        return message

    def returned(self) -> None:
        """The app is through. A response that it left incomplete is the client's doing, or an error of the app."""
        try:
            if not self._client_gone():
                self._count_error("IncompleteResponse")
            self._finish(self._status() or 500)
        except Exception as error:  # noqa: BLE001 - instrumentation never breaks a request
            report("returned", error)

    def failed(self, error: BaseException) -> None:
        """The app raised; who is to blame decides what is counted."""
        try:
            self._failed(error)
        except Exception as broken:  # noqa: BLE001 - the app's own exception must reach the server
            report("failed", broken)

    def _failed(self, error: BaseException) -> None:
        causes = set(_leaves(error))
        cancelled = all(issubclass(cause, asyncio.CancelledError | GeneratorExit) for cause in causes)
        left = all(issubclass(cause, OSError) or cause.__name__ == "ClientDisconnect" for cause in causes)
        name = min(cause.__name__ for cause in causes)
        if self.in_progress is None:
            if not cancelled:
                self._count_error(name)
            return
        gone = self._client_gone() or (left and any(cause.__name__ == "ClientDisconnect" for cause in causes))
        if gone:
            self.gone = True
        if not cancelled and not (gone and left):
            self._count_error(name)
        self._finish(metrics.CANCELLED if cancelled else self._status() or 500)

    def _status(self) -> int:
        return self.start["status"] if self.start is not None else 0

    def _client_gone(self) -> bool:
        return self.gone or bool(self.server.disconnected)

    def _count_error(self, name: str) -> None:
        cell = self.cell or self.cells.cell(self.scope, self._status() or 500)
        answered = self.in_progress is None
        if answered:
            metrics.HTTP_BACKGROUND_ERRORS.inc(cell.endpoint, name)
        severity = "warning" if answered else ("error" if self.start is not None else "critical")
        metrics.APP_ERRORS.inc(name, cell.endpoint, severity)

    def _counted(self, message: Message, start: Message) -> bool:
        """Count a response that ends as nearly all do, with one whole body; False, and nothing counted, for others."""
        ended = perf_counter()
        duration = ended - self.started
        try:
            scope, status, in_progress = self.scope, start["status"], self.in_progress
            leaf = route = scope["route"]
            if "fastapi" in scope:
                leaf = scope["fastapi"]["effective_route_context"]
            cell = self.recent[id(leaf) + status]
            body = message["body"]
            if (
                cell.leaf is not leaf
                or cell.route is not route
                or cell.in_progress is not in_progress
                or cell.status != status
                or cell.root_path != scope["root_path"]
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
        self.scope = _ENDED
        self.cell = cell
        slots = cell.requests.slots
        slots[0 if duration <= _QUICK else bisect_left(_BUCKETS, duration)] += 1.0
        slots[_SUM] += duration
        slots[_BYTES] += len(body)
        return True

    def _see_other(self, message: Message) -> None:
        """A chunk of a stream, a file for the server to send, trailers: the end is where these say."""
        self.recent = _NONE_RECENT
        kind, trailers = message["type"], self.start is not None and self.start.get("trailers")
        if kind in _BODIES:
            more = message.get("more_body")
            if more and not self.stream:
                self._stream_began()
            last = not more and not trailers
        elif kind == "http.response.trailers":
            last = not message.get("more_trailers")
        elif kind == "http.response.start":
            self.start, last = message, False
        else:
            # Early hints, pushes and what servers and test clients add besides.
            last = False
        self.sent += len(message.get("body") or b"")
        if last:
            self._end(self._status())

    def _stream_began(self) -> None:
        if self.start is not None and _is_event_stream(self.start):
            self.stream = EventStream()
            metrics.HTTP_STREAMS_OPEN.add(1)
            return
        self.stream = True
        cell = self.cells.cell(self.scope, self._status())
        metrics.HTTP_FIRST_BYTE.observe(perf_counter() - self.started, cell.endpoint)

    def _end(self, status: int) -> None:
        self._finish(status)

    def _finish(self, status: int | str) -> None:
        in_progress = self.in_progress
        if in_progress is None:
            return
        ended = perf_counter()
        self.in_progress = None
        in_progress.slots[0] -= 1.0
        if self._client_gone():
            status = self._count_disconnect()
        cell = self.cells.cell(self.scope, status)
        slots = cell.requests.slots
        duration = ended - self.started
        if isinstance(self.stream, EventStream) or not cell.timed:
            slots[_UNTIMED] += 1.0
        else:
            self._count_time(slots, cell, ended)
        if cell.has_body:
            slots[_BYTES] += self.sent
        if self.received:
            metrics.HTTP_REQUEST_BYTES.inc(cell.endpoint, by=self.received)
        if isinstance(self.stream, EventStream):
            metrics.HTTP_STREAMS_OPEN.add(-1)
            metrics.HTTP_STREAM_DURATION.observe(duration, cell.endpoint)
        elif ended >= cell.exemplar_due or duration >= SLOW_SECONDS:
            self._exemplify(cell, duration, ended)
        self.cell, self.scope = cell, _ENDED

    def _count_time(self, slots: Slots, cell: Cell, ended: float) -> None:
        duration = ended - self.started
        slots[bisect_left(_BUCKETS, duration)] += 1.0
        if self.clock is None:
            slots[_SUM] += duration
        else:
            slots[_SPLIT_APP] += self._count_phases(cell.endpoint, ended)
            slots[_SPLIT_SUM] += duration

    def _count_disconnect(self) -> str:
        # uvicorn drops what is sent to a client that has gone, so having been handed a start does not mean much.
        started = getattr(self.server, "response_started", self.start is not None)
        cell = self.cells.cell(self.scope, metrics.CLIENT_GONE)
        metrics.HTTP_DISCONNECTS.inc(cell.endpoint, "during_body" if started else "before_response")
        return metrics.CLIENT_GONE

    def _count_phases(self, endpoint: str, ended: float) -> float:
        """Count all phases but the app's own, whose seconds are returned."""
        if self.clock is None:
            return 0.0
        seconds = self.clock.close(ended)
        for phase, name in enumerate(metrics.PHASES[:APP]):
            if seconds[phase]:
                metrics.HTTP_PHASE_SECONDS.inc(endpoint, name, by=seconds[phase])
        if self.clock.queries:
            metrics.HTTP_QUERIES.observe(self.clock.queries, endpoint)
        return seconds[APP]

    def _exemplify(self, cell: Cell, duration: float, ended: float) -> None:
        cell.exemplar_due = ended + EXEMPLAR_SECONDS
        trace_id = self.cells.trace_id(self.scope)
        if trace_id:
            if cell.requests.exemplars is None:
                cell.requests.exemplars = {}
            cell.requests.exemplars[bisect_left(_BUCKETS, duration)] = (trace_id, duration, time.time())


class WatchedExchange(Exchange):
    """The same on a server that keeps no state of the connection: what the messages do must tell.

    Whether somebody is there is known only once the last message has been taken, so that is waited for.
    """

    __slots__ = ("ending",)

    def begin(self, scope: Scope, send: Send, cells: CellSource, in_progress: Child, server: Any) -> None:
        """The same, with what has to be watched."""
        super().begin(scope, self._watching(send), cells, in_progress, server)
        self.ending = 0
        self.recent = _NONE_RECENT

    def _end(self, status: int) -> None:
        self.ending = status

    def _watching(self, send: Send) -> Send:
        async def watching_send(message: Message) -> None:
            try:
                await send(message)
            except OSError:
                self.gone = True
                raise
            try:
                if self.ending:
                    self._finish(self.ending)
            except Exception as error:  # noqa: BLE001 - instrumentation never breaks a response
                report("finish", error)

        return watching_send


_ENDED: Scope = {}
_NONE_RECENT: dict[int, Cell] = {}
# A file that the server is to send has no more to follow.
_BODIES = frozenset({"http.response.body", "http.response.zerocopysend", "http.response.pathsend"})


class AlwaysConnected:
    """Stands for the state of the connection where a server keeps none."""

    disconnected = False


class EventStream:
    """Marks a response that lasts as long as its reader likes."""

    __slots__ = ()


def _is_event_stream(start: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in start.get("headers", ())
    )


def _leaves(error: BaseException) -> Iterator[type[BaseException]]:
    if isinstance(error, BaseExceptionGroup):
        parts: Iterable[BaseException] = error.exceptions
        for part in parts:
            yield from _leaves(part)
    else:
        yield type(error)
