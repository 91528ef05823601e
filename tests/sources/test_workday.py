"""What is true of Workday alone: POST pages, clamped totals, ages for dates, descriptions one by one."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from iam_job_scout.posting import Board, Listing, Mode
from iam_job_scout.sources import workday
from iam_job_scout.sources.registry import SOURCES

from .conftest import FIXTURES, Fetch, Upstream, WithClient

DETAIL = (FIXTURES / "workday_detail.json").read_bytes()


class Tenant:
    """A career site with `count` postings that admits to at most `clamp` and repeats its first page behind it."""

    def __init__(self, upstream: Upstream, count: int, *, clamp: int = 10**6) -> None:
        self.count, self.clamp = count, clamp
        self.asked: list[dict[str, Any]] = []
        upstream.answer = self.answer

    async def answer(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.Response(body=DETAIL)
        asked = await request.json()
        self.asked.append(asked)
        offset = asked["offset"] if asked["offset"] < self.clamp else 0
        numbers = range(offset, min(offset + asked["limit"], self.count))
        if asked["searchText"]:
            found = [self.count - 1, 3] if asked["searchText"] == "IAM" and not asked["offset"] else []
            return web.json_response({"total": len(found), "jobPostings": [self.job(n) for n in found]})
        jobs = [self.job(n) for n in numbers]
        total = min(self.count, self.clamp) if not asked["offset"] else 0
        return web.json_response({"total": total, "jobPostings": jobs})

    def job(self, number: int) -> dict[str, str]:
        return {"title": f"Nurse {number}", "externalPath": f"/job/X/Nurse_R-{number}"}


def test_pages_are_asked_for_with_all_four_keys_up_to_the_first_total(upstream: Upstream, fetch: Fetch) -> None:
    tenant = Tenant(upstream, 45)
    listing = fetch("workday")
    assert [asked["offset"] for asked in tenant.asked] == [0, 20, 40]
    assert all(asked.keys() == {"appliedFacets", "limit", "offset", "searchText"} for asked in tenant.asked)
    assert (listing.fetched, listing.advertised, listing.pages, listing.complete) == (45, 45, 3, True)


def test_a_clamped_total_is_no_total(upstream: Upstream, fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workday, "CLAMP", 60)
    Tenant(upstream, 100, clamp=60)
    listing = fetch("workday")
    assert (listing.fetched, listing.advertised, listing.truncated, listing.complete) == (61, 60, True, False)
    # What matters is searched for behind the clamp, and what was read already is not counted twice.
    assert [posting.external_id for posting in listing.postings][-2:] == ["R-59", "R-99"]


def test_pages_that_wrap_around_are_noticed(upstream: Upstream, fetch: Fetch) -> None:
    tenant = Tenant(upstream, 100, clamp=40)
    tenant.clamp, total = 40, 100

    async def answer(request: web.Request) -> web.Response:
        response = await Tenant.answer(tenant, request)
        document = json.loads(response.body)  # type: ignore[arg-type]
        return web.json_response(document | {"total": total}) if "jobPostings" in document else response

    upstream.answer = answer
    listing = fetch("workday")
    assert (listing.unique, listing.pages, listing.truncated, listing.complete) == (40, 3, True, False)


@pytest.fixture
def listing(upstream: Upstream, fetch: Fetch, payload: Callable[[str], bytes]) -> Listing:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=DETAIL if request.method == "GET" else payload("workday"))

    upstream.answer = answer
    return fetch("workday")


def test_the_requisition_names_a_posting_even_when_its_title_is_rewritten(listing: Listing) -> None:
    assert [posting.external_id for posting in listing.postings] == [
        "R-100-1",
        "R-101",
        "/job/Remote/Okta-Administrator",
    ]


def test_a_posting_has_what_its_own_page_says(listing: Listing, upstream: Upstream) -> None:
    first = listing.postings[0]
    assert first.url == "https://example.wd1.myworkdayjobs.com/Careers/job/Austin-TX/Identity-Governance-Lead_R-100-1"
    assert (first.description, first.location) == ("<p>Certify access.</p>", "Austin, TX; Denver, CO")
    assert (first.mode, first.employment_type) == (Mode.HYBRID, "Full time")
    assert (first.posted_at, first.company) == (datetime(2026, 3, 24, tzinfo=UTC), "Example")
    assert any(
        path == "/example.wd1.myworkdayjobs.com/wday/cxs/example/Careers/job/Several/Vault-Engineer_R-101"
        for path in upstream.paths
    )


def test_an_employer_without_a_name_gets_that_of_the_page(
    upstream: Upstream, with_client: WithClient, listing: Listing
) -> None:
    board = Board("workday", "example/wd1/Careers", "")
    found = with_client(lambda client: SOURCES["workday"].fetch(client, board))
    assert {posting.company for posting in found.postings} == {"Example Holding, Inc."}


def test_the_number_of_places_is_no_place(upstream: Upstream, fetch: Fetch, payload: Callable[[str], bytes]) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=404) if request.method == "GET" else web.Response(body=payload("workday"))

    upstream.answer = answer
    assert [posting.location for posting in fetch("workday").postings] == ["Austin, TX", "", ""]


NOW = datetime(2026, 4, 10, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Posted Today", 10),
        ("posted yesterday ", 9),
        ("Posted 8 Days Ago", 2),
        ("Posted 30+ Days Ago", None),
        ("", None),
        ("Heute ausgeschrieben", None),
    ],
)
def test_an_age_becomes_a_day(text: str, day: int | None) -> None:
    found = workday._posted_at(text, now=NOW)
    assert found == (None if day is None else datetime(2026, 4, day, tzinfo=UTC))
