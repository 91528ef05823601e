"""JSearch, Google for Jobs as an API. API: https://www.openwebninja.com/api/jsearch

The free plan has 200 requests a month: four searches of one page a day are 120. Almost every field may be null, and the
newer API wraps its list once more.
"""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

import msgspec

from iam_job_scout.posting import Board, Mode, Posting
from iam_job_scout.settings import Settings
from iam_job_scout.sources.base import Page, Position, Source
from iam_job_scout.sources.client import Request, UpstreamClient
from iam_job_scout.sources.pay import loose_pay
from iam_job_scout.sources.text import unix_time, utc_time, word

SEARCHES = (
    "identity and access management engineer in usa",
    "okta or sailpoint engineer in usa",
    "privileged access management cyberark in usa",
    "identity governance analyst in usa",
)
HOST = "jsearch.p.rapidapi.com"


class _Wrapped(msgspec.Struct):
    jobs: list[msgspec.Raw]


class _Listing(msgspec.Struct):
    data: list[msgspec.Raw] | _Wrapped


class _Job(msgspec.Struct):
    job_id: str | int
    job_title: str
    job_apply_link: object = None
    job_google_link: object = None
    employer_name: object = None
    job_description: object = None
    job_employment_type: object = None
    job_is_remote: object = None
    job_posted_at_timestamp: object = None
    job_posted_at_datetime_utc: object = None
    job_offer_expiration_timestamp: object = None
    job_offer_expiration_datetime_utc: object = None
    job_city: object = None
    job_state: object = None
    job_country: object = None
    job_min_salary: object = None
    job_max_salary: object = None
    job_salary_currency: object = None
    job_salary_period: object = None


class JSearch(Source[_Listing, _Job]):
    name = "jsearch"
    label = "JSearch"
    hosts = (HOST,)
    docs = "https://www.openwebninja.com/api/jsearch"
    terms = "Key from RapidAPI; the free plan has 200 requests a month, a hard limit."
    endpoint = "/search"
    aggregator = True
    newest_only = True
    cadence = timedelta(hours=24)
    keys = ("jsearch_key",)
    keys_from = "free at https://rapidapi.com/letscrape-6bRBa3QguO5/api/jsearch"
    per_second = 0.5
    concurrency = 1
    envelope = _Listing
    item = _Job

    def url(self, board: Board) -> str:
        return _url(SEARCHES[0])

    async def starts(self, client: UpstreamClient, board: Board) -> Sequence[str]:
        return [_url(search) for search in SEARCHES]

    def request(self, url: str, at: Position, settings: Settings) -> Request:
        headers = {"X-RapidAPI-Key": settings.jsearch_key.get_secret_value(), "X-RapidAPI-Host": HOST}
        return Request(api=self.api, endpoint=self.endpoint, url=url, headers=headers)

    def page(self, envelope: _Listing) -> Page:
        return Page(envelope.data if isinstance(envelope.data, list) else envelope.data.jobs)

    def posting(self, item: _Job, board: Board) -> Posting:
        places = (word(item.job_city), word(item.job_state), word(item.job_country))
        return self.build(
            board,
            external_id=item.job_id,
            title=item.job_title,
            url=word(item.job_apply_link) or word(item.job_google_link),
            company=word(item.employer_name),
            location=", ".join(filter(None, places)),
            description=word(item.job_description),
            posted_at=unix_time(item.job_posted_at_timestamp) or utc_time(item.job_posted_at_datetime_utc),
            closes_at=unix_time(item.job_offer_expiration_timestamp)
            or utc_time(item.job_offer_expiration_datetime_utc),
            mode=Mode.REMOTE if item.job_is_remote is True else Mode.UNKNOWN,
            employment_type=word(item.job_employment_type),
            pay=loose_pay(
                item.job_min_salary,
                item.job_max_salary,
                currency=item.job_salary_currency,
                interval=item.job_salary_period,
            ),
        )


def _url(search: str) -> str:
    return f"https://{HOST}/search?{urlencode({'query': search, 'page': 1, 'num_pages': 1, 'date_posted': 'week'})}"
