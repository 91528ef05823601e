"""Remotive. API and terms: https://github.com/remotive-com/remote-jobs-api

One answer holds the whole list, a day late. Four calls a day are plenty, two a minute too many.
"""

from datetime import timedelta
from html import escape

import msgspec

from iam_job_scout.posting import Board, Mode, Posting
from iam_job_scout.sources.base import Page, Source
from iam_job_scout.sources.text import count, joined_html, utc_time, word


class _Listing(msgspec.Struct):
    jobs: list[msgspec.Raw]
    total: object = msgspec.field(default=None, name="total-job-count")


class _Job(msgspec.Struct):
    id: str | int
    title: str
    url: str
    company_name: object = None
    job_type: object = None
    publication_date: object = None
    candidate_required_location: object = None
    salary: object = None
    description: object = None


class Remotive(Source[_Listing, _Job]):
    name = "remotive"
    label = "Remotive"
    hosts = ("remotive.com",)
    docs = "https://github.com/remotive-com/remote-jobs-api"
    terms = (
        "At most four calls a day. Link to the posting on Remotive and name Remotive as the source; do not pass the "
        "postings on to other job sites, and do not put them behind a sign-up."
    )
    attribution = "Source: Remotive"
    attribution_url = "https://remotive.com"
    endpoint = "/api/remote-jobs"
    aggregator = True
    cadence = timedelta(hours=6)
    per_second = 1 / 30
    concurrency = 1
    envelope = _Listing
    item = _Job

    def url(self, board: Board) -> str:
        return "https://remotive.com/api/remote-jobs"

    def page(self, envelope: _Listing) -> Page:
        return Page(envelope.jobs, count(envelope.total))

    def posting(self, item: _Job, board: Board) -> Posting:
        # Pay is a free text; as a part of the description it is read where all other such texts are.
        salary = word(item.salary).strip(" -")
        return self.build(
            board,
            external_id=item.id,
            title=item.title,
            url=item.url,
            company=word(item.company_name),
            location=word(item.candidate_required_location),
            description=joined_html((word(item.description), f"<p>Salary: {escape(salary)}</p>" if salary else "")),
            posted_at=utc_time(item.publication_date),
            mode=Mode.REMOTE,
            employment_type=word(item.job_type).replace("_", " "),
        )
