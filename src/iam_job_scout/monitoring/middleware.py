"""The pure ASGI middleware: counts, times and blames, and never stands between the app and its client."""

from __future__ import annotations

from collections.abc import Callable, Collection

from . import metrics
from .catalogue import install
from .exchange import AlwaysConnected, Cell, Exchange, WatchedExchange
from .internal import report
from .lifespan import Background, with_background
from .phases import CURRENT
from .request import MARK, ASGIApp, Middleware, Receive, Scope, Send
from .routes import ambiguous, effective_context, endpoint_label
from .websockets import Conversation

TraceIds = Callable[[Scope], str | None]

# Only templates make keys, so this is reached by an app that mounts under paths with parameters.
MAX_CELLS = 20_000
_WITHOUT_BODY = frozenset({"GET", "HEAD"})


def traceparent(scope: Scope) -> str | None:
    """The trace id of a W3C `traceparent` header, 32 hexadecimal digits; None without a valid one."""
    for name, value in scope["headers"]:
        if name == b"traceparent" and len(value) >= 55 and value[2:3] == b"-" and value[35:36] == b"-":
            trace_id = value[3:35].decode("ascii", "replace")
            return trace_id if set(trace_id) <= set("0123456789abcdef") else None
    return None


class PrometheusMiddleware(Middleware):
    """Instruments an app; works with no arguments: `app.add_middleware(PrometheusMiddleware)`.

    `exclude` holds exact paths that are not recorded. `trace_id` finds the trace of a request for exemplars.
    `background` is what runs while the app runs (see `setup_monitoring`); without it the event loop is watched.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        exclude: Collection[str] = ("/metrics",),
        trace_id: TraceIds = traceparent,
        background: Background | None = None,
    ) -> None:
        self.app = app
        self.kind = Exchange
        self.exclude = frozenset(exclude)
        self._trace_id = trace_id
        self._background = background
        self._cells: dict[tuple[object, ...], Cell] = {}
        self.recent = {}
        install()
        metrics.start_at_zero()
        self.methods = {
            method: (metrics.HTTP_IN_PROGRESS.child((method,)), method not in _WITHOUT_BODY)
            for method in metrics.METHODS
        }
        self._other = metrics.HTTP_IN_PROGRESS.child((metrics.OTHER_METHOD,)), True
        # Where servers look whether an app is a coroutine function; what is called is the class's own.
        self.__dict__["__call__"] = self.measure

    async def measure(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request, a WebSocket or the app's lifespan through."""
        exchange = None
        try:
            if scope["type"] == "http" and MARK not in scope and scope["path"] not in self.exclude:
                exchange, receive = self._begin(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - instrumentation never breaks a request
            self.broken(error)
        if exchange is None:
            await self._pass(scope, receive, send)
            return
        try:
            await self.app(scope, receive, exchange.send)
        except BaseException as error:
            exchange.failed(error)
            raise
        if exchange.in_progress is not None:
            exchange.returned()

    def broken(self, error: Exception) -> None:
        """Say that a request could not be begun."""
        report("begin", error)

    def _begin(self, scope: Scope, receive: Receive, send: Send) -> tuple[Exchange, Receive]:
        scope[MARK] = True
        in_progress, heard = self.methods.get(scope["method"], self._other)
        try:
            server, kind = receive.__self__, Exchange  # type: ignore[attr-defined]
            server.disconnected  # noqa: B018 - is it there?
        except AttributeError:
            server, kind, heard = AlwaysConnected, WatchedExchange, True
        exchange = kind(scope, send, self, in_progress, server)
        if heard:
            # Where there is no body, uvicorn tells of a lost client without being asked.
            exchange.from_client, receive = receive, exchange.receive
        CURRENT.set(exchange)
        return exchange, receive

    def cell(self, scope: Scope, status: int | str) -> Cell:
        """What the finished request with this scope writes to."""
        context, route, endpoint = effective_context(scope), scope.get("route"), scope.get("endpoint")
        key = (id(context), id(route), id(endpoint), scope.get("root_path"), scope["method"], status)
        found = self._cells.get(key)
        if found is None:
            found = self._new_cell(scope, status)
            if ambiguous(scope):
                return found
            # The key holds addresses; what it points at must not be freed and its address taken by another.
            found.keep = context, route, endpoint
            if len(self._cells) >= MAX_CELLS:
                self._cells.clear()
                self.recent.clear()
            self._cells[key] = found
        if route is not None and isinstance(status, int) and found.timed and found.has_body:
            leaf = route if context is None else context
            in_progress, _ = self.methods.get(scope["method"], self._other)
            self.recent[id(leaf) + status] = leaf, route, in_progress, scope.get("root_path"), status, found
        return found

    def trace_id(self, scope: Scope) -> str | None:
        """The trace that the request belongs to, if any."""
        try:
            return self._trace_id(scope)
        except Exception as error:  # noqa: BLE001 - a request without its trace still counts
            report("trace_id", error)
            return None

    def _new_cell(self, scope: Scope, status: int | str) -> Cell:
        method = scope["method"] if scope["method"] in metrics.METHODS else metrics.OTHER_METHOD
        endpoint = self._endpoint(scope)
        label = str(int(status)) if isinstance(status, int) else status
        return Cell(
            endpoint,
            metrics.HTTP_REQUESTS.child((method, endpoint, label)),
            # What the router turned away is counted but not timed: it says nothing of the app, and hostile traffic
            # must not be able to grow histograms.
            timed=endpoint != metrics.UNMATCHED and label != "405",
            # The server drops the body that an app sends in answer to HEAD.
            has_body=method != "HEAD",
        )

    def _endpoint(self, scope: Scope) -> str:
        try:
            return endpoint_label(scope)
        except Exception as error:  # noqa: BLE001 - the request still counts, under the name for the rest
            report("endpoint", error)
            return metrics.UNMATCHED

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await with_background(self.app, scope, receive, send, self._background)
        elif scope["type"] == "websocket" and MARK not in scope:
            scope[MARK] = True
            await Conversation(self.app, scope, receive, send).run()
        else:
            await self.app(scope, receive, send)
