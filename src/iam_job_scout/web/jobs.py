"""The list of jobs."""

from dataclasses import replace
from math import ceil

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from iam_job_scout.jobs.search import JobPage, find_jobs
from iam_job_scout.jobs.stats import job_stats
from iam_job_scout.jobs.tracking import UNTOUCHED
from iam_job_scout.web import filters, views
from iam_job_scout.web.rendering import PageFrame, show, wants_part
from iam_job_scout.web.session import database_of

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
def job_list(request: Request, frame: PageFrame) -> Response:
    """Shows the jobs that match the query string; wrong values are named at their fields (422)."""
    wanted = filters.read_filters(request.query_params)
    with database_of(request).reading() as session:
        stats = job_stats(session, frame.now)
        page, number = _page_within(session, wanted, frame.viewer.user_id)
        rows = [views.job_row(job, frame.now, page.tracked.get(job.id, UNTOUCHED)) for job in page.jobs]
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


def _page_within(session: Session, wanted: filters.Filters, user_id: int | None) -> tuple[JobPage, int]:
    """The page that was asked for, or the last one there is."""
    query = replace(wanted.query(), user_id=user_id)
    page = find_jobs(session, query)
    last = max(1, ceil(page.total / query.size))
    if query.page <= last:
        return page, query.page
    return find_jobs(session, replace(query, page=last)), last
