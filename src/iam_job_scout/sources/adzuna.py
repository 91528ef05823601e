"""Adzuna. API: https://developer.adzuna.com/docs/search

The list is far too long to read, so a few searches are, the newest first. There are at most 2,500 calls a month: three
searches of two pages, every four hours, are 1,080. Descriptions are snippets. Pay that Adzuna predicts is left out.
"""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

import msgspec

from iam_job_scout.posting import Board, Posting
from iam_job_scout.settings import Settings
from iam_job_scout.sources.base import Page, Position, Source
from iam_job_scout.sources.client import Request, UpstreamClient
from iam_job_scout.sources.pay import loose_pay
from iam_job_scout.sources.text import count, loose, utc_time, without_tags, word, words

PAGE_SIZE = 50
SEARCHES = (
    {"what_phrase": "identity and access management"},
    {"what_phrase": "privileged access"},
    {"what_or": "iam okta sailpoint cyberark saviynt forgerock pingfederate beyondtrust entra"},
)
#: The currency of a place, by the first of its area names.
_CURRENCIES = {
    "US": "USD",
    "UK": "GBP",
    "Canada": "CAD",
    "Australia": "AUD",
    "New Zealand": "NZD",
    "India": "INR",
    "Singapore": "SGD",
    "South Africa": "ZAR",
    "Brasil": "BRL",
    "México": "MXN",
    "Polska": "PLN",
    "Schweiz": "CHF",
    **dict.fromkeys(("France", "Deutschland", "Nederland", "Italia", "España", "Österreich", "Belgique"), "EUR"),
}


class _Results(msgspec.Struct):
    results: list[msgspec.Raw]
    count: object = None


class _Named(msgspec.Struct):
    display_name: object = None
    area: object = None


class _Job(msgspec.Struct):
    id: str | int
    title: str
    redirect_url: str
    company: object = None
    location: object = None
    description: object = None
    created: object = None
    salary_min: object = None
    salary_max: object = None
    salary_is_predicted: object = None
    contract_type: object = None
    contract_time: object = None


class Adzuna(Source[_Results, _Job]):
    name = "adzuna"
    label = "Adzuna"
    hosts = ("api.adzuna.com",)
    docs = "https://developer.adzuna.com/docs/search"
    terms = (
        "Free key; at most 25 calls a minute, 250 a day and 2,500 a month. Postings may be shown with Adzuna's name; "
        "other lasting use needs its consent."
    )
    attribution = "Jobs by Adzuna"
    attribution_url = "https://www.adzuna.com"
    endpoint = "/v1/api/jobs/{country}/search/{page}"
    aggregator = True
    newest_only = True
    cadence = timedelta(hours=4)
    keys = ("adzuna_app_id", "adzuna_app_key")
    keys_from = "free at https://developer.adzuna.com"
    max_pages = 2
    per_second = 0.4
    concurrency = 1
    envelope = _Results
    item = _Job

    def url(self, board: Board) -> str:
        return _url("us", SEARCHES[0])

    async def starts(self, client: UpstreamClient, board: Board) -> Sequence[str]:
        return [_url(client.settings.adzuna_country, search) for search in SEARCHES]

    def request(self, url: str, at: Position, settings: Settings) -> Request:
        keys = {"app_id": settings.adzuna_app_id, "app_key": settings.adzuna_app_key.get_secret_value()}
        return Request(api=self.api, endpoint=self.endpoint, url=f"{url}&{urlencode(keys)}")

    def next_url(self, page: Page, at: Position) -> str | None:
        more = page.items and at.items < (at.advertised or 0)
        return at.start.replace("/search/1?", f"/search/{at.pages + 1}?") if more else None

    def page(self, envelope: _Results) -> Page:
        return Page(envelope.results, count(envelope.count))

    def posting(self, item: _Job, board: Board) -> Posting:
        place = loose(item.location, _Named)
        kinds = (word(item.contract_time), word(item.contract_type))
        return self.build(
            board,
            external_id=item.id,
            title=item.title.replace("<strong>", "").replace("</strong>", ""),
            url=item.redirect_url,
            company=without_tags(word(loose(item.company, _Named).display_name)),
            location=word(place.display_name),
            description=word(item.description),
            posted_at=utc_time(item.created),
            employment_type=", ".join(kind.replace("_", " ") for kind in kinds if kind),
            pay=None
            if word(item.salary_is_predicted) == "1"
            else loose_pay(
                item.salary_min,
                item.salary_max,
                currency=_CURRENCIES.get(next(iter(words(place.area)), "")),
                interval="year",
            ),
        )


def _url(country: str, search: dict[str, str]) -> str:
    query = urlencode({**search, "results_per_page": PAGE_SIZE, "max_days_old": 30, "sort_by": "date"})
    return f"https://api.adzuna.com/v1/api/jobs/{country}/search/1?{query}"
