"""The first version of the JSON API. Errors are application/problem+json (RFC 9457)."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request

from iam_job_scout.api.models import JobFull, JobList, Stats, StatusChange, job_full, job_item
from iam_job_scout.db.models import JobStatus
from iam_job_scout.jobs.cursor import Sort
from iam_job_scout.jobs.detail import get_job
from iam_job_scout.jobs.search import JobQuery, find_jobs
from iam_job_scout.jobs.stats import job_stats, last_success_by_source
from iam_job_scout.jobs.tracking import UNTOUCHED, Change, change_status
from iam_job_scout.posting import Mode
from iam_job_scout.web.sanitise import clean_text
from iam_job_scout.web.session import Changer, Reader, database_of, reader

_PROBLEM: dict[str, Any] = {"content": {"application/problem+json": {}}}
_NO_JOB: dict[int | str, dict[str, Any]] = {404: {**_PROBLEM, "description": "No such job"}}

router = APIRouter(
    prefix="/api/v1",
    tags=["jobs"],
    responses={401: {**_PROBLEM, "description": "Sign in first"}, 422: {**_PROBLEM, "description": "Wrong request"}},
)

JobId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Tier = Literal["core", "adjacent"]


@router.get("/jobs")
def list_jobs(
    request: Request,
    viewer: Reader,
    q: Annotated[str, Query(max_length=200)] = "",
    status: JobStatus | None = None,
    tier: Tier | None = None,
    mode: Mode | None = None,
    closed: bool = False,
    sort: Sort = Sort.SCORE,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    size: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JobList:
    """Lists the jobs that match all words and filters; without `status`, all but hidden ones."""
    query = JobQuery(
        user_id=viewer.user_id,
        words=clean_text(q),
        status=status,
        choices={name: (value,) for name, value in (("tier", tier), ("mode", mode)) if value},
        include_closed=closed,
        sort=sort,
        skip=(page - 1) * size,
        size=size,
    )
    with database_of(request).reading() as session:
        found = find_jobs(session, query, counted=False)
        items = [job_item(job, found.tracked.get(job.id, UNTOUCHED)) for job in found.jobs]
        return JobList(items=items, total=found.total, page=page, size=size)


@router.get("/jobs/{job_id}", responses=_NO_JOB)
def show_job(request: Request, job_id: JobId, viewer: Reader) -> JobFull:
    """Shows one job with its evidence, postings and the caller's status events, newest first."""
    return _job(request, job_id, viewer.user_id)


@router.post("/jobs/{job_id}/status", responses=_NO_JOB)
def set_job_status(request: Request, job_id: JobId, change: StatusChange, viewer: Changer) -> JobFull:
    """Sets the status and, where one is given, the note; saying again what already holds changes nothing."""
    note = None if change.note is None else clean_text(change.note)
    wanted = Change(status=change.status, note=note)
    change_status(database_of(request), job_id, wanted, user_id=viewer.user_id or 0, now=datetime.now(UTC))
    return _job(request, job_id, viewer.user_id)


@router.get("/stats", dependencies=[Depends(reader)])
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
            raise HTTPException(404, "There is no such job.")
        return job_full(detail)
