"""Descriptions that cost a request each: read for what is new or changed and may matter, and never lost."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from iam_job_scout.posting import Board, Listing, Posting
from iam_job_scout.sources import details
from iam_job_scout.sources.details import entry_of, technical
from iam_job_scout.sources.registry import SOURCES

from .conftest import Fetch, Upstream


class Company:
    """A SmartRecruiters company of identity engineers; a detail answers with its status, or with its text."""

    def __init__(self, upstream: Upstream, count: int) -> None:
        self.upstream = upstream
        self.titles = {str(number): f"Identity Engineer {number}" for number in range(count)}
        self.texts: dict[str, str | int] = {}
        upstream.answer = self.answer

    async def answer(self, request: web.Request) -> web.Response:
        last = request.path.rpartition("/")[2]
        if last != "postings":
            text = self.texts.get(last, f"<p>Text {last}.</p>")
            sections = {"jobDescription": {"text": text}}
            return (
                web.Response(status=text)
                if isinstance(text, int)
                else web.json_response({"jobAd": {"sections": sections}})
            )
        offset, limit = int(request.query["offset"]), int(request.query["limit"])
        content = [{"id": key, "name": title} for key, title in self.titles.items()][offset : offset + limit]
        body = json.dumps({"totalFound": len(self.titles), "content": content})
        etag = f'"{hash(body):x}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        return web.Response(text=body, headers={"ETag": etag})

    def asked(self) -> list[str]:
        """The postings whose descriptions were asked for since the last call."""
        found = sorted({path.rpartition("/")[2] for path in self.upstream.paths if "?" not in path}, key=int)
        self.upstream.requests.clear()
        return found


@pytest.fixture
def company(upstream: Upstream) -> Company:
    return Company(upstream, 3)


def entries(listing: Listing) -> dict[str, str]:
    return {posting.external_id: posting.entry for posting in listing.postings}


def test_everything_is_new_at_first(company: Company, fetch: Fetch) -> None:
    listing = fetch("smartrecruiters")
    assert [posting.description for posting in listing.postings] == [f"<p>Text {n}.</p>" for n in range(3)]
    assert (listing.fetched, listing.complete, bool(listing.validators)) == (3, True, True)


def test_what_is_known_is_not_read_again(company: Company, fetch: Fetch) -> None:
    known = entries(fetch("smartrecruiters"))
    company.asked()
    company.titles |= {"1": "Identity Architect", "9": "Identity Clerk"}
    listing = fetch("smartrecruiters", known=known)
    assert company.asked() == ["1", "9"]
    assert sorted(posting.external_id for posting in listing.postings) == ["1", "9"]
    assert sorted(listing.unchanged) == ["0", "2"]
    assert (listing.fetched, listing.unique, listing.complete) == (4, 4, True)


def test_a_board_that_has_not_changed_costs_one_request(company: Company, fetch: Fetch) -> None:
    first = fetch("smartrecruiters")
    company.asked()
    again = fetch("smartrecruiters", validators=first.validators, known=entries(first))
    assert (again.not_modified, again.fetched, company.asked()) == (True, 0, [])


def test_what_cannot_matter_comes_without_its_description(company: Company, fetch: Fetch) -> None:
    listing = fetch("smartrecruiters", wanted=lambda posting: posting.external_id == "1")
    assert company.asked() == ["1"]
    assert [bool(posting.description) for posting in listing.postings] == [False, True, False]
    assert all(posting.entry for posting in listing.postings)
    assert not fetch("smartrecruiters", known=entries(listing)).postings


@pytest.mark.parametrize("status", [404, 403, 418])
def test_a_description_that_fails_is_tried_again_and_loses_nothing(status: int, company: Company, fetch: Fetch) -> None:
    company.texts["1"] = status
    first = fetch("smartrecruiters")
    assert [(posting.description != "", posting.entry != "") for posting in first.postings] == [
        (True, True),
        (False, False),
        (True, True),
    ]
    assert first.validators == {}
    again = fetch("smartrecruiters", known=entries(first))
    assert (again.postings, len(again.unchanged), again.complete) == ((), 3, True)
    company.texts.clear()
    healed = fetch("smartrecruiters", known=entries(first))
    assert [posting.description for posting in healed.postings] == ["<p>Text 1.</p>"]


def test_a_known_description_survives_a_failure_of_its_page(company: Company, fetch: Fetch) -> None:
    known = entries(fetch("smartrecruiters"))
    company.titles["1"], company.texts["1"] = "Identity Architect", 500
    listing = fetch("smartrecruiters", known=known)
    assert (listing.postings, sorted(listing.unchanged), listing.validators) == ((), ["0", "1", "2"], {})


def test_one_fetch_asks_for_so_many_and_the_next_goes_on(
    upstream: Upstream, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(details, "MAX_DETAILS", 10)
    company = Company(upstream, 25)
    known: dict[str, str] = {}
    read = []
    for _ in range(3):
        known |= entries(fetch("smartrecruiters", known=known))
        read.append(len(company.asked()))
    assert read == [10, 10, 5]
    assert all(known.values())


def test_likely_titles_are_read_first(upstream: Upstream, fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(details, "MAX_DETAILS", 1)
    company = Company(upstream, 0)
    company.titles = {"1": "Web Developer", "2": "Access Governance Lead"}
    fetch("smartrecruiters")
    assert company.asked() == ["2"]


def test_a_source_that_refuses_is_not_asked_on_and_on(upstream: Upstream, fetch: Fetch) -> None:
    company = Company(upstream, 60)
    company.texts = dict.fromkeys(company.titles, 403)
    listing = fetch("smartrecruiters")
    assert len(company.asked()) == SOURCES["smartrecruiters"].concurrency
    assert len(listing.postings) == 60


def test_a_new_date_alone_is_no_change(make: Callable[..., Posting]) -> None:
    assert entry_of(make(posted_at=None)) != entry_of(make(posted_at=None, title="Other"))


@pytest.fixture
def make() -> Callable[..., Posting]:
    def build(**changes: Any) -> Posting:
        values = {"external_id": 1, "title": "x", "url": "https://example.com"} | changes
        return SOURCES["smartrecruiters"].build(Board("smartrecruiters", "acme", ""), **values)

    return build


@pytest.mark.parametrize(
    "title",
    [
        "IAM Analyst",
        "Senior Software Engineer",
        "Auditor, Access Controls",
        "IT-Sicherheitsbeauftragter",
        "Ingénieur sécurité",
        "GRC Lead",
        "PAM SME",
        "環境・安全衛生マネージャー",
    ],
)
def test_a_title_that_may_matter_is_read(title: str, make: Callable[..., Posting]) -> None:
    assert technical(make(title=title))


@pytest.mark.parametrize(
    "title", ["Registered Nurse", "Store Associate", "Pastry Cook", "Truck Driver", "Pamphlet Writer"]
)
def test_a_title_of_another_trade_is_not(title: str, make: Callable[..., Posting]) -> None:
    assert not technical(make(title=title))
