"""Every registered adapter, through every way in which a source can fail."""

import asyncio
import gzip
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from iam_job_scout.errors import (
    BadPayload,
    Blocked,
    BoardNotFound,
    CircuitOpen,
    ConnectFailed,
    FetchError,
    FetchTimeout,
    RateLimited,
    RobotsForbidden,
    ServerFailed,
    SourceOff,
    TooLarge,
    UnexpectedStatus,
    UnsafeRedirect,
)
from iam_job_scout.posting import Board, Listing
from iam_job_scout.settings import Settings
from iam_job_scout.sources.base import Position
from iam_job_scout.sources.registry import SOURCES

from .conftest import FIXTURES, KEYS, Answer, Fetch, Upstream
from .wire import WIRES, bent, load, read, write

Payload = Callable[[str], bytes]

EXAMPLE = Board("example", "example", "Example")
SETTINGS = Settings(_env_file=None)  # type: ignore[call-arg]
HTML = b"<!doctype html><title>One moment</title><p>Checking your browser"
BOMB = gzip.compress(b" " * 60_000_000)


def answering(body: bytes, **response: Any) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=body, **response)

    return answer


def redirecting(location: str) -> Answer:
    return answering(b"", status=302, headers={"Location": location})


async def stalling(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b'{"jobs": [')
    await asyncio.sleep(60)
    return response


