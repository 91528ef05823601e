"""The first version of the JSON API. Errors are application/problem+json (RFC 9457)."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field

from iam_job_scout.api.models import JobFull, JobList, Stats, StatusChange, job_full, job_list
from iam_job_scout.api.route import BEARER, ApiRoute, problems
from iam_job_scout.db.models import LOCAL_USER_ID, JobStatus
from iam_job_scout.errors import NotThere
from iam_job_scout.jobs.cursor import Sort
from iam_job_scout.jobs.detail import get_job, postings_of
from iam_job_scout.jobs.fits import fits_of
from iam_job_scout.jobs.listed import read_jobs
from iam_job_scout.jobs.search import find_jobs
from iam_job_scout.jobs.stats import job_stats, last_success_by_source
from iam_job_scout.jobs.tracking import KEEP, Change, change_status
from iam_job_scout.web.filters import MAX_VALUES, MAX_WORDS_LENGTH, read_filters
from iam_job_scout.web.sanitise import clean_text
from iam_job_scout.web.session import Changer, Reader, database_of, reader

router = APIRouter(prefix="/api/v1", tags=["jobs"], route_class=ApiRoute, dependencies=[BEARER])

JobId = Annotated[int, Path(ge=1, le=2**31 - 1)]


class JobFilters(BaseModel):
    """What to look for. Values of one filter are alternatives, filters add up; the list's own address says the same."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field("", max_length=MAX_WORDS_LENGTH, description='Words, "phrases", beginnings* and -exclusions.')
    status: JobStatus | None = Field(None, description="One's own status; without it, all but hidden ones.")
    tier: list[str] = Field(default_factory=list, max_length=MAX_VALUES)
    sub: list[str] = Field(default_factory=list, max_length=MAX_VALUES)
    skill: list[str] = Field(default_factory=list, max_length=MAX_VALUES)
    level: list[str] = Field(default_factory=list, max_length=MAX_VALUES)
    mode: list[str] = Field(default_factory=list, max_length=MAX_VALUES)
    place: list[str] = Field(default_factory=list, max_length=MAX_VALUES)
    pay: list[str] = Field(default_factory=list, max_length=MAX_VALUES)
    source: list[str] = Field(default_factory=list, max_length=MAX_VALUES)
    fresh: list[str] = Field(default_factory=list, max_length=MAX_VALUES)
    clearance: list[str] = Field(default_factory=list, max_length=MAX_VALUES)
    product: list[str] = Field(default_factory=list, max_length=MAX_VALUES)
    closed: bool = Field(False, description="Closed ones too.")
    sort: Sort = Sort.SCORE
    after: str = Field("", max_length=300, description="The place to go on from: `next` of the page before.")
    size: int = Field(50, ge=1, le=200)


@router.get("/jobs", responses=problems())
def list_jobs(request: Request, viewer: Reader, filters: Annotated[JobFilters, Query()]) -> JobList:
    """Lists the jobs that match all words and filters, page by page."""
    wanted = read_filters(request.query_params.multi_items())
    if wanted.problems:
        raise RequestValidationError(
            [{"loc": ("query", name), "msg": text, "type": "value_error"} for name, text in wanted.problems.items()]
        )
    asked = wanted.query(viewer.user_id, datetime.now(UTC))
    query = replace(asked, include_closed=filters.closed, size=filters.size)
    with database_of(request).reading() as session:
        page = find_jobs(session, query, counted=False)
        return job_list(page, read_jobs(session, page.ids))


@router.get("/jobs/{job_id}", responses=problems(404))
def show_job(request: Request, job_id: JobId, viewer: Reader) -> JobFull:
    """Shows one job with its evidence, postings and the caller's status events, newest first."""
    return _job(request, job_id, viewer.user_id)


@router.post("/jobs/{job_id}/status", responses=problems(404))
def set_job_status(request: Request, job_id: JobId, change: StatusChange, viewer: Changer) -> JobFull:
    """Sets what is given of status, note and follow-up date; saying again what already holds changes nothing."""
    note = None if change.note is None else clean_text(change.note)
    follow_up_on = change.follow_up_on if "follow_up_on" in change.model_fields_set else KEEP
    wanted = Change(status=change.status, note=note, follow_up_on=follow_up_on)
    user_id = LOCAL_USER_ID if viewer.user_id is None else viewer.user_id
    change_status(database_of(request), job_id, wanted, user_id=user_id, now=datetime.now(UTC))
    return _job(request, job_id, viewer.user_id)


@router.get("/stats", dependencies=[Depends(reader)], responses=problems())
def stats(request: Request) -> Stats:
    """Counts jobs by status and tier; `sources` says when each last gave a healthy answer."""
    with database_of(request).reading() as session:
        counts = job_stats(session, datetime.now(UTC))
        return Stats(
            by_status=counts.by_status,
            by_tier=counts.by_tier,
            new_this_week=counts.new_this_week,
            samples=counts.samples,
            sources=last_success_by_source(session),
        )


def _job(request: Request, job_id: int, user_id: int | None) -> JobFull:
    with database_of(request).reading() as session:
        detail = get_job(session, job_id, user_id=user_id)
        if detail is None:
            raise NotThere("There is no such job.")
        return job_full(detail, postings_of(session, job_id), fits_of(session, user_id, [job_id]).get(job_id))
