"""One HTTP request and its response, as seen between the server and the app: what is measured, and when it ends."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from time import perf_counter
from typing import Any, Protocol

from . import metrics
from .families import Child, Slots
from .internal import report
from .phases import APP
from .request import (
    BUCKETS,
    BYTES,
    ENDED,
    SLOW_SECONDS,
    SUM,
    CellSource,
    Message,
    Receive,
    Recent,
    Request,
    Scope,
    Send,
)

_UNTIMED = metrics.HTTP_REQUESTS.untimed_at
_SPLIT_SUM = metrics.HTTP_REQUESTS.split_sum_at
_SPLIT_APP = metrics.HTTP_REQUESTS.split_app_at

EXEMPLAR_SECONDS = 1.0


class Cell:
    """What one (method, endpoint, status) writes to, found once and kept, with what led to it."""

    __slots__ = ("endpoint", "exemplar_due", "has_body", "keep", "requests", "timed")

    def __init__(self, endpoint: str, requests: Child, *, timed: bool, has_body: bool) -> None:
        self.endpoint = endpoint
        self.requests = requests
        self.timed = timed
        self.has_body = has_body
        self.exemplar_due = 0.0
        self.keep: tuple[object, ...] = ()


class Cells(CellSource, Protocol):
    """What an exchange needs of its middleware."""

    def cell(self, scope: Scope, status: int | str) -> Cell:
        """The cell of a finished request."""

    def trace_id(self, scope: Scope) -> str | None:
        """The trace that the request belongs to, if any."""


class Exchange(Request):
    """A request from its arrival to the last byte of the response; later work is background work.

    `send` and `receive` stand in for the server's; a request has ended when its last byte is handed over. Nearly all
    take the short way, within `send`; whatever is out of the ordinary goes through `_finish`, with the same result.
    """

    __slots__ = ("__dict__",)

    # What few requests need takes no time of the others: these are set where they differ.
    stream: EventStream | bool = False
    sent = received = 0
    gone = False
    from_client: Receive

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

    def see(self, message: Message) -> None:
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
            slots[BYTES] += self.sent
        if self.received:
            metrics.HTTP_REQUEST_BYTES.inc(cell.endpoint, by=self.received)
        if isinstance(self.stream, EventStream):
            metrics.HTTP_STREAMS_OPEN.add(-1)
            metrics.HTTP_STREAM_DURATION.observe(duration, cell.endpoint)
        elif ended >= cell.exemplar_due or duration >= SLOW_SECONDS:
            self._exemplify(cell, duration, ended)
        self.cell, self.scope = cell, ENDED

    def _count_time(self, slots: Slots, cell: Cell, ended: float) -> None:
        duration = ended - self.started
        slots[bisect_left(BUCKETS, duration)] += 1.0
        if self.clock is None:
            slots[SUM] += duration
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
            cell.requests.exemplars[bisect_left(BUCKETS, duration)] = (trace_id, duration, time.time())


class WatchedExchange(Exchange):
    """The same on a server that keeps no state of the connection: what the messages do must tell.

    Whether somebody is there is known only once the last message has been taken, so that is waited for.
    """

    __slots__ = ("ending",)

    def __init__(self, scope: Scope, onward: Send, cells: CellSource, in_progress: Child, server: Any) -> None:
        super().__init__(scope, self._watching(onward), cells, in_progress, server)
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


_NONE_RECENT: Recent = {}
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