async def slow(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(60)
    return web.Response()


async def cut(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"jobs": [')
    assert request.transport is not None
    request.transport.close()
    return response


async def hang_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def huge(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(600):
        await response.write(b'{"id": 1, "title": "x"},' * 4_000)
    return response


async def looping(request: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": request.raw_path})


FAILURES: dict[str, tuple[Answer, type[FetchError]]] = {
    "stall": (stalling, FetchTimeout),
    "slow": (slow, FetchTimeout),
    "429": (answering(b"{}", status=429), RateLimited),
    "500": (answering(b"{}", status=500), ServerFailed),
    "503": (answering(HTML, status=503), ServerFailed),
    "401": (answering(b"", status=401), Blocked),
    "403": (answering(HTML, status=403), Blocked),
    "404": (answering(b"Not Found", status=404), BoardNotFound),
    "410": (answering(b"", status=410), BoardNotFound),
    "418": (answering(b"", status=418), UnexpectedStatus),
    "304 unasked": (answering(b"", status=304), UnexpectedStatus),
    "garbage": (answering(bytes(range(256)) * 16), BadPayload),
    "html": (answering(HTML), BadPayload),
    "nothing": (answering(b""), BadPayload),
    "truncated": (answering(b'{"jobs": [{"id": 1, "ti'), BadPayload),
    "number": (answering(b"42"), BadPayload),
    "null": (answering(b"null"), BadPayload),
    "text": (answering(b'"maintenance"'), BadPayload),
    "other object": (answering(b'{"error": "try later"}'), BadPayload),
    "nested": (answering(b"[" * 200_000), BadPayload),
    "brotli": (answering(b"abc", headers={"Content-Encoding": "br"}), BadPayload),
    "not gzip": (answering(b"abc", headers={"Content-Encoding": "gzip"}), BadPayload),
    "half gzip": (answering(gzip.compress(b"[]")[:-6], headers={"Content-Encoding": "gzip"}), BadPayload),
    "cut": (cut, ConnectFailed),
    "hang up": (hang_up, ConnectFailed),
    "huge": (huge, TooLarge),
    "announced huge": (answering(b" " * 2_000_000), TooLarge),
    "bomb": (answering(BOMB, headers={"Content-Encoding": "gzip"}), TooLarge),
    "redirect to metadata": (redirecting("http://169.254.169.254/latest/meta-data/"), UnsafeRedirect),
    "redirect to loopback": (redirecting("http://127.0.0.1:1/"), UnsafeRedirect),
    "redirect to a file": (redirecting("file:///etc/passwd"), UnsafeRedirect),
    "redirect loop": (looping, UnsafeRedirect),
    "redirect to nowhere": (answering(b"", status=302), UnexpectedStatus),
}

every_source = pytest.mark.parametrize("source", list(WIRES))
#: Sources whose items have a title of their own, and an address of their own.
titled = pytest.mark.parametrize("source", [name for name in WIRES if name != "hackernews"])
addressed = pytest.mark.parametrize("source", [name for name, wire in WIRES.items() if wire.url])


def test_every_source_is_in_the_table() -> None:
    assert list(WIRES) == [name for name in SOURCES if type(SOURCES[name]).__module__.startswith("iam_job_scout.")]


def test_every_error_class_is_reached() -> None:
    unasked = {CircuitOpen, RobotsForbidden, SourceOff}
    assert {kind for _, kind in FAILURES.values()} == set(FetchError.__subclasses__()) - unasked


@every_source
@pytest.mark.parametrize("failure", list(FAILURES))
def test_a_failing_source_raises_the_right_error(source: str, failure: str, upstream: Upstream, fetch: Fetch) -> None:
    upstream.answer, expected = FAILURES[failure]
    if failure == "403" and 403 in SOURCES[source].rate_limited:
        expected = RateLimited
    with pytest.raises(FetchError) as raised:
        fetch(source, source_timeout=0.05 if expected is FetchTimeout else 5)
    assert type(raised.value) is expected
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) > 10
    assert "secret" not in str(raised.value)


@every_source
def test_a_healthy_listing_is_read_whole(source: str, upstream: Upstream, fetch: Fetch, payload: Payload) -> None:
    listing = served(upstream, fetch, source, payload(source))
    assert (listing.fetched, listing.unique, len(listing.postings), listing.invalid) == (3, 3, 3, ())
    assert listing.complete is not SOURCES[source].newest_only
    assert not listing.truncated
    assert len({posting.external_id for posting in listing.postings}) == 3
    assert {(posting.source, posting.board) for posting in listing.postings} == {(source, WIRES[source].token)}


@every_source
def test_an_empty_listing_is_an_answer(source: str, upstream: Upstream, fetch: Fetch, payload: Payload) -> None:
    listing = served(upstream, fetch, source, bent(source, payload(source), list.clear))
    assert (listing.fetched, listing.postings) == (0, ())


@every_source
def test_a_bad_item_is_counted_and_the_rest_is_kept(
    source: str, upstream: Upstream, fetch: Fetch, payload: Payload
) -> None:
    def spoil(items: list[Any]) -> None:
        for key in list(items[-1]):
            items[-1][key] = None
        items += [17, "text", [], {}]

    listing = served(upstream, fetch, source, bent(source, payload(source), spoil))
    # An item without an id is counted by each search that shows it.
    assert (len(listing.postings), len(listing.invalid) % 5) == (2, 0)
    assert listing.fetched == len(listing.postings) + len(listing.invalid)
    assert not listing.complete
    assert not listing.validators


@every_source
@pytest.mark.parametrize("missing", ["id", "title", "url"])
def test_an_item_without_id_title_or_address_is_invalid(
    source: str, missing: str, upstream: Upstream, fetch: Fetch, payload: Payload
) -> None:
    wire = WIRES[source]

    def blank(items: list[Any]) -> None:
        write(items[-1], getattr(wire, missing), " ")
        if source == "weworkremotely" and missing in ("id", "url"):
            # Each stands in for the other.
            items[-1].update(guid=" ", link=" ")

    listing = served(upstream, fetch, source, bent(source, payload(source), blank))
    assert len(listing.postings) == (3 if missing == "url" and wire.url is None else 2)


@addressed
@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "ftp://example.com/1", "/jobs/1", "https://", 'https://a"b']
)
def test_only_web_addresses_are_taken(
    source: str, address: str, upstream: Upstream, fetch: Fetch, payload: Payload
) -> None:
    wire = WIRES[source]

    def change(items: list[Any]) -> None:
        write(items[-1], wire.url, address)
        write(items[-2], wire.apply_url, address)

    listing = served(upstream, fetch, source, bent(source, payload(source), change))
    assert set(listing.invalid) == {"without a web address"}
    assert listing.postings[-1].apply_url == ""


@titled
def test_markup_in_a_posting_is_carried_as_text(
    source: str, upstream: Upstream, fetch: Fetch, payload: Payload
) -> None:
    script = "<script>alert(1)</script>"
    wire = WIRES[source]

    def attack(items: list[Any]) -> None:
        write(items[-1], wire.title, read(items[-1], wire.title) + script)
        write(items[-1], wire.date, script)

    listing = served(upstream, fetch, source, bent(source, payload(source), attack))
    assert listing.postings[-1].title.endswith(script)
    assert wire.date is None or listing.postings[-1].posted_at is None or source == "recruitee"


@every_source
def test_twins_in_a_listing_are_all_handed_on(source: str, upstream: Upstream, fetch: Fetch, payload: Payload) -> None:
    twins = bent(source, payload(source), lambda items: items.extend(list(items[-3:])))
    listing = served(upstream, fetch, source, twins)
    assert (listing.fetched, len(listing.postings), listing.unique) == (6, 6, 3)


@titled
def test_text_becomes_valid_unicode(source: str, upstream: Upstream, fetch: Fetch, payload: Payload) -> None:
    if WIRES[source].xml:
        body = payload(source).replace(b"Harbour: Pilot", "Harbour:  IAM&#xD800; Lead😀 ".encode())
    else:
        dirty = "\x00 IAM\ud800 Lead\x1b😀 "
        body = bent(source, payload(source), lambda items: write(items[-1], WIRES[source].title, dirty))
    assert served(upstream, fetch, source, body).postings[-1].title == "IAM\ufffd Lead😀"


@titled
def test_bytes_that_are_not_utf8_are_replaced(source: str, upstream: Upstream, fetch: Fetch, payload: Payload) -> None:
    title = load(source, payload(source))
    name = str(read(read(title, WIRES[source].items)[-1], WIRES[source].title)).encode()
    body = payload(source).replace(name, name[:-1] + b"\xe9r", 1)
    listing = served(upstream, fetch, source, body)
    assert len(listing.postings) == 3
    assert "�" in "".join(posting.title for posting in listing.postings)


@every_source
def test_an_unchanged_listing_is_not_read_again(
    source: str, upstream: Upstream, fetch: Fetch, payload: Payload
) -> None:
    upstream.answer = with_etags(payload(source))
    first = fetch(source)
    if SOURCES[source].request(first.postings[0].url, Position(EXAMPLE, ""), SETTINGS).body is not None:
        assert not first.validators
        return
    again = fetch(source, validators=first.validators)
    assert again == Listing(not_modified=True, pages=first.pages, validators=first.validators)
    upstream.answer = with_etags(bent(source, payload(source), lambda items: items.pop()))
    assert fetch(source, validators=first.validators).fetched == 2


@every_source
@pytest.mark.parametrize("failure", ["huge", "bomb"])
def test_a_flood_takes_little_memory(source: str, failure: str, upstream: Upstream, fetch: Fetch) -> None:
    upstream.answer, _ = FAILURES[failure]
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            fetch(source, source_max_mb=2)
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()


@every_source
def test_a_source_tells_people_about_itself(source: str) -> None:
    adapter = SOURCES[source]
    assert adapter.name == source
    assert adapter.label and adapter.hosts and adapter.terms
    assert adapter.docs.startswith("https://")
    assert adapter.endpoint.startswith("/")
    assert bool(adapter.attribution) == bool(adapter.attribution_url)
    assert not adapter.keys or adapter.keys_from
    assert adapter.cadence >= timedelta(hours=1)


@every_source
def test_a_source_that_wants_a_key_is_off_without_it(source: str, fetch: Fetch, upstream: Upstream) -> None:
    keys = SOURCES[source].keys
    assert bool(SOURCES[source].off_reason(SETTINGS)) == bool(keys)
    if keys:
        with pytest.raises(SourceOff, match=f"SCOUT_{keys[-1].upper()}"):
            fetch(source, **{key: type(KEYS[key])("") for key in keys})
        assert not upstream.requests


def served(upstream: Upstream, fetch: Fetch, source: str, body: bytes) -> Listing:
    """Fetches a listing of which `body` is the first page, and the only one that is not empty."""
    upstream.answer = with_etags(body)
    return fetch(source)


def with_etags(body: bytes) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("/robots.txt"):
            return web.Response(status=404)
        page = body if request.query.get("skip", "0") == "0" else b"[]"
        if request.path.endswith("/search_by_date"):
            page = (FIXTURES / "hackernews_threads.json").read_bytes()
        etag = f'"{hash(page):x}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        return web.Response(body=page, headers={"ETag": etag})

    return answer
