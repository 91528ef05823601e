"""Himalayas. API: https://himalayas.app/api

Twenty postings a page of more than a hundred thousand, so only the newest pages are read. The documentation gives
dates in milliseconds and places as objects; real answers hold seconds and names: both are taken.
"""

from urllib.parse import urlsplit

import msgspec

from iam_job_scout.posting import Board, Mode, Posting
from iam_job_scout.sources.base import Page, Position, Source
from iam_job_scout.sources.pay import loose_pay
from iam_job_scout.sources.text import count, join_places, loose, unix_time, utc_time, web_url, word

PAGE_SIZE = 20


class _Listing(msgspec.Struct, rename="camel"):
    jobs: list[msgspec.Raw]
    total_count: object = None


class _Place(msgspec.Struct):
    name: object = None


class _Job(msgspec.Struct, rename="camel"):
    title: str
    guid: str
    application_link: object = None
    company_name: object = None
    employment_type: object = None
    min_salary: object = None
    max_salary: object = None
    currency: object = None
    salary_period: object = None
    location_restrictions: object = None
    description: object = None
    excerpt: object = None
    pub_date: object = None
    expiry_date: object = None


class Himalayas(Source[_Listing, _Job]):
    name = "himalayas"
    label = "Himalayas"
    hosts = ("himalayas.app",)
    docs = "https://himalayas.app/api"
    terms = "Link to the posting on Himalayas and name Himalayas as the source."
    attribution = "Source: Himalayas"
    attribution_url = "https://himalayas.app"
    endpoint = "/jobs/api"
    aggregator = True
    newest_only = True
    max_pages = 10
    per_second = 1.0
    concurrency = 1
    envelope = _Listing
    item = _Job

    def url(self, board: Board) -> str:
        return self._url(0)

    def next_url(self, page: Page, at: Position) -> str | None:
        more = page.items and at.items < (at.advertised or 0)
        return self._url(at.items) if more else None

    def page(self, envelope: _Listing) -> Page:
        return Page(envelope.jobs, count(envelope.total_count))

    def posting(self, item: _Job, board: Board) -> Posting:
        link = web_url(word(item.application_link))
        return self.build(
            board,
            external_id=urlsplit(web_url(item.guid)).path.strip("/") or item.guid,
            title=item.title,
            url=web_url(item.guid) or link,
            company=word(item.company_name),
            location=_location(item.location_restrictions),
            description=word(item.description) or word(item.excerpt),
            apply_url=link,
            posted_at=unix_time(item.pub_date) or utc_time(item.pub_date),
            closes_at=unix_time(item.expiry_date) or utc_time(item.expiry_date),
            mode=Mode.REMOTE,
            employment_type=word(item.employment_type),
            pay=loose_pay(
                item.min_salary, item.max_salary, currency=item.currency, interval=item.salary_period or "year"
            ),
        )

    def _url(self, offset: int) -> str:
        return f"https://himalayas.app/jobs/api?limit={PAGE_SIZE}&offset={offset}"


def _location(restrictions: object) -> str:
    places = restrictions if isinstance(restrictions, list) else [restrictions]
    return join_places(word(place) or word(loose(place, _Place).name) for place in places)
