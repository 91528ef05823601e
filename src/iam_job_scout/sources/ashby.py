"""Ashby job boards. API: https://developers.ashbyhq.com/docs/public-job-posting-api

One answer holds the whole board, without a total. A posting with `isListed` false is counted as invalid ("not
listed"): the employer does not show it on the board. `workplaceType` wins over `isRemote`, which is also true for
hybrid work.
"""

from urllib.parse import quote

import msgspec

from iam_job_scout.posting import Board, Mode, Pay, Posting
from iam_job_scout.sources.base import Page, Source, UnlistedItem
from iam_job_scout.sources.pay import pay_from
from iam_job_scout.sources.text import join_places, number, utc_time

_MODES = {"remote": Mode.REMOTE, "hybrid": Mode.HYBRID, "onsite": Mode.ONSITE}


class _Board(msgspec.Struct):
    jobs: list[msgspec.Raw]


class _Place(msgspec.Struct):
    location: str | None = None


class _Component(msgspec.Struct, rename="camel"):
    compensation_type: str = ""
    interval: str = ""
    currency_code: str | None = None
    min_value: object = None
    max_value: object = None


class _Compensation(msgspec.Struct, rename="camel"):
    summary_components: list[_Component] | None = None


class _Job(msgspec.Struct, rename="camel"):
    id: str
    title: str
    job_url: str
    apply_url: str | None = None
    location: str | None = None
    secondary_locations: list[_Place] | None = None
    employment_type: str | None = None
    workplace_type: object = None
    is_remote: object = None
    is_listed: object = True
    published_at: object = None
    description_html: str | None = None
    description_plain: str | None = None
    compensation: msgspec.Raw = msgspec.Raw(b"null")


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
            location=join_places([item.location, *(place.location for place in item.secondary_locations or ())]),
            description=item.description_html or item.description_plain,
            apply_url=item.apply_url,
            posted_at=utc_time(item.published_at),
            mode=_mode(item),
            employment_type=item.employment_type,
            pay=_pay(item.compensation),
        )


def _mode(job: _Job) -> Mode:
    remote = Mode.REMOTE if job.is_remote is True else Mode.UNKNOWN
    return _MODES.get(str(job.workplace_type).lower(), remote)


def _pay(raw: msgspec.Raw) -> Pay | None:
    try:
        compensation = msgspec.json.decode(raw, type=_Compensation | None)
    except msgspec.DecodeError:
        return None
    for part in (compensation and compensation.summary_components) or ():
        if part.compensation_type == "Salary":
            interval = part.interval.lower().removeprefix("1 ")
            currency = part.currency_code or ""
            return pay_from(number(part.min_value), number(part.max_value), currency=currency, interval=interval)
    return None
