"""Trap 20: WebSockets are connections of their own and never requests."""

import pytest
from fastapi import FastAPI, WebSocket

from iam_job_scout.monitoring import PrometheusMiddleware
from iam_job_scout.monitoring.testing import Changes, value

from .conftest import Message

pytestmark = pytest.mark.anyio
OPEN, TOTAL, CLOSED = "websocket_connections_open", "websocket_connections_total", "websocket_closed_total"


def make_app() -> FastAPI:
    app = FastAPI()
    app.add_middleware(PrometheusMiddleware)

    @app.websocket("/ws/{name}")
    async def talk(socket: WebSocket, name: str) -> None:
        if name == "stranger":
            await socket.close(1008)
            return
        await socket.accept()
        assert value(OPEN) == 1
        await socket.send_text(await socket.receive_text())
        if name == "broken":
            raise RuntimeError("mid-sentence")
        await socket.close(1000)

    return app


async def connect(app: FastAPI, path: str) -> list[str]:
    sent: list[str] = []
    messages: list[Message] = [{"type": "websocket.connect"}, {"type": "websocket.receive", "text": "hello"}]

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message["type"])

    scope = {"type": "websocket", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
             "headers": [], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "subprotocols": [],
             "asgi": {"version": "3.0"}, "scheme": "ws"}  # fmt: skip
    await app(scope, receive, send)
    return sent


async def test_a_connection_opens_talks_and_closes_with_its_code(seen: Changes) -> None:
    assert await connect(make_app(), "/ws/ann") == ["websocket.accept", "websocket.send", "websocket.close"]
    assert seen.delta(TOTAL, endpoint="/ws/{name}", outcome="accepted") == 1
    assert seen.delta(CLOSED, endpoint="/ws/{name}", code="1000") == 1
    assert value(OPEN) == 0
    assert not seen.changed("http_requests_total")


async def test_a_rejected_handshake_was_never_open(seen: Changes) -> None:
    await connect(make_app(), "/ws/stranger")
    assert seen.changed(TOTAL) == {(("endpoint", "/ws/{name}"), ("outcome", "rejected")): 1}
    assert not seen.changed(CLOSED)


async def test_a_handler_that_raises_closes_the_connection_and_counts_an_error(seen: Changes) -> None:
    with pytest.raises(RuntimeError):
        await connect(make_app(), "/ws/broken")
    assert seen.delta(CLOSED, endpoint="/ws/{name}", code="1011") == 1
    assert seen.delta("application_errors_total", error_type="RuntimeError", endpoint="/ws/{name}") == 1
    assert value(OPEN) == 0


async def test_an_unknown_path_is_a_rejection_of_nobody(seen: Changes) -> None:
    await connect(make_app(), "/elsewhere")
    assert seen.delta(TOTAL, endpoint="unmatched", outcome="rejected") == 1
