"""A real server for the app under test, and the bare protocol for what no server produces."""

import asyncio
import http.client
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from iam_job_scout.monitoring.testing import Changes
from real_servers import servers

__all__ = ["servers"]

Message = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]


class Site:
    """A served app and a client for it."""

    def __init__(self, port: int, loop: asyncio.AbstractEventLoop) -> None:
        self.port = port
        self.loop = loop

    def get(self, path: str, *, method: str = "GET", headers: dict[str, str] | None = None, body: Any = None) -> Answer:
        """Ask and read the whole answer, after which the server's side has settled too."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        try:
            content = response.read()
        except http.client.IncompleteRead as cut:
            content = cut.partial
        connection.close()
        self.settle()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, content

    def settle(self) -> None:
        """Return when the event loop has had its turn."""
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), self.loop).result()

    def hang_up(self, path: str, *, after: float) -> None:
        """Send a request and close the socket, having read what came by then."""
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
            time.sleep(after)


@contextmanager
def serving(app: Any, **options: Any) -> Iterator[Site]:
    """Serve the app with uvicorn on a free port of 127.0.0.1."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="critical", lifespan=options.pop("lifespan", "on"), **options)
        server = uvicorn.Server(config)
        loops: list[asyncio.AbstractEventLoop] = []

        async def run() -> None:
            loops.append(asyncio.get_running_loop())
            await server.serve(sockets=[listener])

        thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
        thread.start()
        eventually(lambda: server.started, within=10)
        try:
            yield Site(listener.getsockname()[1], loops[0])
        finally:
            server.should_exit = True
            thread.join(10)


def eventually(condition: Callable[[], object], *, within: float = 5.0) -> None:
    """Wait until the condition holds; fail after `within` seconds."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)


class Connection:
    """A server's side of a request that keeps its state beside `receive`, as uvicorn's does."""

    disconnected = False
    response_started = True

    async def receive(self) -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}


async def receive() -> Message:
    """The same of a server that keeps none."""
    return {"type": "http.request", "body": b"", "more_body": False}


async def ask(
    app: Any,
    path: str = "/",
    *,
    method: str = "GET",
    scope: Message | None = None,
    send: Any = None,
    connection: Connection | None = None,
) -> Any:
    """Call the app with the bare protocol; returns the messages it sent."""
    sent: list[Message] = []

    async def collect(message: Message) -> None:
        sent.append(message)

    basis: Message = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": method,
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "scheme": "http",
        "headers": [(b"host", b"x")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    await app({**basis, **(scope or {})}, connection.receive if connection else receive, send or collect)
    return sent


Handler = Callable[..., Awaitable[None]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def seen() -> Changes:
    """What changed since the test began."""
    return Changes()
