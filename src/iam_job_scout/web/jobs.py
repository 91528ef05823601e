"""The list of jobs, the page of a job, and setting its status."""

from dataclasses import replace
from datetime import UTC, datetime
from math import ceil
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from iam_job_scout.db.models import JobStatus
from iam_job_scout.jobs.search import JobDetail, JobPage, find_jobs, get_job
from iam_job_scout.jobs.stats import job_stats
from iam_job_scout.jobs.tracking import MAX_NOTE
from iam_job_scout.web import filters, views
from iam_job_scout.web.problems import Problem, answer
from iam_job_scout.web.rendering import Frame, PageFrame, show, wants_part
from iam_job_scout.web.sanitise import clean_text
from iam_job_scout.web.session import FormChanger, database_of, local_path
from iam_job_scout.web.status import change_status

router = APIRouter(include_in_schema=False)

#: Ids beyond this do not fit the column of either database.
JobId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.api_route("/", methods=["GET", "HEAD"])
def job_list(request: Request, frame: PageFrame) -> Response:
    """Shows the jobs that match the query string; wrong values are named at their fields (422)."""
    wanted = filters.read_filters(request.query_params)
    with database_of(request).reading() as session:
        stats = job_stats(session, frame.now)
        page, number = _page_within(session, wanted)
        rows = [views.job_row(job, frame.now) for job in page.jobs]
    response = show(
        request,
        "jobs.html",
        frame,
        status_code=422 if wanted.problems else 200,
        filters=wanted,
        choices=filters,
        rows=rows,
        total=page.total,
        number=number,
        pages=max(1, ceil(page.total / filters.PAGE_SIZE)),
        stats=stats,
        any_jobs=any(stats.by_status.values()),
    )
    if wants_part(request):
        # The address bar would otherwise show a parameter for each filter that is off.
        response.headers["hx-push-url"] = wanted.address(page=number)
    return response


@router.api_route("/job/{job_id}", methods=["GET", "HEAD"])
def job_page(request: Request, job_id: JobId, frame: PageFrame) -> Response:
    """Shows one job with everything known about it."""
    with database_of(request).reading() as session:
        detail = get_job(session, job_id)
        if detail is None:
            return answer(request, Problem(status=404))
        return _show_job(request, detail, frame)


@router.post("/job/{job_id}/status")
def set_job_status(
    request: Request,
    job_id: JobId,
    viewer: FormChanger,
    status: Annotated[str, Form(max_length=20)] = "",
    note: Annotated[str | None, Form()] = None,
    back: Annotated[str, Form()] = "",
) -> Response:
    """Sets the status; without a note in the form the job keeps the one it has. Leads back, or answers with the row."""
    database, now = database_of(request), datetime.now(UTC)
    frame = Frame(viewer=viewer, now=now)
    text = None if note is None else clean_text(note)
    problem = _wrong(status, text)
    with database.reading() as session:
        detail = get_job(session, job_id)
        if detail is None:
            return answer(request, Problem(status=404))
        if problem and (note is None or wants_part(request)):
            return answer(request, Problem(status=422, detail=problem))
        if problem:
            return _show_job(request, detail, frame, problem=problem, typed=text)
    change_status(database, job_id, status=JobStatus(status), note=text, user_id=viewer.user_id, now=now)
    if not wants_part(request):
        return RedirectResponse(local_path(back) if back else f"/job/{job_id}", 303)
    with database.reading() as session:
        detail = get_job(session, job_id)
        row = views.job_row(detail.job, now) if detail else None
    return show(request, "_row.html", frame, row=row, back=local_path(back))


def _show_job(
    request: Request, detail: JobDetail, frame: Frame, *, problem: str = "", typed: str | None = None
) -> Response:
    return show(
        request,
        "job.html",
        frame,
        status_code=422 if problem else 200,
        job=views.job_view(detail, frame.now),
        problem=problem,
        typed=typed,
        max_note=MAX_NOTE,
    )


def _page_within(session: Session, wanted: filters.Filters) -> tuple[JobPage, int]:
    """The page that was asked for, or the last one there is."""
    query = wanted.query()
    page = find_jobs(session, query)
    last = max(1, ceil(page.total / query.size))
    if query.page <= last:
        return page, query.page
    return find_jobs(session, replace(query, page=last)), last


def _wrong(status: str, note: str | None) -> str:
    if status not in {known.value for known in JobStatus}:
        return "Choose a status."
    if note is not None and len(note) > MAX_NOTE:
        return f"A note has at most {MAX_NOTE:,} characters; this one has {len(note):,}."
    return ""
