"""What is true of Ashby alone."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from iam_job_scout.posting import Mode, Pay, Posting

from .conftest import Fetch, Upstream


@pytest.fixture
def postings(upstream: Upstream, fetch: Fetch, payload: Callable[[str], bytes]) -> tuple[Posting, ...]:
    upstream.send(payload("ashby"))
    return fetch("ashby").postings


def test_one_request_asks_for_the_whole_board_with_pay(upstream: Upstream, postings: tuple[Posting, ...]) -> None:
    assert upstream.paths == ["/api.ashbyhq.com/posting-api/job-board/example?includeCompensation=true"]


def test_a_posting_has_all_that_the_board_says(postings: tuple[Posting, ...]) -> None:
    first = postings[0]
    assert (first.title, first.company) == ("Machine Identity Engineer", "Example")
    assert first.location == "New York; Boston"
    assert first.posted_at == datetime(2026, 4, 1, 12, tzinfo=UTC)
    assert first.employment_type == "FullTime"
    assert first.description == "<p>Certificates, everywhere.</p>"
    assert first.pay == Pay(150000, 190000, "USD", "year")


def test_the_workplace_type_wins_over_the_remote_flag(postings: tuple[Posting, ...]) -> None:
    assert [posting.mode for posting in postings] == [Mode.HYBRID, Mode.REMOTE, Mode.ONSITE]


def test_plain_text_stands_in_for_html(postings: tuple[Posting, ...]) -> None:
    assert postings[1].description == "Lead it."


def test_pay_in_another_shape_costs_only_the_pay(postings: tuple[Posting, ...]) -> None:
    assert postings[1].pay is None


def test_an_unlisted_posting_is_counted_but_not_taken(
    upstream: Upstream, fetch: Fetch, payload: Callable[[str], bytes]
) -> None:
    document = json.loads(payload("ashby"))
    document["jobs"][0]["isListed"] = False
    upstream.send(json.dumps(document))
    listing = fetch("ashby")
    assert (listing.fetched, len(listing.postings), listing.invalid) == (3, 2, ("not listed",))
    assert listing.complete
