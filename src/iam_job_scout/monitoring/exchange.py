"""One HTTP request and its response, as seen between the server and the app: what is measured, and when it ends."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from time import perf_counter
from typing import Any, Protocol

from . import metrics
from .families import Child
from .internal import report
from .phases import APP, RequestInProgress

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]

_BUCKETS = metrics.HTTP_REQUESTS.buckets
_SUM = metrics.HTTP_REQUESTS.sum_at
_UNTIMED = metrics.HTTP_REQUESTS.untimed_at

# A trace id is looked up for slow requests, and otherwise once a second for each label set.
SLOW_SECONDS = 0.1
EXEMPLAR_SECONDS = 1.0


class Cell:
    """Everything that one (method, endpoint, status) writes to, found once and kept."""

    __slots__ = ("app_seconds", "endpoint", "exemplar_due", "keep", "requests", "sent", "timed")

    def __init__(self, endpoint: str, *, requests: Child, sent: Child, app_seconds: Child, timed: bool) -> None:
        self.endpoint = endpoint
        self.requests = requests
        self.sent = sent
        self.app_seconds = app_seconds
        self.timed = timed
        self.exemplar_due = 0.0
        self.keep: tuple[Any, ...] = ()


class CellSource(Protocol):
    """What an exchange needs of its middleware."""

    def cell(self, scope: Scope, status: int | str) -> Cell:
        """The cell of a finished request."""

    def trace_id(self, scope: Scope) -> str | None:
        """The trace that the request belongs to, if any."""


class Exchange(RequestInProgress):
    """A request from its arrival to the last byte of the response; later work is background work.

    `send` and `receive` stand in for the server's. `send` returns the server's own awaitable wherever nothing has to
    be seen after it, which saves a coroutine per message.
    """

    __slots__ = (
        "_cells", "_receive", "_send", "_trailers", "done", "gone", "in_progress", "reads_directly", "received",
        "scope", "sent", "server", "status", "stream", "watched",
    )  # fmt: skip

    def __init__(self, scope: Scope, receive: Receive, send: Send, cells: CellSource, in_progress: Child) -> None:
        self.started = perf_counter()
        self.clock = None
        self.scope = scope
        self._receive = receive
        self._send = send
        self._cells = cells
        # uvicorn keeps the state of the connection beside its `receive`; elsewhere the messages must tell.
        self.server = getattr(receive, "__self__", None)
        self.watched = not hasattr(self.server, "disconnected")
        self.reads_directly = not self.watched and scope["method"] in ("GET", "HEAD")
        self.status: int = 0
        self.sent = 0
        self.received = 0
        self.stream: EventStream | bool = False
        self.gone = False
        self.done = False
        self._trailers = False
        self.in_progress = in_progress
        in_progress.slots[0] += 1.0

    def send(self, message: Message) -> Awaitable[None]:
        """See one message of the response and pass it on."""
        try:
            kind = message["type"]
            if kind == "http.response.start":
                self.status = message["status"]
                headers = message.get("headers")
                if not headers or headers[0][0] != b"content-length":
                    self._look_at_headers(message)
            elif kind == "http.response.body":
                body = message.get("body")
                if body:
                    self.sent += len(body)
                if not message.get("more_body") and not self._trailers:
                    return self._send_last(message)
                if not self.stream:
                    self._stream_began()
            elif kind == "http.response.pathsend" or (
                kind == "http.response.trailers" and not message.get("more_trailers")
            ):
                return self._send_last(message)
        except Exception as error:  # noqa: BLE001 - instrumentation never breaks a response
            report("send", error)
        return self._send_watched(message) if self.watched else self._send(message)

    async def receive(self) -> Message:
        """Pass a message of the request on, counting its bytes and noticing a client that left."""
        message = await self._receive()
        try:
            body = message.get("body")
            if body:
                self.received += len(body)
            elif message["type"] == "http.disconnect" and not self.done:
                self.gone = True
        except Exception as error:  # noqa: BLE001 - instrumentation never breaks a request
            report("receive", error)
        return message

    def returned(self) -> None:
        """The app is through. A response that it left incomplete is the client's doing, or an error of the app."""
        if self.done:
            return
        try:
            if not self._client_gone():
                self._count_error("IncompleteResponse")
            self._finish(self.status or 500)
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
        if self.done:
            if not cancelled:
                self._count_error(name)
            return
        gone = self._client_gone() or (left and any(cause.__name__ == "ClientDisconnect" for cause in causes))
        if gone:
            self.gone = True
        if not cancelled and not (gone and left):
            self._count_error(name)
        self._finish(metrics.CANCELLED if cancelled else self.status or 500)

    def _client_gone(self) -> bool:
        return self.gone or getattr(self.server, "disconnected", False) is True

    def _count_error(self, name: str) -> None:
        cell = self._cells.cell(self.scope, self.status or 500)
        if self.done:
            metrics.HTTP_BACKGROUND_ERRORS.inc(cell.endpoint, name)
        severity = "warning" if self.done else ("error" if self.status else "critical")
        metrics.APP_ERRORS.inc(name, cell.endpoint, severity)

    def _look_at_headers(self, message: Message) -> None:
        self._trailers = bool(message.get("trailers"))
        for name, value in message.get("headers", ()):
            if name.lower() == b"content-type" and value.startswith(b"text/event-stream"):
                self.stream = EventStream()
                metrics.HTTP_STREAMS_OPEN.add(1)

    def _stream_began(self) -> None:
        self.stream = True
        cell = self._cells.cell(self.scope, self.status)
        metrics.HTTP_FIRST_BYTE.observe(perf_counter() - self.started, cell.endpoint)

    async def _send_watched(self, message: Message) -> None:
        try:
            await self._send(message)
        except OSError:
            self.gone = True
            raise

    async def _send_last(self, message: Message) -> None:
        if self.watched:
            await self._send_watched(message)
        else:
            await self._send(message)
        try:
            self._finish(self.status)
        except Exception as error:  # noqa: BLE001 - instrumentation never breaks a response
            report("finish", error)

    def _finish(self, status: int | str) -> None:
        if self.done:
            return
        self.done = True
        self.in_progress.slots[0] -= 1.0
        ended = perf_counter()
        if self.gone or getattr(self.server, "disconnected", False) is True:
            status = self._count_disconnect()
        cell = self._cells.cell(self.scope, status)
        duration = ended - self.started
        if self.stream is True or (self.stream is False and cell.timed):
            slots = cell.requests.slots
            slots[bisect_left(_BUCKETS, duration)] += 1.0
            slots[_SUM] += duration
            if ended >= cell.exemplar_due or duration >= SLOW_SECONDS:
                self._exemplify(cell, duration, ended)
            cell.app_seconds.slots[0] += duration if self.clock is None else self._count_phases(cell.endpoint, ended)
        else:
            self._count_untimed(cell, duration)
        cell.sent.slots[0] += self.sent
        if self.received:
            metrics.HTTP_REQUEST_BYTES.inc(cell.endpoint, by=self.received)

    def _count_disconnect(self) -> str:
        started = getattr(self.server, "response_started", self.status != 0)
        cell = self._cells.cell(self.scope, metrics.CLIENT_GONE)
        metrics.HTTP_DISCONNECTS.inc(cell.endpoint, "during_body" if started else "before_response")
        return metrics.CLIENT_GONE

    def _count_untimed(self, cell: Cell, duration: float) -> None:
        cell.requests.slots[_UNTIMED] += 1.0
        if isinstance(self.stream, EventStream):
            metrics.HTTP_STREAMS_OPEN.add(-1)
            metrics.HTTP_STREAM_DURATION.observe(duration, cell.endpoint)

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
        trace_id = self._cells.trace_id(self.scope)
        if trace_id:
            if cell.requests.exemplars is None:
                cell.requests.exemplars = {}
            cell.requests.exemplars[bisect_left(_BUCKETS, duration)] = (trace_id, duration, time.time())


class EventStream:
    """Marks a response that lasts as long as its reader likes."""

    __slots__ = ()


def _leaves(error: BaseException) -> Iterator[type[BaseException]]:
    if isinstance(error, BaseExceptionGroup):
        parts: Iterable[BaseException] = error.exceptions
        for part in parts:
            yield from _leaves(part)
    else:
        yield type(error)
