"""The page of a job: reading it, tracking it, and saying which postings are the same job."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.background import BackgroundTask

from iam_job_scout.db.models import LOCAL_USER_ID
from iam_job_scout.errors import ScoutError
from iam_job_scout.jobs.detail import JobDetail, get_job
from iam_job_scout.jobs.fits import fill_fits
from iam_job_scout.jobs.tracking import change_status
from iam_job_scout.scan.verdicts import current_job, mark_different, mark_same, withdraw
from iam_job_scout.web.job_view import job_view
from iam_job_scout.web.jobs import show_acted
from iam_job_scout.web.problems import Problem, answer
from iam_job_scout.web.rendering import Frame, PageFrame, show, wants_part
from iam_job_scout.web.session import FormChanger, FoundViewer, NotSaved, Viewer, database_of, local_path
from iam_job_scout.web.tracking_form import TrackingForm, Typed, stamp

router = APIRouter(include_in_schema=False, prefix="/job")

#: Ids beyond this do not fit the column of either database.
MAX_ID = 2**31 - 1
JobId = Annotated[int, Path(ge=1, le=MAX_ID)]
PostingId = Annotated[int, Field(ge=1, le=MAX_ID)]
#: Postings that one form may name; a job with more of them was never seen.
MAX_OTHERS = 2_000
#: A job as people name it: its number, or the address of its page.
_NAMED = re.compile(r"(?:\S*/job/)?([1-9]\d{0,9})(?:[?#]\S*)?", re.ASCII)


@router.api_route("/{job_id}", methods=["GET", "HEAD"])
def job_page(request: Request, job_id: JobId, frame: PageFrame, saved: str = "") -> Response:
    """Shows one job with everything known about it; the number of a merged one leads to the job it is part of."""
    with database_of(request).reading() as session:
        detail = get_job(session, job_id, user_id=frame.viewer.user_id)
        if detail is not None:
            return _show_job(request, session, detail, frame, saved=saved == "1")
        heir = current_job(session, job_id)
    if heir is None:
        return answer(request, Problem(status=404))
    # Not for good: the merge may be taken back.
    return RedirectResponse(f"/job/{heir}", 307, {"cache-control": "no-store"})


def keep_in_sight(viewer: FoundViewer, typed: Typed) -> None:
    """Raises NotSaved where a note comes from somebody whose session has ended."""
    if typed.note and viewer.user_id is None:
        raise NotSaved(typed.note)


@router.post("/{job_id}/status", dependencies=[Depends(keep_in_sight)])
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
        if problems or typed.is_overtaken_by(detail.tracked):
            return _show_job(request, session, detail, frame, typed=typed)
    tracked = change_status(database, job_id, typed.change(), user_id=viewer.user_id or LOCAL_USER_ID, now=now)
    if tracked is None:
        return answer(request, Problem(status=404))
    if not wants_part(request):
        place = f"{local_path(back.partition('#')[0])}#job-{job_id}" if back else f"/job/{job_id}?saved=1"
        return RedirectResponse(place, 303)
    with database.reading() as session:
        return show_acted(request, session, frame, job=detail.job, tracked=tracked, back=back)


@router.post("/{job_id}/same")
def say_same(request: Request, job_id: JobId, viewer: FormChanger, other: Annotated[str, Form()] = "") -> Response:
    """Merges the job with another one, named by its number or its address, for ever."""
    named = _NAMED.fullmatch(other.strip()[:500])
    number = int(named.group(1)) if named else 0
    if not 1 <= number <= MAX_ID or number == job_id:
        return _say_again(request, job_id, viewer, other, "Enter the number or the address of another job.")

    def merge(session: Session, now: datetime) -> int:
        target = number if get_job(session, number, user_id=None) else current_job(session, number)
        if target is None:
            raise ScoutError(f"There is no job {number}.")
        return mark_same(session, user_id=viewer.user_id, job=job_id, other=target, now=now)

    return _decide(request, job_id, viewer, merge, other=other)


@router.post("/{job_id}/different")
def say_different(
    request: Request, job_id: JobId, viewer: FormChanger, posting: Annotated[int, Form(ge=1, le=MAX_ID)]
) -> Response:
    """Takes a posting out of the job for ever; it becomes a job of its own."""

    def split(session: Session, now: datetime) -> int:
        mark_different(session, user_id=viewer.user_id, job=job_id, posting=posting, now=now)
        return job_id if get_job(session, job_id, user_id=None) else current_job(session, job_id) or job_id

    return _decide(request, job_id, viewer, split)


@router.post("/{job_id}/unsay")
def unsay(
    request: Request,
    job_id: JobId,
    viewer: FormChanger,
    one: Annotated[int, Form(ge=1, le=MAX_ID)],
    other: Annotated[list[PostingId], Form(min_length=1, max_length=MAX_OTHERS)],
) -> Response:
    """Takes back what was said of a posting and others."""

    def take_back(session: Session, now: datetime) -> int:
        withdraw(session, one_id=one, other_ids=other, now=now)
        return job_id if get_job(session, job_id, user_id=None) else current_job(session, job_id) or job_id

    return _decide(request, job_id, viewer, take_back)


def _decide(
    request: Request, job_id: int, viewer: Viewer, decide: Callable[[Session, datetime], int], *, other: str = ""
) -> Response:
    """Carries out what a person said of postings and leads to the job that came of it."""
    try:
        with database_of(request).writing() as session:
            if get_job(session, job_id, user_id=None) is None:
                return answer(request, Problem(status=404))
            heir = decide(session, datetime.now(UTC))
    except ScoutError as error:
        text = str(error)
        return _say_again(request, job_id, viewer, other, f"{text[:1].upper()}{text[1:].rstrip('.')}.")
    # What the change left without a score for people with a profile.
    scores = BackgroundTask(fill_fits, database_of(request))
    return RedirectResponse(f"/job/{heir}#sources", 303, background=scores)


def _say_again(request: Request, job_id: int, viewer: Viewer, other: str, problem: str) -> Response:
    frame = Frame(viewer=viewer, now=datetime.now(UTC))
    with database_of(request).reading() as session:
        detail = get_job(session, job_id, user_id=viewer.user_id)
        if detail is None:
            return answer(request, Problem(status=404))
        return _show_job(request, session, detail, frame, other=other, other_problem=problem)


def _show_job(
    request: Request,
    session: Session,
    detail: JobDetail,
    frame: Frame,
    *,
    typed: TrackingForm | None = None,
    saved: bool = False,
    other: str = "",
    other_problem: str = "",
) -> Response:
    problems = typed.problems() if typed else {}
    overtaken = typed is not None and not problems and typed.is_overtaken_by(detail.tracked)
    return show(
        request,
        "job.html",
        frame,
        status_code=422 if problems or other_problem else 409 if overtaken else 200,
        job=job_view(session, detail, frame.now, frame.viewer.user_id),
        as_of=stamp(detail.tracked),
        problems=problems,
        typed=typed,
        overtaken=overtaken,
        saved=saved,
        other=other,
        other_problem=other_problem,
    )
