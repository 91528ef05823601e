"""An upstream whose answers a test chooses, and a short way to fetch a board from it."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
from aiohttp import web
from pydantic import SecretStr

from iam_job_scout.posting import Board, Listing
from iam_job_scout.settings import Settings
from iam_job_scout.sources import client as client_module
from iam_job_scout.sources.client import UpstreamClient
from iam_job_scout.sources.registry import SOURCES

from .wire import WIRES

T = TypeVar("T")
FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "sources"
#: Keys of the sources that need one.
KEYS = {
    "usajobs_email": "me@example.org",
    "usajobs_key": SecretStr("usajobs-secret"),
    "adzuna_app_id": "adzuna-app",
    "adzuna_app_key": SecretStr("adzuna-secret"),
    "jsearch_key": SecretStr("jsearch-secret"),
}
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Upstream:
    """A server on 127.0.0.1. `answer` makes each answer; `requests` are (path with query, headers) as they came."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.answer: Answer = self._nothing

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]

    def send(self, body: bytes | str, **response: Any) -> None:
        """Answers every request with this body."""
        raw = body.encode() if isinstance(body, str) else body

        async def answer(request: web.Request) -> web.Response:
            return web.Response(body=raw, **response)

        self.answer = answer

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.path_qs, dict(request.headers)))
        return await self.answer(request)

    async def _nothing(self, request: web.Request) -> web.Response:
        return web.Response(status=404)


@pytest.fixture(scope="session")
def running_upstream() -> Iterator[Upstream]:
    upstream, loop = Upstream(), asyncio.new_event_loop()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", upstream.handle)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()

    loop.run_until_complete(start())
    host, port = runner.addresses[0][:2]
    upstream.url = f"http://{host}:{port}"
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield upstream
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def upstream(running_upstream: Upstream) -> Upstream:
    """The server, answering 404 until the test says otherwise."""
    running_upstream.requests.clear()
    running_upstream.send(b"", status=404)
    return running_upstream


@pytest.fixture(scope="session")
def plain_settings() -> Settings:
    return Settings(_env_file=None)  # type: ignore[call-arg]


@pytest.fixture
def settings(plain_settings: Settings, tmp_path: Path) -> Settings:
    """As for every test, but read once: a thousand tests here want them."""
    return plain_settings.model_copy(update={"data_dir": tmp_path})


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other at once: what is tested is that they do, not the wait."""
    monkeypatch.setattr(client_module, "BACKOFF_SECONDS", 0.001)


class WithClient(Protocol):
    def __call__(self, use: Callable[[UpstreamClient], Coroutine[Any, Any, T]], **changes: Any) -> T: ...


class Fetch(Protocol):
    def __call__(
        self, source: str, *, validators: Any = None, known: Any = None, wanted: Any = None, **changes: Any
    ) -> Listing: ...


@pytest.fixture
def with_client(settings: Settings, upstream: Upstream) -> WithClient:
    """Runs a coroutine function with a client whose requests go to the upstream; `changes` are settings."""

    def run(use: Callable[[UpstreamClient], Coroutine[Any, Any, T]], **changes: Any) -> T:
        values = {"upstream": upstream.url, "source_timeout": 5, "source_max_mb": 1, **KEYS} | changes

        async def main() -> T:
            async with UpstreamClient(settings.model_copy(update=values)) as client:
                return await use(client)

        return asyncio.run(main())

    return run


@pytest.fixture
def fetch(with_client: WithClient) -> Fetch:
    """Fetches the board `example` of a source from the upstream."""

    def run(source: str, *, validators: Any = None, known: Any = None, wanted: Any = None, **changes: Any) -> Listing:
        board = Board(source, WIRES[source].token, "Example")
        adapter = SOURCES[source]
        return with_client(
            lambda client: adapter.fetch(client, board, validators=validators, known=known, wanted=wanted), **changes
        )

    return run


@pytest.fixture
def payload() -> Callable[[str], bytes]:
    """The small listing of a source, three postings in its documented shape."""
    return lambda source: next(FIXTURES.glob(f"{source}.*")).read_bytes()
