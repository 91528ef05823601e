"""WebSocket connections: never counted as requests, but as connections of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from . import metrics
from .internal import report, shielded
from .request import Message, Receive, Scope, Send
from .routes import endpoint_label

# RFC 6455 section 7.4.1; the rest of the 65,536 codes are one label value.
CLOSE_CODES = frozenset({1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013})


class Conversation:
    """One WebSocket connection from its handshake to its end."""

    __slots__ = ("_app", "_receive", "_scope", "_send", "code", "opened")

    def __init__(
        self,
        app: Callable[[Scope, Receive, Send], Awaitable[None]],
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        self._app = app
        self._scope = scope
        self._receive = receive
        self._send = send
        self.opened = False
        self.code: int | None = None

    async def run(self) -> None:
        """Run the app on the connection and record how it went."""
        try:
            await self._app(self._scope, self.receive, self.send)
        except Exception as error:
            self._failed(error)
            raise
        finally:
            self._ended()

    async def send(self, message: Message) -> None:
        """Pass a message to the client; an accepted handshake opens the connection, any other end rejects it."""
        await self._send(message)
        try:
            if message["type"] == "websocket.accept":
                self._accepted()
            elif message["type"] == "websocket.close":
                self.code = message.get("code", 1000) if self.code is None else self.code
        except Exception as error:  # noqa: BLE001 - instrumentation never breaks a connection
            report("websocket", error)

    async def receive(self) -> Message:
        """Pass a message of the client on; a disconnect tells the close code."""
        message = await self._receive()
        try:
            if message["type"] == "websocket.disconnect" and self.code is None:
                self.code = message.get("code", 1005)
        except Exception as error:  # noqa: BLE001 - instrumentation never breaks a connection
            report("websocket", error)
        return message

    def _accepted(self) -> None:
        self.opened = True
        metrics.WEBSOCKETS_OPEN.add(1)
        metrics.WEBSOCKETS.inc(endpoint_label(self._scope), "accepted")

    @shielded("websocket")
    def _failed(self, error: BaseException) -> None:
        if type(error).__name__ != "WebSocketDisconnect":
            self.code = 1011 if self.code is None else self.code
            severity = "error" if self.opened else "critical"
            metrics.APP_ERRORS.inc(type(error).__name__, endpoint_label(self._scope), severity)

    @shielded("websocket")
    def _ended(self) -> None:
        endpoint = endpoint_label(self._scope)
        if not self.opened:
            metrics.WEBSOCKETS.inc(endpoint, "rejected")
            return
        metrics.WEBSOCKETS_OPEN.add(-1)
        code = 1006 if self.code is None else self.code
        metrics.WEBSOCKETS_CLOSED.inc(endpoint, str(code) if code in CLOSE_CODES else "other")
