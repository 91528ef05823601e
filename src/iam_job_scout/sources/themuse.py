"""The Muse. API: https://www.themuse.com/developers/api/v2

Twenty postings a page, the newest first, of the categories in which identity work is found. There is no search by
words. A 403 means that it is asked too often, not that it is blocked.
"""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote, urlencode

import msgspec

from iam_job_scout.posting import Board, Mode, Posting
from iam_job_scout.settings import Settings
from iam_job_scout.sources.base import Page, Position, Source
from iam_job_scout.sources.client import Request, UpstreamClient
from iam_job_scout.sources.text import count, join_places, loose, utc_time, word

CATEGORIES = ("Computer and IT", "Software Engineering")


class _Results(msgspec.Struct):
    results: list[msgspec.Raw]
    page: object = None
    page_count: object = None
    total: object = None


class _Named(msgspec.Struct):
    name: object = None
    landing_page: object = None


class _Job(msgspec.Struct):
    id: str | int
    name: str
    refs: object = None
    company: object = None
    locations: object = None
    contents: object = None
    publication_date: object = None


class TheMuse(Source[_Results, _Job]):
    name = "themuse"
    label = "The Muse"
    hosts = ("www.themuse.com",)
    docs = "https://www.themuse.com/developers/api/v2"
    terms = "500 requests an hour without a key, 3,600 with one (SCOUT_THEMUSE_KEY). Link to the posting on The Muse."
    attribution = "Source: The Muse"
    attribution_url = "https://www.themuse.com"
    endpoint = "/api/public/jobs"
    aggregator = True
    newest_only = True
    cadence = timedelta(hours=3)
    max_pages = 25
    per_second = 1.0
    concurrency = 1
    rate_limited = (429, 403)
    envelope = _Results
    item = _Job

    def url(self, board: Board) -> str:
        return _url(CATEGORIES[0])

    async def starts(self, client: UpstreamClient, board: Board) -> Sequence[str]:
        return [_url(category) for category in CATEGORIES]

    def request(self, url: str, at: Position, settings: Settings) -> Request:
        key = settings.themuse_key.get_secret_value()
        return Request(api=self.api, endpoint=self.endpoint, url=f"{url}&{urlencode({'api_key': key})}" if key else url)

    def next_url(self, page: Page, at: Position) -> str | None:
        return at.start.removesuffix("page=1") + f"page={at.pages + 1}" if page.more and page.items else None

    def page(self, envelope: _Results) -> Page:
        more = (count(envelope.page) or 0) < (count(envelope.page_count) or 0)
        return Page(envelope.results, count(envelope.total), more=more)

    def posting(self, item: _Job, board: Board) -> Posting:
        places = item.locations if isinstance(item.locations, list) else []
        names = [word(loose(place, _Named).name) for place in places]
        remote = any("remote" in name.lower() for name in names)
        return self.build(
            board,
            external_id=item.id,
            title=item.name,
            url=word(loose(item.refs, _Named).landing_page),
            company=word(loose(item.company, _Named).name),
            location=join_places(names),
            description=word(item.contents),
            posted_at=utc_time(item.publication_date),
            mode=Mode.REMOTE if remote else Mode.UNKNOWN,
        )


def _url(category: str) -> str:
    return f"https://www.themuse.com/api/public/jobs?category={quote(category)}&descending=true&page=1"
