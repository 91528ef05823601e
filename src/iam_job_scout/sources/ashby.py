"""Ashby job boards. API: https://developers.ashbyhq.com/docs/public-job-posting-api

One answer holds the whole board, without a total. A posting with `isListed` false is counted as invalid ("not
listed"): the employer does not show it on the board. `workplaceType` wins over `isRemote`, which is also true for
hybrid work.
"""

from urllib.parse import quote

import msgspec

from iam_job_scout.posting import Board, Mode, Pay, Posting
from iam_job_scout.sources.base import Page, Source, UnlistedItem
from iam_job_scout.sources.pay import loose_pay
from iam_job_scout.sources.text import join_places, loose, utc_time, word

_MODES = {"remote": Mode.REMOTE, "hybrid": Mode.HYBRID, "onsite": Mode.ONSITE}


class _Board(msgspec.Struct):
    jobs: list[msgspec.Raw]


class _Place(msgspec.Struct):
    location: object = None


class _Component(msgspec.Struct, rename="camel"):
    compensation_type: object = None
    interval: object = None
    currency_code: object = None
    min_value: object = None
    max_value: object = None


class _Compensation(msgspec.Struct, rename="camel"):
    summary_components: list[object] = []


class _Job(msgspec.Struct, rename="camel"):
    id: str
    title: str
    job_url: str
    apply_url: object = None
    location: object = None
    secondary_locations: object = None
    employment_type: object = None
    workplace_type: object = None
    is_remote: object = None
    is_listed: object = True
    published_at: object = None
    description_html: object = None
    description_plain: object = None
    compensation: object = None


class Ashby(Source[_Board, _Job]):
    name = "ashby"
    label = "Ashby"
    hosts = ("api.ashbyhq.com",)
    docs = "https://developers.ashbyhq.com/docs/public-job-posting-api"
    terms = "Public job boards of employers; reading them needs no key."
    endpoint = "/posting-api/job-board/{board}"
    envelope = _Board
    item = _Job

    def url(self, board: Board) -> str:
        token = quote(board.token, safe="")
        return f"https://api.ashbyhq.com/posting-api/job-board/{token}?includeCompensation=true"

    def page(self, envelope: _Board) -> Page:
        return Page(envelope.jobs)

    def posting(self, item: _Job, board: Board) -> Posting:
        if item.is_listed is False:
            raise UnlistedItem("not listed")
        return self.build(
            board,
            external_id=item.id,
            title=item.title,
            url=item.job_url,
            location=_location(item),
            description=word(item.description_html) or word(item.description_plain),
            apply_url=word(item.apply_url),
            posted_at=utc_time(item.published_at),
            mode=_mode(item),
            employment_type=word(item.employment_type),
            pay=_pay(item.compensation),
        )


def _location(job: _Job) -> str:
    others = job.secondary_locations if isinstance(job.secondary_locations, list) else []
    return join_places([word(job.location), *(word(loose(other, _Place).location) for other in others)])


def _mode(job: _Job) -> Mode:
    remote = Mode.REMOTE if job.is_remote is True else Mode.UNKNOWN
    return _MODES.get(word(job.workplace_type).lower(), remote)


def _pay(compensation: object) -> Pay | None:
    for component in loose(compensation, _Compensation).summary_components:
        part = loose(component, _Component)
        if part.compensation_type == "Salary":
            interval = word(part.interval).lower().removeprefix("1 ")
            return loose_pay(part.min_value, part.max_value, currency=part.currency_code, interval=interval)
    return None
