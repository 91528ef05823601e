"""Lever postings. API: https://github.com/lever/postings-api

A bare array without a total, paged by skip and limit. Paging goes on to the first empty page: a page that is merely
short may be one that the source cut. The text of a posting is spread over four fields. Accounts in the EU have a host
of their own: their tokens begin with `eu/`.
"""

from html import escape
from urllib.parse import quote

import msgspec

from iam_job_scout.posting import Board, Mode, Posting
from iam_job_scout.sources.base import Page, Position, Source
from iam_job_scout.sources.pay import loose_pay
from iam_job_scout.sources.text import join_places, joined_html, loose, unix_time, word, words

PAGE_SIZE = 100
EU = "eu/"

_MODES = {"remote": Mode.REMOTE, "hybrid": Mode.HYBRID, "onsite": Mode.ONSITE, "on-site": Mode.ONSITE}


class _Categories(msgspec.Struct, rename="camel"):
    location: object = None
    all_locations: object = None
    commitment: object = None


class _Salary(msgspec.Struct):
    min: object = None
    max: object = None
    currency: object = None
    interval: object = None


class _Section(msgspec.Struct):
    text: object = None
    content: object = None


class _Job(msgspec.Struct, rename="camel"):
    id: str
    text: str
    hosted_url: str
    apply_url: object = None
    categories: object = None
    workplace_type: object = None
    created_at: object = None
    salary_range: object = None
    opening: object = None
    description: object = None
    lists: object = None
    additional: object = None


class Lever(Source[list[msgspec.Raw], _Job]):
    name = "lever"
    label = "Lever"
    hosts = ("api.lever.co", "api.eu.lever.co")
    docs = "https://github.com/lever/postings-api"
    terms = "Public job boards of employers; reading them needs no key."
    endpoint = "/v0/postings/{board}"
    page_size = PAGE_SIZE
    envelope = list[msgspec.Raw]
    item = _Job

    def url(self, board: Board) -> str:
        return self._url(board, skip=0)

    def next_url(self, page: Page, at: Position) -> str | None:
        return self._url(at.board, skip=at.items) if page.items else None

    def page(self, envelope: list[msgspec.Raw]) -> Page:
        return Page(envelope)

    def posting(self, item: _Job, board: Board) -> Posting:
        where = loose(item.categories, _Categories)
        salary = loose(item.salary_range, _Salary)
        return self.build(
            board,
            external_id=item.id,
            title=item.text,
            url=item.hosted_url,
            location=join_places(words(where.all_locations) or words(where.location)),
            description=_description(item),
            apply_url=word(item.apply_url),
            posted_at=unix_time(item.created_at),
            mode=_MODES.get(str(item.workplace_type).lower(), Mode.UNKNOWN),
            employment_type=word(where.commitment),
            pay=loose_pay(
                salary.min,
                salary.max,
                currency=salary.currency,
                interval=word(salary.interval).removeprefix("per-").partition("-")[0],
            ),
        )

    def _url(self, board: Board, *, skip: int) -> str:
        name = board.token.removeprefix(EU)
        host = "api.lever.co" if name == board.token else "api.eu.lever.co"
        return f"https://{host}/v0/postings/{quote(name, safe='')}?mode=json&skip={skip}&limit={PAGE_SIZE}"


def _description(job: _Job) -> str:
    sections = [loose(part, _Section) for part in job.lists] if isinstance(job.lists, list) else []
    lists = (f"<h3>{escape(word(part.text))}</h3><ul>{word(part.content)}</ul>" for part in sections)
    return joined_html((word(job.opening), word(job.description), *lists, word(job.additional)))
