"""What is true of Greenhouse alone."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from iam_job_scout.posting import Posting

from .conftest import Fetch, Upstream


@pytest.fixture
def postings(upstream: Upstream, fetch: Fetch, payload: Callable[[str], bytes]) -> tuple[Posting, ...]:
    upstream.send(payload("greenhouse"))
    return fetch("greenhouse").postings


def test_one_request_asks_for_the_whole_board(upstream: Upstream, postings: tuple[Posting, ...]) -> None:
    assert upstream.paths == ["/boards-api.greenhouse.io/v1/boards/example/jobs?content=true"]


def test_a_posting_has_all_that_the_board_says(postings: tuple[Posting, ...]) -> None:
    assert postings[0] == Posting(
        source="greenhouse",
        board="example",
        external_id="4100001",
        url="https://boards.greenhouse.io/example/jobs/4100001",
        title="Identity Governance Engineer",
        company="Example",
        location="Remote, United States",
        description='<p>Own access reviews &amp; joiner flows.</p><p class="x">It\'s a team of&nbsp;four.</p>',
        posted_at=datetime(2026, 4, 1, 13, 30, tzinfo=UTC),
    )


def test_an_edit_is_not_the_date_of_a_posting(postings: tuple[Posting, ...]) -> None:
    assert postings[1].posted_at is None


def test_an_address_may_be_the_employers_own(postings: tuple[Posting, ...]) -> None:
    assert postings[1].url == "https://careers.example.com/openings?gh_jid=4100002"


def test_place_and_text_may_be_missing(postings: tuple[Posting, ...]) -> None:
    assert (postings[2].title, postings[2].location, postings[2].description) == ("Ingénieur·e IAM", "", "")
