"""Arbeitnow. API: https://www.arbeitnow.com/blog/job-board-api

Paged by number until an answer names no next page. Mostly jobs in Germany, many of them in German.
"""

from datetime import timedelta

import msgspec

from iam_job_scout.posting import Board, Mode, Posting
from iam_job_scout.sources.base import Page, Position, Source
from iam_job_scout.sources.text import loose, unix_time, word, words


class _Links(msgspec.Struct):
    next: object = None


class _Listing(msgspec.Struct):
    data: list[msgspec.Raw]
    links: object = None


class _Job(msgspec.Struct):
    slug: str | int
    title: str
    url: str
    company_name: object = None
    description: object = None
    location: object = None
    remote: object = None
    job_types: object = None
    created_at: object = None


class Arbeitnow(Source[_Listing, _Job]):
    name = "arbeitnow"
    label = "Arbeitnow"
    hosts = ("www.arbeitnow.com",)
    docs = "https://www.arbeitnow.com/blog/job-board-api"
    terms = "Free to use; link to the posting on Arbeitnow."
    attribution = "Source: Arbeitnow"
    attribution_url = "https://www.arbeitnow.com"
    endpoint = "/api/job-board-api"
    aggregator = True
    cadence = timedelta(hours=3)
    per_second = 1.0
    concurrency = 1
    envelope = _Listing
    item = _Job

    def url(self, board: Board) -> str:
        return self._url(1)

    def next_url(self, page: Page, at: Position) -> str | None:
        # Built here: the address in the answer is not ours to trust.
        return self._url(at.pages + 1) if page.more and page.items else None

    def page(self, envelope: _Listing) -> Page:
        return Page(envelope.data, more=bool(loose(envelope.links, _Links).next))

    def posting(self, item: _Job, board: Board) -> Posting:
        return self.build(
            board,
            external_id=item.slug,
            title=item.title,
            url=item.url,
            company=word(item.company_name),
            location=word(item.location),
            description=word(item.description),
            posted_at=unix_time(item.created_at),
            mode=Mode.REMOTE if item.remote is True else Mode.UNKNOWN,
            employment_type=", ".join(words(item.job_types)),
        )

    def _url(self, number: int) -> str:
        return f"https://www.arbeitnow.com/api/job-board-api?page={number}"
