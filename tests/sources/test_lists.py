"""What is true of the sources that are one list for everybody."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from iam_job_scout.errors import BadPayload, RateLimited, RobotsForbidden
from iam_job_scout.posting import Listing, Mode, Pay, Posting
from iam_job_scout.sources.hackernews import _Headline

from .conftest import FIXTURES, Fetch, Upstream

Payload = Callable[[str], bytes]
Read = Callable[[str], tuple[Posting, ...]]


@pytest.fixture
def postings(upstream: Upstream, fetch: Fetch, payload: Payload) -> Read:
    def read(source: str) -> tuple[Posting, ...]:
        serve(upstream, payload(source))
        return fetch(source).postings

    return read


def serve(upstream: Upstream, body: bytes) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("/robots.txt"):
            return web.Response(status=404)
        if request.path.endswith("/search_by_date"):
            return web.Response(body=(FIXTURES / "hackernews_threads.json").read_bytes())
        return web.Response(body=body)

    upstream.answer = answer


def test_remotive_pay_is_read_with_the_text(postings: Read) -> None:
    first, second, _ = postings("remotive")
    assert first.description == "<p>Run the directory.</p>\n<p>Salary: $90k - $110k</p>"
    assert (first.mode, first.employment_type, first.location) == (Mode.REMOTE, "full time", "USA")
    assert first.posted_at == datetime(2026, 4, 1, 12, tzinfo=UTC)
    assert (second.description, second.posted_at) == ("<p>Test.</p>", None)


def test_arbeitnow_is_read_until_no_page_follows(upstream: Upstream, fetch: Fetch) -> None:
    async def answer(request: web.Request) -> web.Response:
        number = int(request.query["page"])
        item = {"slug": f"job-{number}", "title": "Koch", "url": f"https://www.arbeitnow.com/{number}"}
        links = {"next": "https://evil.example/?page=2" if number < 3 else None}
        return web.json_response({"data": [item], "links": links})

    upstream.answer = answer
    listing = fetch("arbeitnow")
    assert (listing.fetched, listing.pages, listing.complete) == (3, 3, True)
    assert {path.partition("?")[0] for path in upstream.paths} == {"/www.arbeitnow.com/api/job-board-api"}


def test_arbeitnow_fields(postings: Read) -> None:
    first, second, _ = postings("arbeitnow")
    assert (first.mode, first.employment_type) == (Mode.REMOTE, "Vollzeit, professional / experienced")
    assert first.posted_at == datetime(2026, 4, 1, 9, tzinfo=UTC)
    assert (second.mode, second.posted_at) == (Mode.UNKNOWN, None)


def test_jobicy_entities_are_undone_and_odd_fields_survive(postings: Read) -> None:
    first, second, third = postings("jobicy")
    assert (first.title, first.company) == ("Identity & Access Lead", "Example & Sons")
    assert first.pay == Pay(100000, 130000, "USD", "year")
    assert (second.employment_type, second.description, second.pay) == ("Contract", "Files.", None)
    assert second.posted_at == datetime(2026, 4, 1, 8, tzinfo=UTC)
    assert third.posted_at is None


def test_jobicy_without_success_has_no_postings(upstream: Upstream, fetch: Fetch) -> None:
    upstream.send('{"success": false, "message": "nothing"}')
    assert fetch("jobicy").fetched == 0
    upstream.send('{"success": true}')
    with pytest.raises(BadPayload):
        fetch("jobicy")


def test_himalayas_takes_both_kinds_of_dates_and_places(postings: Read) -> None:
    first, second, third = postings("himalayas")
    assert first.external_id == "companies/example-peak/jobs/identity-product-manager"
    assert (first.location, second.location, third.location) == ("United States; Canada", "Germany", "")
    assert first.posted_at == second.posted_at == datetime(2026, 4, 1, 9, tzinfo=UTC)
    assert first.closes_at == datetime(2026, 5, 31, 9, tzinfo=UTC)
    assert first.pay == Pay(110000, 140000, "USD", "year")
    assert second.description == "Answers."


def test_himalayas_reads_the_newest_pages_only(upstream: Upstream, fetch: Fetch) -> None:
    async def answer(request: web.Request) -> web.Response:
        offset = int(request.query["offset"])
        jobs = [{"title": "Cook", "guid": f"https://himalayas.app/jobs/{n}"} for n in range(offset, offset + 20)]
        return web.json_response({"totalCount": 100_000, "jobs": jobs})

    upstream.answer = answer
    listing = fetch("himalayas")
    assert (listing.fetched, listing.pages, listing.truncated, listing.complete) == (200, 10, True, False)


def test_a_feed_item_is_taken_apart(postings: Read) -> None:
    first, second, third = postings("weworkremotely")
    assert (first.company, first.title) == ("Example Harbour", "IAM Engineer: Platform")
    assert first.location == "Anywhere in the World; Norway"
    assert first.description == "<p>Keep the ships&nbsp;apart.</p>"
    assert (first.posted_at, first.closes_at) == (
        datetime(2026, 4, 1, 8, tzinfo=UTC),
        datetime(2026, 5, 1, 8, tzinfo=UTC),
    )
    assert (second.title, second.posted_at) == ("Sailor", None)
    assert third.title == "Pilot"


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]><rss><channel><item><title>&a;</title></item></channel></rss>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><rss><channel/></rss>',
        "<feed><entry/></feed>",
        "<rss><channel>",
        '<?xml version="1.0" encoding="no-such"?><rss/>',
    ],
)
def test_a_feed_that_is_not_safe_or_none_is_refused(body: str, upstream: Upstream, fetch: Fetch) -> None:
    serve(upstream, body.encode())
    with pytest.raises(BadPayload):
        fetch("weworkremotely")


def test_a_feed_that_robots_may_not_read_is_left_alone(upstream: Upstream, fetch: Fetch) -> None:
    upstream.send("User-agent: *\nDisallow: /*.rss")
    with pytest.raises(RobotsForbidden):
        fetch("weworkremotely")
    assert upstream.paths == ["/weworkremotely.com/robots.txt"]


def test_the_comments_of_the_hiring_thread_are_read(upstream: Upstream, postings: Read) -> None:
    first, second, third = postings("hackernews")
    assert [path for path in upstream.paths if "story_" in path] == [
        "/hn.algolia.com/api/v1/search?tags=comment,story_47000000&hitsPerPage=1000&page=0"
    ]
    assert (first.company, first.title, first.location) == ("Example Lock", "IAM Engineer", "Berlin or REMOTE (EU)")
    assert (first.mode, first.employment_type) == (Mode.REMOTE, "Full-time")
    assert first.url == "https://news.ycombinator.com/item?id=47000001"
    assert (second.company, second.title, second.mode) == ("Example Key", "Developers wanted", Mode.ONSITE)
    assert third.title == "We look for somebody who knows Keycloak well."


def test_replies_and_deleted_comments_are_no_postings(upstream: Upstream, fetch: Fetch) -> None:
    hits: list[dict[str, Any]] = [
        {"objectID": "1", "comment_text": "Acme | Engineer", "parent_id": 5, "story_id": 5},
        {"objectID": "2", "comment_text": "Is it remote?", "parent_id": 1, "story_id": 5},
        {"objectID": "3", "comment_text": None, "parent_id": 5, "story_id": 5},
    ]
    serve(upstream, str({"hits": hits, "nbHits": 3}).replace("'", '"').replace("None", "null").encode())
    listing = fetch("hackernews")
    assert (len(listing.postings), listing.invalid) == (1, ("a reply, no posting", "deleted"))
    assert (listing.fetched, listing.complete) == (3, True)


@pytest.mark.parametrize(
    ("line", "company", "role", "place"),
    [
        ("Acme | Security Engineer | Oslo | Remote", "Acme", "Security Engineer", "Oslo"),
        ("Acme (acme.io) | REMOTE (US) | Platform Lead | $150k", "Acme", "Platform Lead", "REMOTE (US)"),
        ("Acme | https://acme.example | Multiple roles | NYC | Full-time", "Acme", "Multiple roles", "NYC"),
        ("Acme | Oslo", "Acme", "Acme | Oslo", "Oslo"),
        ("Hire me", "", "Hire me", ""),
    ],
)
def test_a_first_line_is_taken_apart_as_far_as_it_goes(line: str, company: str, role: str, place: str) -> None:
    headline = _Headline(line)
    assert (headline.company, headline.role, headline.place) == (company, role, place)


def test_usajobs_fields(postings: Read, upstream: Upstream) -> None:
    first, second, third = postings("usajobs")
    headers = upstream.requests[0][1]
    assert (headers["User-Agent"], headers["Authorization-Key"]) == ("me@example.org", "usajobs-secret")
    assert first.url == "https://www.usajobs.gov/job/800001"
    assert (first.location, first.company) == ("Denver, Colorado; Reston, Virginia", "Example Bureau")
    assert (first.pay, first.mode) == (Pay(99000, 120000, "USD", "year"), Mode.REMOTE)
    assert (first.posted_at, first.closes_at) == (datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 4, 20, tzinfo=UTC))
    assert "<h3>Duties</h3><p>Run PKI<br>Review access</p>" in first.description
    assert "<p>Issue cards &amp; keys.</p>" in first.description
    assert second.pay == Pay(20.5, 25, "USD", "hour")
    assert (second.url, second.company) == ("https://www.usajobs.gov/job/800002", "Department of Examples")
    assert (third.pay, third.location) == (None, "")


def test_a_count_that_stops_at_ten_thousand_is_no_total(upstream: Upstream, fetch: Fetch) -> None:
    item = '{"MatchedObjectId": "1", "MatchedObjectDescriptor": {"PositionTitle": "Guard"}}'
    upstream.send(f'{{"SearchResult": {{"SearchResultCountAll": 10000, "SearchResultItems": [{item}]}}}}')
    listing = fetch("usajobs")
    assert (listing.fetched, listing.truncated, listing.complete) == (1, True, False)


def test_adzuna_searches_overlap_and_its_keys_are_not_kept(upstream: Upstream, postings: Read, fetch: Fetch) -> None:
    first, second, third = postings("adzuna")
    assert all("app_id=adzuna-app&app_key=adzuna-secret" in path for path in upstream.paths)
    assert {path.split("/")[5] for path in upstream.paths} == {"us"}
    assert first.title == "IAM Engineer"
    assert (first.company, first.employment_type) == ("Example & Co", "full time, permanent")
    assert first.pay == Pay(90000, 110000.5, "USD", "year")
    assert second.pay is None
    assert third.location == ""


def test_keys_are_not_among_the_validators(upstream: Upstream, fetch: Fetch, payload: Payload) -> None:
    upstream.send(payload("adzuna"), headers={"ETag": '"1"'})
    listing = fetch("adzuna", adzuna_country="gb")
    assert len(listing.validators) == 3
    assert "secret" not in str(listing.validators)
    assert "/jobs/gb/search/1" in upstream.paths[0]


def test_adzuna_reads_two_pages_of_each_search(upstream: Upstream, fetch: Fetch) -> None:
    async def answer(request: web.Request) -> web.Response:
        number = int(request.path.rpartition("/")[2])
        first = 1000 * len(request.query.get("what_or", "")) + 100 * number
        results = [{"id": n, "title": "Cook", "redirect_url": "https://example.com"} for n in range(first, first + 50)]
        return web.json_response({"count": 29_000, "results": results})

    upstream.answer = answer
    listing = fetch("adzuna")
    assert (listing.pages, listing.truncated, listing.fetched) == (6, True, 200)


def test_jsearch_fields_and_both_envelopes(upstream: Upstream, fetch: Fetch, payload: Payload, postings: Read) -> None:
    first, second, _ = plain = postings("jsearch")
    assert upstream.requests[0][1]["X-RapidAPI-Key"] == "jsearch-secret"
    assert (first.location, first.mode) == ("Reno, NV, US", Mode.REMOTE)
    assert first.pay == Pay(50, 60, "USD", "hour")
    assert first.closes_at == datetime(2026, 6, 1, tzinfo=UTC)
    assert second.posted_at == datetime(2026, 4, 1, 9, tzinfo=UTC)
    start, end = payload("jsearch").split(b'"data": ')
    upstream.send(start + b'"data": {"cursor": "x", "jobs": ' + end.rstrip() + b"}")
    assert fetch("jsearch").postings == plain


def test_the_muse_says_with_403_that_it_is_asked_too_often(upstream: Upstream, fetch: Fetch) -> None:
    upstream.send(b'{"code": 403, "error": "Rate limit"}', status=403)
    with pytest.raises(RateLimited):
        fetch("themuse")


def test_the_muse_is_read_page_by_page_with_a_key_where_there_is_one(upstream: Upstream, fetch: Fetch) -> None:
    async def answer(request: web.Request) -> web.Response:
        number = int(request.query["page"])
        kind = request.query["category"]
        item = {"id": f"{kind}{number}", "name": "Cook", "refs": {"landing_page": "https://www.themuse.com/x"}}
        return web.json_response({"page": number, "page_count": 2, "results": [item]})

    upstream.answer = answer
    listing = fetch("themuse")
    assert (listing.fetched, listing.pages, listing.truncated) == (4, 4, False)
    assert not any("api_key" in path for path in upstream.paths)


def test_the_muse_fields(postings: Read) -> None:
    first, second, third = postings("themuse")
    assert (first.location, first.mode) == ("Flexible / Remote; New York, NY", Mode.REMOTE)
    assert (first.company, first.posted_at) == ("Example Art", datetime(2026, 4, 1, 8, tzinfo=UTC))
    assert (second.location, second.posted_at) == ("", None)
    assert third.external_id == "22000003"


def test_a_listing_of_the_newest_is_never_complete(upstream: Upstream, fetch: Fetch, payload: Payload) -> None:
    for source in ("jobicy", "himalayas", "weworkremotely", "adzuna", "jsearch", "themuse"):
        serve(upstream, payload(source))
        listing: Listing = fetch(source)
        assert not listing.complete
        assert not listing.truncated
