"""What is true of Lever alone."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from aiohttp import web

from iam_job_scout.posting import Mode, Pay, Posting

from .conftest import Fetch, Upstream


@pytest.fixture
def postings(upstream: Upstream, fetch: Fetch, payload: Callable[[str], bytes]) -> tuple[Posting, ...]:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=payload("lever") if request.query["skip"] == "0" else b"[]")

    upstream.answer = answer
    return fetch("lever").postings


def test_requests_name_their_page(upstream: Upstream, postings: tuple[Posting, ...]) -> None:
    assert upstream.paths == [
        "/api.lever.co/v0/postings/example?mode=json&skip=0&limit=100",
        "/api.lever.co/v0/postings/example?mode=json&skip=3&limit=100",
    ]


def test_a_posting_has_all_that_the_board_says(postings: tuple[Posting, ...]) -> None:
    first = postings[0]
    assert first.title == "Customer Identity Architect"
    assert first.company == "Example"
    assert first.location == "Berlin; Remote - Germany"
    assert first.posted_at == datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
    assert (first.mode, first.employment_type) == (Mode.HYBRID, "Permanent")
    assert first.pay == Pay(90000, 120000, "EUR", "year")
    assert first.apply_url.endswith("/apply")


def test_the_parts_of_the_text_are_joined_in_order(postings: tuple[Posting, ...]) -> None:
    assert postings[0].description.split("\n") == [
        "<p>Who we are.</p>",
        "<p>Sign-in for shoppers.</p>",
        "<h3>You bring R&amp;D &amp; care</h3><ul><li>OAuth</li><li>Passkeys</li></ul>",
        "<p>Say hello.</p>",
    ]


def test_onsite_is_understood_without_its_hyphen(postings: tuple[Posting, ...]) -> None:
    assert postings[1].mode is Mode.ONSITE


def test_pay_in_another_shape_costs_only_the_pay(postings: tuple[Posting, ...]) -> None:
    assert (postings[1].title, postings[1].pay) == ("Directory Services Engineer", None)


def test_all_but_id_title_and_address_may_be_missing(postings: tuple[Posting, ...]) -> None:
    last = postings[2]
    assert (last.location, last.description, last.posted_at, last.mode) == ("", "", None, Mode.UNKNOWN)
