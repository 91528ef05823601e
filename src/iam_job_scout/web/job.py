"""The page of a job, and tracking it."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import RedirectResponse, Response

from iam_job_scout.db.models import JobStatus
from iam_job_scout.jobs.detail import JobDetail, get_job
from iam_job_scout.jobs.tracking import KEEP, MAX_NOTE, Change, Keep, change_status
from iam_job_scout.web import views
from iam_job_scout.web.problems import Problem, answer
from iam_job_scout.web.rendering import Frame, PageFrame, show, wants_part
from iam_job_scout.web.sanitise import clean_text
from iam_job_scout.web.session import FormChanger, database_of, local_path

router = APIRouter(include_in_schema=False, prefix="/job")

#: Ids beyond this do not fit the column of either database.
JobId = Annotated[int, Path(ge=1, le=2**31 - 1)]
NOTHING: Mapping[str, str | None] = MappingProxyType({})


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
    request: Request,
    job_id: JobId,
    viewer: FormChanger,
    status: Annotated[str, Form(max_length=20)] = "",
    note: Annotated[str | None, Form()] = None,
    follow_up: Annotated[str | None, Form(max_length=40)] = None,
    back: Annotated[str, Form()] = "",
) -> Response:
    """Tracks the job; what the form does not have stays as it is. Leads back, or answers with the row."""
    database, now = database_of(request), datetime.now(UTC)
    frame = Frame(viewer=viewer, now=now)
    typed = {"note": None if note is None else clean_text(note), "follow_up": follow_up}
    problems = _wrong(status, typed["note"], follow_up)
    with database.reading() as session:
        detail = get_job(session, job_id, user_id=viewer.user_id)
        if detail is None:
            return answer(request, Problem(status=404))
        if problems and (note is None or wants_part(request)):
            return answer(request, Problem(status=422, detail=" ".join(problems.values())))
        if problems:
            return _show_job(request, detail, frame, problems=problems, typed=typed)
    change = Change(status=JobStatus(status), note=typed["note"], follow_up_on=_day(follow_up))
    tracked = change_status(database, job_id, change, user_id=viewer.user_id or 0, now=now)
    if tracked is None:
        return answer(request, Problem(status=404))
    if not wants_part(request):
        return RedirectResponse(local_path(back) if back else f"/job/{job_id}", 303)
    row = views.job_row(detail.job, now, tracked)
    return show(request, "_row.html", frame, row=row, back=local_path(back))


def _show_job(
    request: Request,
    detail: JobDetail,
    frame: Frame,
    *,
    problems: Mapping[str, str | None] = NOTHING,
    typed: Mapping[str, str | None] = NOTHING,
) -> Response:
    return show(
        request,
        "job.html",
        frame,
        status_code=422 if problems else 200,
        job=views.job_view(detail, frame.now),
        problems=problems,
        typed=typed,
    )


def _wrong(status: str, note: str | None, follow_up: str | None) -> dict[str, str]:
    """What is wrong, by field."""
    problems = {}
    if status not in {known.value for known in JobStatus}:
        problems["status"] = "Choose a status."
    if note is not None and len(note) > MAX_NOTE:
        problems["note"] = f"A note has at most {MAX_NOTE:,} characters; this one has {len(note):,}."
    if follow_up and _day(follow_up) is None:
        problems["follow_up"] = "Enter a date such as 2027-01-31, or leave it empty."
    return problems


def _day(text: str | None) -> date | Keep | None:
    """The date that was typed; None where it is none, or empty, and KEEP where the form has no such field."""
    if text is None:
        return KEEP
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
