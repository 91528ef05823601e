"""Recorded payloads and the stand-in for the sources, where they lie beside the checkout."""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from html import unescape
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
from .wire import WIRES, load, read

#: All but the gzip bomb, which takes the stand-in ten seconds to make; the table test has one of its own.
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
}
RECORDED = sorted(WIRES)


@pytest.mark.parametrize("source", RECORDED)
def test_every_recorded_listing_is_read_without_a_bad_item(
    source: str, shared: Path, upstream: Upstream, fetch: Fetch
) -> None:
    files = sorted((shared / "fixtures/sources" / source).glob("*"))
    recorded = [body for body in (_listing(source, path.read_bytes()) for path in files) if body is not None]
    assert recorded
    for body in recorded:
        items = _items(source, body)
        upstream.answer = _first_page(body, shared)
        listing = fetch(source, source_max_mb=8)
        expected = [
            item for item in items if not _is_reply(item) and _has(item, WIRES[source].id, xml=WIRES[source].xml)
        ]
        assert listing.fetched == len(items)
        assert len({posting.external_id for posting in listing.postings}) == len(expected)
        if source in ("hackernews", "weworkremotely"):
            continue
        assert [posting.title for posting in listing.postings] == [_title(source, item) for item in expected]


def test_recorded_pages_are_read_to_the_end(shared: Path, upstream: Upstream, fetch: Fetch) -> None:
    async def answer(request: web.Request) -> web.Response:
        name = "posting_detail" if "offset" not in request.query else f"paged_page{int(request.query['offset'] != '0')}"
        return web.Response(body=(shared / f"fixtures/sources/smartrecruiters/{name}.json").read_bytes())

    upstream.answer = answer
    listing = fetch("smartrecruiters", wanted=lambda _: True)
    # The second page was cut down to a posting that the first one has too.
    assert (listing.advertised, listing.fetched, listing.pages, listing.truncated) == (4, 3, 2, True)
    assert all(posting.description and posting.entry for posting in listing.postings)


def test_recorded_postings_hold_what_their_sources_say(shared: Path, upstream: Upstream, fetch: Fetch) -> None:
    """Shares of postings with a place, text and date: a field that changed its name would be seen here."""
    for source in RECORDED:
        body = next(filter(None, (_listing(source, path.read_bytes()) for path in _files(shared, source))))
        upstream.answer = _first_page(body, shared)
        postings = fetch(source, source_max_mb=8, wanted=lambda _: True).postings
        for field in ("company", "description", "posted_at", "location"):
            filled = sum(bool(getattr(posting, field)) for posting in postings) / len(postings)
            assert filled > 0.5 or (source, field) in _SPARSE, (source, field, filled)


#: Fields that the first recording of a source does not hold: no details asked for, or mostly remote.
_SPARSE = {("workable", "description"), ("workable", "location"), ("remoteok", "location"), ("adzuna", "company")}


def _files(shared: Path, source: str) -> list[Path]:
    return sorted((shared / "fixtures/sources" / source).glob("*"))


def _listing(source: str, body: bytes) -> bytes | None:
    """The recording as the source sends it; some were kept without what is around the items. None: no listing."""
    if WIRES[source].xml:
        return body
    document = json.loads(body)
    wire = WIRES[source]
    if source == "adzuna" and isinstance(document, list):
        document = {"count": len(document), "results": document}
    if source == "themuse" and "jobs" in document:
        document = {"page": 1, "page_count": 1, "results": document["jobs"]}
    try:
        items = read(document, wire.items)
        return json.dumps(document).encode() if items and all(_has(item, wire.title) for item in items[1:]) else None
    except (KeyError, TypeError):
        return None


def _has(item: Any, path: str, *, xml: bool = False) -> bool:
    try:
        return xml or bool(read(item, path))
    except (KeyError, TypeError):
        return False


def _items(source: str, body: bytes) -> list[Any]:
    items = read(load(source, body), WIRES[source].items)
    return [item for item in items if WIRES[source].xml or "legal" not in item]


def _is_reply(item: dict[str, Any]) -> bool:
    return "story_id" in item and (item["parent_id"] != item["story_id"] or not item["comment_text"])


def _title(source: str, item: Any) -> str:
    return unescape(str(read(item, WIRES[source].title))).strip()


def _first_page(body: bytes, shared: Path) -> Any:
    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("/search_by_date"):
            return web.Response(body=(shared / "fixtures/sources/hackernews/search_story_12.json").read_bytes())
        if request.path.endswith("/robots.txt"):
            return web.Response(status=404)
        if "/job/" in request.path:
            return web.Response(body=(shared / "fixtures/sources/workday/job_detail.json").read_bytes())
        if re.search(r"/postings/\d+$", request.path):
            return web.Response(body=(shared / "fixtures/sources/smartrecruiters/posting_detail.json").read_bytes())
        return web.Response(body=body if request.query.get("skip", "0") == "0" else b"[]")

    return answer


class StandIn:
    """upstream.py in a process of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        rows = [line.split(",") for line in self._get("__boards.csv").splitlines()[1:]]
        self.boards = {name: Board(name, wire.token, "") for name, wire in WIRES.items()}
        self.boards |= {ats: Board(ats, token, "") for ats, token, *_ in rows}

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
            **{"upstream": stand_in.url, "source_max_mb": 4} | changes,
        )

    return run


#: What bends each format in its own way goes through every source; the others are the same for all of them.
BENDING = ("empty", "partial", "badtypes", "xss", "dup", "truncate")
PAIRS = [
    (fault, source) for fault in FAULTS for source in (RECORDED if fault in BENDING else ["greenhouse", "workday"])
]


@pytest.mark.parametrize(("fault", "source"), PAIRS)
def test_every_fault_of_the_stand_in_is_survived(source: str, fault: str, stand_in: StandIn, fetch_real: Any) -> None:
    stand_in.fault(fault)
    expected = FAULTS[fault]
    if source == "hackernews" and fault in ("empty", "xss"):
        # Without a thread that can be trusted there is no list.
        expected = BadPayload
    if expected is None:
        listing = fetch_real(source)
        assert listing.fetched == len(listing.postings) + len(listing.invalid)
        return
    with pytest.raises(FetchError) as raised:
        fetch_real(source, source_timeout=0.05 if expected is FetchTimeout else 5)
    assert type(raised.value) is expected


def test_a_bent_listing_never_counts_as_complete(stand_in: StandIn, fetch_real: Any) -> None:
    for fault, source in [
        ("empty", "greenhouse"),
        ("partial", "greenhouse"),
        ("partial", "smartrecruiters"),
        ("badtypes", "lever"),
        ("badtypes", "ashby"),
        ("badtypes", "remotive"),
    ]:
        stand_in.fault(fault)
        assert not fetch_real(source).complete


@pytest.mark.parametrize("source", RECORDED)
def test_the_next_healthy_listing_is_as_whole_as_the_source_says(
    source: str, stand_in: StandIn, fetch_real: Any
) -> None:
    stand_in.fault("500", rate=0)
    listing = fetch_real(source)
    unreadable = set(listing.invalid) - {"a reply, no posting", "deleted"}
    given = listing.fetched if listing.pages == 1 else listing.unique
    cut = listing.advertised is not None and listing.advertised > given
    assert listing.postings
    assert listing.truncated == cut
    assert listing.complete == (not cut and not unreadable and not SOURCES[source].newest_only)
