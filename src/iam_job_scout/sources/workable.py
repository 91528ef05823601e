"""Workable career pages. The public widget: https://help.workable.com/hc/en-us/articles/115012771647

One answer holds the whole board, descriptions included when details are asked for, and the name of the company beside
it. Places marked as hidden are not shown by the employer, and so not here.
"""

from urllib.parse import quote

import msgspec

from iam_job_scout.posting import Board, Mode, Posting
from iam_job_scout.sources.base import Page, Source
from iam_job_scout.sources.text import join_places, loose, utc_time, word


class _Account(msgspec.Struct):
    jobs: list[msgspec.Raw]
    name: object = None


class _Place(msgspec.Struct):
    city: object = None
    region: object = None
    country: object = None
    hidden: object = None


class _Job(msgspec.Struct):
    title: str
    shortcode: str | int
    url: object = None
    shortlink: object = None
    application_url: object = None
    employment_type: object = None
    telecommuting: object = None
    published_on: object = None
    created_at: object = None
    city: object = None
    state: object = None
    country: object = None
    locations: object = None
    description: object = None


class Workable(Source[_Account, _Job]):
    name = "workable"
    label = "Workable"
    hosts = ("apply.workable.com",)
    docs = "https://help.workable.com/hc/en-us/articles/115012771647"
    terms = "Public job boards of employers; reading them needs no key. Fast polling is answered with 429."
    endpoint = "/api/v1/widget/accounts/{board}"
    per_second = 1.0
    concurrency = 2
    envelope = _Account
    item = _Job

    def url(self, board: Board) -> str:
        return f"https://apply.workable.com/api/v1/widget/accounts/{quote(board.token, safe='')}?details=true"

    def page(self, envelope: _Account) -> Page:
        return Page(envelope.jobs, company=word(envelope.name))

    def posting(self, item: _Job, board: Board) -> Posting:
        return self.build(
            board,
            external_id=item.shortcode,
            title=item.title,
            url=word(item.url) or word(item.shortlink),
            location=_location(item),
            description=word(item.description),
            apply_url=word(item.application_url),
            posted_at=utc_time(item.published_on) or utc_time(item.created_at),
            mode=Mode.REMOTE if item.telecommuting is True else Mode.UNKNOWN,
            employment_type=word(item.employment_type),
        )


def _location(job: _Job) -> str:
    if isinstance(job.locations, list) and job.locations:
        places = [loose(place, _Place) for place in job.locations]
        return join_places(_joined(place.city, place.region, place.country) for place in places if not place.hidden)
    return _joined(job.city, job.state, job.country)


def _joined(*parts: object) -> str:
    return ", ".join(filter(None, map(word, parts)))
