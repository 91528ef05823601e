"""Lever postings. API: https://github.com/lever/postings-api

A bare array without a total, paged by skip and limit. Paging goes on to the first empty page: a page that is merely
short may be one that the source cut. The text of a posting is spread over four fields. Accounts in the EU have a host
of their own: their tokens begin with `eu/`.
"""

from html import escape
from urllib.parse import quote

import msgspec

from iam_job_scout.posting import Board, Mode, Pay, Posting
from iam_job_scout.sources.base import Page, Position, Source
from iam_job_scout.sources.pay import pay_from
from iam_job_scout.sources.text import join_places, number, unix_time

PAGE_SIZE = 100
EU = "eu/"

_MODES = {"remote": Mode.REMOTE, "hybrid": Mode.HYBRID, "onsite": Mode.ONSITE, "on-site": Mode.ONSITE}


class _Categories(msgspec.Struct, rename="camel"):
    location: str | None = None
    all_locations: list[str] | None = None
    commitment: str | None = None


class _Salary(msgspec.Struct):
    min: object = None
    max: object = None
    currency: str = ""
    interval: str = ""


class _Section(msgspec.Struct):
    text: str | None = None
    content: str | None = None


class _Job(msgspec.Struct, rename="camel"):
    id: str
    text: str
    hosted_url: str
    apply_url: str | None = None
    categories: _Categories | None = None
    workplace_type: object = None
    created_at: object = None
    salary_range: msgspec.Raw = msgspec.Raw(b"null")
    opening: str | None = None
    description: str | None = None
    lists: list[_Section] | None = None
    additional: str | None = None


class Lever(Source[list[msgspec.Raw], _Job]):
    name = "lever"
    label = "Lever"
    hosts = ("api.lever.co", "api.eu.lever.co")
    docs = "https://github.com/lever/postings-api"
    terms = "Public job boards of employers; reading them needs no key."
    endpoint = "/v0/postings/{board}"
    envelope = list[msgspec.Raw]
    item = _Job

    def url(self, board: Board) -> str:
        return self._url(board, skip=0)

    def next_url(self, page: Page, at: Position) -> str | None:
        return self._url(at.board, skip=at.items) if page.items else None

    def page(self, envelope: list[msgspec.Raw]) -> Page:
        return Page(envelope)

    def posting(self, item: _Job, board: Board) -> Posting:
        where = item.categories or _Categories()
        return self.build(
            board,
            external_id=item.id,
            title=item.text,
            url=item.hosted_url,
            location=join_places(where.all_locations or [where.location]),
            description=_description(item),
            apply_url=item.apply_url,
            posted_at=unix_time(item.created_at),
            mode=_MODES.get(str(item.workplace_type).lower(), Mode.UNKNOWN),
            employment_type=where.commitment,
            pay=_pay(item.salary_range),
        )

    def _url(self, board: Board, *, skip: int) -> str:
        name = board.token.removeprefix(EU)
        host = "api.lever.co" if name == board.token else "api.eu.lever.co"
        return f"https://{host}/v0/postings/{quote(name, safe='')}?mode=json&skip={skip}&limit={PAGE_SIZE}"


def _description(job: _Job) -> str:
    lists = [f"<h3>{escape(part.text or '')}</h3><ul>{part.content or ''}</ul>" for part in job.lists or ()]
    return "\n".join(part for part in (job.opening, job.description, *lists, job.additional) if part)


def _pay(raw: msgspec.Raw) -> Pay | None:
    try:
        salary = msgspec.json.decode(raw, type=_Salary | None)
    except msgspec.DecodeError:
        return None
    if salary is None:
        return None
    interval = salary.interval.removeprefix("per-").partition("-")[0]
    return pay_from(number(salary.min), number(salary.max), currency=salary.currency, interval=interval)
