"""Jobicy. API and terms: https://jobicy.com/jobs-rss-feed

The newest hundred postings, six hours late. An answer without success has no list at all.
"""

import msgspec

from iam_job_scout.errors import BadPayload
from iam_job_scout.posting import Board, Mode, Posting
from iam_job_scout.sources.base import Page, Source
from iam_job_scout.sources.pay import loose_pay
from iam_job_scout.sources.text import utc_time, word, words


class _Listing(msgspec.Struct):
    jobs: list[msgspec.Raw] | None = None
    success: object = None


class _Job(msgspec.Struct, rename="camel"):
    id: str | int
    url: str
    job_title: str
    company_name: object = None
    job_type: object = None
    job_geo: object = None
    job_description: object = None
    job_excerpt: object = None
    pub_date: object = None
    salary_min: object = None
    salary_max: object = None
    salary_currency: object = None
    salary_period: object = None


class Jobicy(Source[_Listing, _Job]):
    name = "jobicy"
    label = "Jobicy"
    hosts = ("jobicy.com",)
    docs = "https://jobicy.com/jobs-rss-feed"
    terms = (
        "At most one call an hour. Name Jobicy with a direct link and send people to the posting there; "
        "do not pass the postings on to other job sites."
    )
    attribution = "Source: Jobicy"
    attribution_url = "https://jobicy.com"
    endpoint = "/api/v2/remote-jobs"
    aggregator = True
    newest_only = True
    per_second = 0.5
    concurrency = 1
    envelope = _Listing
    item = _Job

    def url(self, board: Board) -> str:
        return "https://jobicy.com/api/v2/remote-jobs?count=100"

    def page(self, envelope: _Listing) -> Page:
        if envelope.jobs is None and envelope.success is not False:
            raise BadPayload("the answer of Jobicy holds no list of jobs")
        return Page(envelope.jobs or ())

    def posting(self, item: _Job, board: Board) -> Posting:
        return self.build(
            board,
            external_id=item.id,
            title=item.job_title,
            url=item.url,
            company=word(item.company_name),
            location=word(item.job_geo),
            description=word(item.job_description) or word(item.job_excerpt),
            posted_at=utc_time(item.pub_date),
            mode=Mode.REMOTE,
            employment_type=", ".join(words(item.job_type)),
            pay=loose_pay(
                item.salary_min,
                item.salary_max,
                currency=item.salary_currency,
                interval=item.salary_period or "year",
            ),
        )
