"""The page of a job, and tracking it."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import RedirectResponse, Response

from iam_job_scout.db.models import LOCAL_USER_ID
from iam_job_scout.jobs.detail import JobDetail, get_job
from iam_job_scout.jobs.tracking import change_status
from iam_job_scout.web import views
from iam_job_scout.web.problems import Problem, answer
from iam_job_scout.web.rendering import Frame, PageFrame, show, wants_part
from iam_job_scout.web.session import FormChanger, database_of, local_path
from iam_job_scout.web.tracking_form import TrackingForm, Typed

router = APIRouter(include_in_schema=False, prefix="/job")

#: Ids beyond this do not fit the column of either database.
JobId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.api_route("/{job_id}", methods=["GET", "HEAD"])
def job_page(request: Request, job_id: JobId, frame: PageFrame) -> Response:
    """Shows one job with everything known about it."""
    with database_of(request).reading() as session:
        detail = get_job(session, job_id, user_id=frame.viewer.user_id)
        if detail is None:
            return answer(request, Problem(status=404))
        return _show_job(request, detail, frame)


@router.post("/{job_id}/status")
def set_job_status(
    request: Request, job_id: JobId, viewer: FormChanger, typed: Typed, back: Annotated[str, Form()] = ""
) -> Response:
    """Tracks the job; what the form does not have stays as it is. Leads back, or answers with the row."""
    database, now = database_of(request), datetime.now(UTC)
    frame, problems = Frame(viewer=viewer, now=now), typed.problems()
    with database.reading() as session:
        detail = get_job(session, job_id, user_id=viewer.user_id)
        if detail is None:
            return answer(request, Problem(status=404))
        if problems and (typed.note is None or wants_part(request)):
            return answer(request, Problem(status=422, detail=" ".join(problems.values())))
        if problems:
            return _show_job(request, detail, frame, typed=typed)
    tracked = change_status(database, job_id, typed.change(), user_id=viewer.user_id or LOCAL_USER_ID, now=now)
    if tracked is None:
        return answer(request, Problem(status=404))
    if not wants_part(request):
        return RedirectResponse(local_path(back) if back else f"/job/{job_id}", 303)
    row = views.job_row(detail.job, now, tracked)
    return show(request, "_row.html", frame, row=row, back=local_path(back))


def _show_job(request: Request, detail: JobDetail, frame: Frame, *, typed: TrackingForm | None = None) -> Response:
    problems = typed.problems() if typed else {}
    return show(
        request,
        "job.html",
        frame,
        status_code=422 if problems else 200,
        job=views.job_view(detail, frame.now),
        problems=problems,
        typed=typed,
    )
