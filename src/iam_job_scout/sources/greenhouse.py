"""Greenhouse job boards. API: https://developers.greenhouse.io/job-board.html

One answer holds the whole board with its total. Descriptions are HTML with escaped markup. `updated_at` moves with
every edit, so `first_published` is the date of a posting.
"""

from urllib.parse import quote

import msgspec

from iam_job_scout.posting import Board, Posting
from iam_job_scout.sources.base import Page, Source
from iam_job_scout.sources.text import unescape_markup, utc_time


class _Total(msgspec.Struct):
    total: int | None = None


class _Board(msgspec.Struct):
    jobs: list[msgspec.Raw]
    meta: _Total | None = None


class _Place(msgspec.Struct):
    name: str | None = None


class _Job(msgspec.Struct):
    id: int | str
    title: str
    absolute_url: str
    company_name: str | None = None
    location: _Place | None = None
    content: str | None = None
    first_published: object = None


class Greenhouse(Source[_Board, _Job]):
    name = "greenhouse"
    label = "Greenhouse"
    hosts = ("boards-api.greenhouse.io",)
    docs = "https://developers.greenhouse.io/job-board.html"
    terms = "Public job boards of employers; reading them needs no key."
    endpoint = "/v1/boards/{board}/jobs"
    envelope = _Board
    item = _Job

    def url(self, board: Board) -> str:
        return f"https://boards-api.greenhouse.io/v1/boards/{quote(board.token, safe='')}/jobs?content=true"

    def page(self, envelope: _Board) -> Page:
        return Page(envelope.jobs, envelope.meta.total if envelope.meta else None)

    def posting(self, item: _Job, board: Board) -> Posting:
        return self.build(
            board,
            external_id=item.id,
            title=item.title,
            url=item.absolute_url,
            company=board.company or item.company_name,
            location=(item.location and item.location.name) or "",
            description=unescape_markup(item.content or ""),
            posted_at=utc_time(item.first_published),
        )
