"""What is true of Remote OK alone."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from iam_job_scout.posting import Mode, Pay, Posting
from iam_job_scout.sources.registry import SOURCES

from .conftest import Fetch, Upstream


@pytest.fixture
def postings(upstream: Upstream, fetch: Fetch, payload: Callable[[str], bytes]) -> tuple[Posting, ...]:
    upstream.send(payload("remoteok"))
    return fetch("remoteok").postings


def test_the_terms_are_no_posting(postings: tuple[Posting, ...]) -> None:
    assert [posting.external_id for posting in postings] == ["900001", "900002", "900003"]


def test_a_posting_has_all_that_the_list_says(postings: tuple[Posting, ...]) -> None:
    first = postings[0]
    assert (first.title, first.company, first.location) == ("IAM Analyst", "Example Health", "")
    assert (first.mode, first.posted_at) == (Mode.REMOTE, datetime(2026, 4, 1, 9, tzinfo=UTC))
    assert postings[1].pay == Pay(120000, 150000, "USD", "year")


def test_zero_pay_is_unknown_pay(postings: tuple[Posting, ...]) -> None:
    assert postings[0].pay is None


def test_the_trap_for_robots_is_cut_off_and_broken_letters_are_mended(postings: tuple[Posting, ...]) -> None:
    assert postings[0].description == "<p>Reviews of access — weekly.</p>"


def test_text_that_only_resembles_the_trap_stays(postings: tuple[Posting, ...]) -> None:
    assert postings[1].description == "<p>Mention the word identity often in your daily work.</p>"


def test_an_unreadable_date_is_unknown(postings: tuple[Posting, ...]) -> None:
    assert postings[2].posted_at is None


def test_what_is_missing_from_the_newest_may_still_be_open(
    upstream: Upstream, fetch: Fetch, payload: Callable[[str], bytes]
) -> None:
    upstream.send(payload("remoteok"), headers={"ETag": '"1"'})
    listing = fetch("remoteok")
    assert not listing.complete
    assert listing.validators == {"https://remoteok.com/api": ('"1"', "")}


def test_the_source_is_named_as_it_asks() -> None:
    assert "Remote OK" in SOURCES["remoteok"].attribution
