"""Recorded payloads and the stand-in for the sources, where they lie beside the checkout."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from aiohttp import web

from iam_job_scout.errors import (
    BadPayload,
    Blocked,
    ConnectFailed,
    FetchError,
    FetchTimeout,
    RateLimited,
    ServerFailed,
    TooLarge,
    UnsafeRedirect,
)
from iam_job_scout.posting import Board, Listing
from iam_job_scout.sources.registry import SOURCES

from .conftest import Fetch, Upstream, WithClient

FAULTS: dict[str, type[FetchError] | None] = {
    "429": RateLimited,
    "500": ServerFailed,
    "503": ServerFailed,
    "403": Blocked,
    "slow": FetchTimeout,
    "stall": FetchTimeout,
    "truncate": BadPayload,
    "cut": ConnectFailed,
    "garbage": BadPayload,
    "html": BadPayload,
    "empty": None,
    "partial": None,
    "badtypes": None,
    "xss": None,
    "dup": None,
    "redirect_private": UnsafeRedirect,
    "redirect_loop": UnsafeRedirect,
    "huge": TooLarge,
    "bomb": TooLarge,
}
TITLES = {"greenhouse": "title", "lever": "text", "ashby": "title", "remoteok": "position"}


@pytest.mark.parametrize("source", list(SOURCES))
def test_every_recorded_listing_is_read_without_a_bad_item(
    source: str, shared: Path, upstream: Upstream, fetch: Fetch
) -> None:
    recorded = [path for path in (shared / "fixtures/sources" / source).glob("*.json") if _is_listing(source, path)]
    assert recorded
    for path in recorded:
        expected = [item for item in _items(json.loads(path.read_bytes())) if TITLES[source] in item]
        upstream.answer = _first_page(path.read_bytes())
        listing = fetch(source)
        assert (listing.invalid, listing.fetched) == ((), len(expected)), path
        assert [posting.title for posting in listing.postings] == [item[TITLES[source]].strip() for item in expected]


def _is_listing(source: str, path: Path) -> bool:
    return any(TITLES[source] in item for item in _items(json.loads(path.read_bytes())))


def _items(document: Any) -> list[Any]:
    return document if isinstance(document, list) else document.get("jobs", [])


def _first_page(body: bytes) -> Any:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=body if request.query.get("skip", "0") == "0" else b"[]")

    return answer


class StandIn:
    """upstream.py in a process of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        rows = [line.split(",") for line in self._get("__boards.csv").splitlines()[1:]]
        self.boards = {ats: Board(ats, token, "") for ats, token, *_ in rows} | {
            "remoteok": Board("remoteok", "all", "")
        }

    def fault(self, kind: str, *, rate: float = 1) -> None:
        self._get(f"__faults?rate={rate}&kinds={kind}", method="POST")

    def _get(self, path: str, *, method: str = "GET") -> str:
        with urlopen(Request(f"{self.url}/{path}", method=method), timeout=5) as answer:
            return str(answer.read().decode())


@pytest.fixture(scope="module")
def stand_in(shared: Path) -> Iterator[StandIn]:
    port = _free_port()
    corpus = shared / "fixtures/corpus/cyber_job_radar.jsonl.gz"
    command = [sys.executable, shared / "tools/upstream.py", "--port", str(port), "--corpus", corpus]
    process = subprocess.Popen([*command, "--recorded", shared / "fixtures/sources", "--boards", "60"])
    try:
        yield _started(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _started(url: str) -> StandIn:
    for _ in range(200):
        try:
            return StandIn(url)
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError("the stand-in did not start")


@pytest.fixture
def fetch_real(stand_in: StandIn, with_client: WithClient) -> Any:
    def run(source: str, **changes: Any) -> Listing:
        board = stand_in.boards[source]
        return with_client(
            lambda client: SOURCES[source].fetch(client, board),
            **{"upstream": stand_in.url, "source_max_mb": 2} | changes,
        )

    return run


@pytest.mark.parametrize("source", list(SOURCES))
@pytest.mark.parametrize("fault", list(FAULTS))
def test_every_fault_of_the_stand_in_is_survived(source: str, fault: str, stand_in: StandIn, fetch_real: Any) -> None:
    stand_in.fault(fault)
    expected = FAULTS[fault]
    if expected is None:
        listing = fetch_real(source)
        assert listing.fetched == len(listing.postings) + len(listing.invalid)
        return
    with pytest.raises(FetchError) as raised:
        fetch_real(source, source_timeout=0.3 if expected is FetchTimeout else 5)
    assert type(raised.value) is expected


def test_a_bent_listing_never_counts_as_complete(stand_in: StandIn, fetch_real: Any) -> None:
    for fault, source in [
        ("empty", "greenhouse"),
        ("partial", "greenhouse"),
        ("badtypes", "lever"),
        ("badtypes", "ashby"),
    ]:
        stand_in.fault(fault)
        assert not fetch_real(source).complete


@pytest.mark.parametrize("source", list(SOURCES))
def test_the_next_healthy_listing_is_whole(source: str, stand_in: StandIn, fetch_real: Any) -> None:
    stand_in.fault("500", rate=0)
    listing = fetch_real(source)
    assert listing.fetched > 0
    assert not listing.invalid
    assert listing.complete or SOURCES[source].newest_only
