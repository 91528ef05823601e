"""Greenhouse job boards. API: https://developers.greenhouse.io/job-board.html

One answer holds the whole board with its total. Descriptions are HTML with escaped markup. `updated_at` moves with
every edit, so `first_published` is the date of a posting.
"""

from urllib.parse import quote

import msgspec

from iam_job_scout.posting import Board, Posting
from iam_job_scout.sources.base import Page, Source
from iam_job_scout.sources.text import count, loose, unescape_markup, utc_time, word


class _Total(msgspec.Struct):
    total: object = None


class _Board(msgspec.Struct):
    jobs: list[msgspec.Raw]
    meta: object = None


class _Place(msgspec.Struct):
    name: object = None


class _Job(msgspec.Struct):
    id: int | str
    title: str
    absolute_url: str
    company_name: object = None
    location: object = None
    content: object = None
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
        return Page(envelope.jobs, count(loose(envelope.meta, _Total).total))

    def posting(self, item: _Job, board: Board) -> Posting:
        return self.build(
            board,
            external_id=item.id,
            title=item.title,
            url=item.absolute_url,
            company=board.company or word(item.company_name),
            location=word(item.location) or word(loose(item.location, _Place).name),
            description=unescape_markup(word(item.content)),
            posted_at=utc_time(item.first_published),
        )
