"""What the API answers and takes. Times are UTC, pay is a year in whole units of its currency."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from iam_job_scout.db.models import Job, JobStatus, Posting
from iam_job_scout.jobs.detail import JobDetail
from iam_job_scout.jobs.search import JobPage
from iam_job_scout.jobs.tracking import MAX_NOTE, UNTOUCHED, Tracked
from iam_job_scout.web.sanitise import safe_description


class Pay(BaseModel):
    """A yearly pay range; a missing end is null. `source` is "posted" or "parsed"."""

    minimum: int | None
    maximum: int | None
    currency: str | None
    source: str | None


class JobItem(BaseModel):
    """A job in a list."""

    id: int
    title: str
    company: str
    location: str
    mode: str
    tier: str
    score: int
    seniority: str
    sub: list[str]
    skills: list[str]
    pay: Pay | None
    url: str
    posted_at: datetime | None
    first_seen: datetime
    last_seen: datetime
    closed_at: datetime | None
    sample: bool
    years: int | None
    clearance: str | None
    citizenship: str | None
    sponsorship: str
    contract: str
    certifications: list[str]
    language: str
    own_product: bool
    fit: int | None = Field(description="The score for the profile of who asks; null without one.")
    status: str
    status_at: datetime | None
    follow_up_on: date | None


class JobList(BaseModel):
    """One page of jobs; `next` goes into `after` for the page behind it, null at the end.

    `total` counts all pages; where it is not exact, there are more than that.
    """

    items: list[JobItem]
    total: int
    total_is_exact: bool
    next: str | None


class EvidenceItem(BaseModel):
    """A stretch of text that earned points; `start` and `end` index the plain text of `field`."""

    field: str
    start: int
    end: int
    text: str
    reason: str
    points: int


class PostingItem(BaseModel):
    """A posting that was merged into a job."""

    source: str
    board: str
    external_id: str
    url: str
    title: str
    company: str
    location: str
    posted_at: datetime | None
    first_seen: datetime
    last_seen: datetime
    closed_at: datetime | None


class StatusEvent(BaseModel):
    """A change of a job's status."""

    at: datetime
    status: str
    note: str


class JobFull(JobItem):
    """A job with everything known about it; `description` is HTML that is safe to show."""

    description: str
    note: str
    evidence: list[EvidenceItem]
    postings: list[PostingItem]
    events: list[StatusEvent]


class StatusChange(BaseModel):
    """What to set; what is not given stays as it is, and a follow-up date of null removes the one there is."""

    model_config = ConfigDict(extra="forbid")

    status: JobStatus | None = None
    note: str | None = Field(None, max_length=MAX_NOTE)
    follow_up_on: date | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.status is None and self.note is None and "follow_up_on" not in self.model_fields_set:
            raise ValueError("say a status, a note or a follow-up date")
        return self


class Stats(BaseModel):
    """Counts of jobs, and when each source last gave a healthy answer."""

    by_status: dict[str, int]
    by_tier: dict[str, int]
    new_this_week: int
    samples: int
    sources: dict[str, datetime]


#: Fields of an item that are not the job's column of that name.
_OWN = ("pay", "sub", "skills", "certifications", "fit", "status", "status_at", "follow_up_on")


def job_item(job: Job, tracked: Tracked, fit: int | None) -> JobItem:
    """Returns a job as the list shows it to the person who is there with it and whom it fits so well."""
    return JobItem(**_values(job, tracked, fit))


def job_list(page: JobPage, jobs: Iterable[Job]) -> JobList:
    """Returns a page as it was found for a person, with its jobs."""
    items = [job_item(job, page.tracked.get(job.id, UNTOUCHED), page.fits.get(job.id)) for job in jobs]
    following = str(page.next) if page.next else None
    return JobList(items=items, total=page.total, total_is_exact=not page.more, next=following)


def job_full(detail: JobDetail, postings: Iterable[Posting], fit: int | None) -> JobFull:
    """Returns a job, with its postings, as its own address shows it to whom it fits so well."""
    return JobFull(
        **_values(detail.job, detail.tracked, fit),
        description=safe_description(detail.job.description),
        note=detail.tracked.note,
        evidence=_evidence(detail.job.evidence),
        postings=[PostingItem.model_validate(posting, from_attributes=True) for posting in postings],
        events=[StatusEvent.model_validate(event, from_attributes=True) for event in detail.events],
    )


def _values(job: Job, tracked: Tracked, fit: int | None) -> dict[str, Any]:
    known = {name: getattr(job, name) for name in JobItem.model_fields if name not in _OWN}
    state = {"status": tracked.status, "status_at": tracked.status_at, "follow_up_on": tracked.follow_up_on}
    lists = {name: _texts(getattr(job, name)) for name in ("sub", "skills", "certifications")}
    return {**known, **state, **lists, "pay": _pay(job), "fit": fit}


def _pay(job: Job) -> Pay | None:
    if job.pay_min is None and job.pay_max is None:
        return None
    return Pay(minimum=job.pay_min, maximum=job.pay_max, currency=job.pay_currency, source=job.pay_source)


def _texts(values: Iterable[Any]) -> list[str]:
    return [str(value) for value in values]


def _evidence(items: Iterable[Any]) -> list[EvidenceItem]:
    known = EvidenceItem.model_fields.keys()
    return [EvidenceItem(**item) for item in items if isinstance(item, Mapping) and item.keys() >= known]
