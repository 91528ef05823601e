"""The receipt of a listing: complete only where everything that was promised was read."""

import json
from typing import Any

import pytest
from aiohttp import web

from iam_job_scout.errors import BoardNotFound
from iam_job_scout.posting import Board
from iam_job_scout.sources.pay import pay_from
from iam_job_scout.sources.registry import SOURCES

from .conftest import Fetch, Upstream, WithClient


def greenhouse_job(number: int) -> dict[str, Any]:
    return {"id": number, "title": f"Job {number}", "absolute_url": f"https://example.com/{number}"}


def lever_job(number: int) -> dict[str, Any]:
    return {"id": f"id-{number}", "text": f"Job {number}", "hostedUrl": f"https://example.com/{number}"}


def test_a_list_that_is_shorter_than_announced_is_incomplete(upstream: Upstream, fetch: Fetch) -> None:
    upstream.send(json.dumps({"jobs": [greenhouse_job(1)], "meta": {"total": 3}}), headers={"ETag": '"1"'})
    listing = fetch("greenhouse")
    assert (listing.fetched, listing.advertised, listing.complete) == (1, 3, False)
    assert listing.validators == {}


def test_one_answer_that_names_a_posting_twice_is_whole(upstream: Upstream, fetch: Fetch) -> None:
    jobs = [greenhouse_job(number) for number in (1, 2, 2)]
    upstream.send(json.dumps({"jobs": jobs, "meta": {"total": 3}}), headers={"ETag": '"1"'})
    listing = fetch("greenhouse")
    assert (listing.fetched, listing.unique, listing.truncated, listing.complete) == (3, 2, False, True)
    assert listing.validators


def test_a_list_without_announcement_is_taken_at_its_word(upstream: Upstream, fetch: Fetch) -> None:
    upstream.send(json.dumps({"jobs": [greenhouse_job(1)]}))
    assert fetch("greenhouse").complete


def paged(jobs: list[dict[str, Any]], *, at_most: int = 100) -> Any:
    async def answer(request: web.Request) -> web.Response:
        skip = int(request.query["skip"])
        return web.json_response(jobs[skip : skip + min(at_most, int(request.query["limit"]))])

    return answer


def test_pages_are_read_to_the_first_empty_one(upstream: Upstream, fetch: Fetch) -> None:
    upstream.answer = paged([lever_job(number) for number in range(250)])
    listing = fetch("lever")
    assert (listing.fetched, listing.pages, listing.complete) == (250, 4, True)
    assert [path.partition("skip=")[2] for path in upstream.paths] == [
        "0&limit=100",
        "100&limit=100",
        "200&limit=100",
        "250&limit=100",
    ]


def test_a_source_that_sends_shorter_pages_than_asked_for_is_read_whole(upstream: Upstream, fetch: Fetch) -> None:
    upstream.answer = paged([lever_job(number) for number in range(120)], at_most=30)
    assert fetch("lever").fetched == 120


def test_a_source_that_repeats_a_page_is_incomplete(upstream: Upstream, fetch: Fetch) -> None:
    upstream.send(json.dumps([lever_job(1), lever_job(2)]))
    listing = fetch("lever")
    assert (listing.fetched, listing.pages, listing.truncated, listing.complete) == (2, 2, True, False)


def test_pages_without_end_are_cut(upstream: Upstream, fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(SOURCES["lever"]), "max_pages", 3)
    upstream.answer = paged([lever_job(number) for number in range(1000)])
    listing = fetch("lever")
    assert (listing.fetched, listing.pages, listing.truncated, listing.complete) == (300, 3, True, False)


def test_a_posting_that_slides_to_the_next_page_does_no_harm(upstream: Upstream, fetch: Fetch) -> None:
    jobs = [lever_job(number) for number in range(150)]

    async def answer(request: web.Request) -> web.Response:
        skip = int(request.query["skip"])
        if skip and len(jobs) == 150:
            jobs.insert(0, lever_job(1000))
        return web.json_response(jobs[skip : skip + 100])

    upstream.answer = answer
    listing = fetch("lever")
    assert {f"id-{number}" for number in range(150)} <= {posting.external_id for posting in listing.postings}
    assert listing.complete


def test_pages_count_as_unchanged_only_together(upstream: Upstream, fetch: Fetch) -> None:
    jobs = [lever_job(number) for number in range(150)]

    async def answer(request: web.Request) -> web.Response:
        skip = int(request.query["skip"])
        page = json.dumps(jobs[skip : skip + 100])
        etag = f'"{hash(page):x}"'
        same = request.headers.get("If-None-Match") == etag
        return web.Response(status=304) if same else web.Response(text=page, headers={"ETag": etag})

    upstream.answer = answer
    first = fetch("lever")
    assert len(first.validators) == 3
    assert fetch("lever", validators=first.validators).not_modified
    jobs.append(lever_job(999))
    grown = fetch("lever", validators=first.validators)
    assert (grown.fetched, grown.not_modified, grown.complete) == (151, False, True)


def test_validators_of_another_address_are_not_used(upstream: Upstream, fetch: Fetch) -> None:
    upstream.send("[]")
    assert not fetch("lever", validators={"https://api.lever.co/old": ('"1"', "")}).not_modified


@pytest.mark.parametrize("source", list(SOURCES))
def test_a_token_cannot_leave_its_place_in_the_path(source: str) -> None:
    adapter, token = SOURCES[source], "../a b?c#d/é"
    if adapter.token_problem(token):
        return
    url = adapter.url(Board(source, token, ""))
    assert url.split("/")[2] in adapter.hosts
    assert adapter.aggregator or "/..%2Fa%20b%3Fc%23d%2F%C3%A9" in url


@pytest.mark.parametrize(
    "token", ["", "a/b", "evil.example/x", "a b", "a#b", "a@b", "127.0.0.1:80", "tenant/wd1", "x/y/z"]
)
@pytest.mark.parametrize("source", ["recruitee", "workday"])
def test_a_token_that_would_make_another_host_is_no_board(source: str, token: str, with_client: WithClient) -> None:
    board = Board(source, token, "")
    with pytest.raises(BoardNotFound, match="token"):
        with_client(lambda client: SOURCES[source].fetch(client, board))


def test_a_posting_is_named_after_its_token_where_no_company_is_known(upstream: Upstream) -> None:
    posting = SOURCES["lever"].build(Board("lever", "acme", ""), external_id=1, title="x", url="https://example.com")
    assert posting.company == "acme"


@pytest.mark.parametrize(
    ("minimum", "maximum", "currency", "interval"),
    [
        (None, None, "USD", "year"),
        (0, 0, "USD", "year"),
        (1, 2, "", "year"),
        (1, 2, "USD", "one-time"),
        (-5, None, "USD", "year"),
    ],
)
def test_pay_that_says_nothing_is_none(minimum: Any, maximum: Any, currency: str, interval: str) -> None:
    assert pay_from(minimum, maximum, currency=currency, interval=interval) is None


def test_pay_may_have_one_end() -> None:
    pay = pay_from(50, 0, currency="usd", interval="hour")
    assert pay is not None
    assert (pay.minimum, pay.maximum, pay.currency, pay.interval) == (50, None, "USD", "hour")
