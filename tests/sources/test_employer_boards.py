"""What is true of SmartRecruiters, Workable and Recruitee alone."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from aiohttp import web

from iam_job_scout.posting import Board, Mode, Pay, Posting
from iam_job_scout.sources.registry import SOURCES

from .conftest import FIXTURES, Fetch, Upstream, WithClient

Payload = Callable[[str], bytes]
Read = Callable[[str], tuple[Posting, ...]]


@pytest.fixture
def postings(upstream: Upstream, fetch: Fetch, payload: Payload) -> Read:
    def read(source: str) -> tuple[Posting, ...]:
        detail = (FIXTURES / "smartrecruiters_detail.json").read_bytes()

        async def answer(request: web.Request) -> web.Response:
            is_detail = source == "smartrecruiters" and "offset" not in request.query
            return web.Response(body=detail if is_detail else payload(source))

        upstream.answer = answer
        return fetch(source).postings

    return read


def test_a_smartrecruiters_posting_is_completed_by_its_own_page(postings: Read) -> None:
    first = postings("smartrecruiters")[0]
    assert (first.title, first.location, first.mode) == (
        "Identity Engineer",
        "Leeds, West Yorkshire, United Kingdom",
        Mode.HYBRID,
    )
    assert first.url == "https://jobs.smartrecruiters.com/Example/744000000000001-identity-engineer"
    assert first.apply_url.endswith("?oga=true")
    assert first.description == (
        "<h3>Who we are</h3><p>A shop.</p>\n<h3>Role</h3><p>Joiners & leavers.</p>\n"
        "<h3>Qualifications</h3><ul><li>SAML</li></ul>"
    )
    assert (first.pay, first.employment_type) == (Pay(40, 50, "GBP", "hour"), "Full-time")


def test_smartrecruiters_places_are_joined_where_there_is_no_full_one(postings: Read) -> None:
    second, third = postings("smartrecruiters")[1:]
    assert (second.location, second.mode, second.posted_at) == ("Lyon, FR", Mode.REMOTE, None)
    assert (third.location, third.external_id) == ("", "744000000000003")


def test_smartrecruiters_pages_by_offset(upstream: Upstream, fetch: Fetch) -> None:
    async def answer(request: web.Request) -> web.Response:
        offset = int(request.query.get("offset", 0))
        content = [{"id": n, "name": f"Cook {n}"} for n in range(offset, min(offset + 100, 250))]
        return web.json_response({"totalFound": 250, "content": content})

    upstream.answer = answer
    listing = fetch("smartrecruiters")
    assert (listing.fetched, listing.pages, listing.complete) == (250, 3, True)


def test_a_short_page_of_smartrecruiters_is_told(upstream: Upstream, fetch: Fetch) -> None:
    upstream.send('{"totalFound": 5, "content": [{"id": 1, "name": "Cook"}]}')
    listing = fetch("smartrecruiters")
    assert (listing.unique, listing.advertised, listing.truncated, listing.complete) == (1, 5, True, False)


def test_workable_hides_the_places_that_the_employer_hides(postings: Read) -> None:
    first, second, third = postings("workable")
    assert (first.location, first.mode, first.employment_type) == ("Madrid, Spain", Mode.REMOTE, "Full-time")
    assert (second.location, second.posted_at) == ("Ohio, United States", datetime(2026, 3, 30, tzinfo=UTC))
    assert (third.location, third.external_id) == ("", "12345678")


def test_workable_says_whose_board_it_is(upstream: Upstream, with_client: WithClient, payload: Payload) -> None:
    upstream.send(payload("workable"))
    board = Board("workable", "example", "")
    found = with_client(lambda client: SOURCES["workable"].fetch(client, board))
    assert {posting.company for posting in found.postings} == {"Example Studio"}


def test_recruitee_texts_pay_and_places_are_put_together(postings: Read) -> None:
    first, second, third = postings("recruitee")
    assert first.title == "IAM Consultant"
    assert first.description == "<p>Roles and rules.</p>\n<ul><li>SailPoint</li></ul>"
    assert first.location == "Utrecht, Netherlands; Netherlands"
    assert (first.mode, first.pay) == (Mode.HYBRID, Pay(60000, 75000, "EUR", "year"))
    assert (first.posted_at, first.closes_at) == (
        datetime(2026, 4, 1, 8, tzinfo=UTC),
        datetime(2026, 6, 1, 22, tzinfo=UTC),
    )
    assert (second.location, second.mode, second.pay) == ("Gent", Mode.REMOTE, None)
    assert (third.mode, third.pay) == (Mode.ONSITE, None)


def test_a_recruitee_board_may_have_a_host_of_its_own() -> None:
    source = SOURCES["recruitee"]
    assert source.url(Board("recruitee", "acme", "")) == "https://acme.recruitee.com/api/offers/"
    assert source.url(Board("recruitee", "jobs.acme.example", "")) == "https://jobs.acme.example/api/offers/"


def test_lever_accounts_in_the_eu_have_a_host_of_their_own() -> None:
    assert SOURCES["lever"].url(Board("lever", "eu/acme", "")).startswith("https://api.eu.lever.co/v0/postings/acme?")
