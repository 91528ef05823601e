"""Setting up the owner through the one-time link, signing in and out."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from iam_job_scout.accounts.owner import check_sign_in, link_works, make_owner, owner_exists, problem_with
from iam_job_scout.accounts.passwords import MIN_LENGTH
from iam_job_scout.accounts.sessions import end_session, remove_ended_sessions, start_session
from iam_job_scout.db.models import User
from iam_job_scout.web.problems import Problem, answer
from iam_job_scout.web.rendering import Frame, show
from iam_job_scout.web.session import (
    COOKIE,
    FormChanger,
    FoundViewer,
    database_of,
    local_path,
    same_origin,
    set_cookie,
)
from iam_job_scout.web.throttle import SignInThrottle

router = APIRouter(include_in_schema=False)

#: How long an attempt waits for a free password check, in seconds.
_CHECK_WAIT = 5.0

Text = Annotated[str, Form(max_length=2_000)]


@router.get("/setup")
def setup_page(request: Request, viewer: FoundViewer, token: str = "") -> Response:
    """Shows the form that makes the owner, or how to get a new link."""
    now = datetime.now(UTC)
    frame = Frame(viewer=viewer, now=now)
    with database_of(request).reading() as session:
        works, owner = link_works(session, token, now), owner_exists(session)
    if owner or not works:
        return show(request, "setup_over.html", frame, status_code=410, owner=owner)
    return _setup_form(request, frame, token=token)


@router.post("/setup", dependencies=[Depends(same_origin)])
def set_up(request: Request, viewer: FoundViewer, token: Text = "", email: Text = "", password: Text = "") -> Response:
    """Makes the owner and signs them in; the link is used up."""
    now = datetime.now(UTC)
    frame = Frame(viewer=viewer, now=now)
    problem = problem_with(email, password)
    if problem:
        return _setup_form(request, frame, token=token, email=email, problem=problem)
    with database_of(request).writing() as session:
        owner = make_owner(session, secret=token, email=email, password=password, now=now)
        secret = start_session(session, owner, now) if owner else ""
        exists = owner_exists(session)
    if not secret:
        return show(request, "setup_over.html", frame, status_code=410, owner=exists)
    return _signed_in(request, secret, "/")


@router.get("/sign-in")
def sign_in_page(request: Request, viewer: FoundViewer, next: str = "/") -> Response:
    """Shows the sign-in form; who is signed in already goes on."""
    if viewer.may_change:
        return RedirectResponse(local_path(next), 303)
    return _sign_in_form(request, viewer, target=local_path(next))


@router.post("/sign-in", dependencies=[Depends(same_origin)])
def sign_in(request: Request, viewer: FoundViewer, email: Text = "", password: Text = "", next: Text = "/") -> Response:
    """Checks e-mail and password and starts a new session; the one the browser had ends."""
    throttle: SignInThrottle = request.app.state.sign_in_throttle
    address = request.client.host if request.client else ""
    target = local_path(next)
    seconds = throttle.wait(email, address)
    if seconds:
        return _too_many(request, viewer, email=email, target=target, seconds=seconds)
    if not throttle.checks.acquire(timeout=_CHECK_WAIT):
        return answer(request, Problem(status=503, detail="Too many people sign in right now. Try again in a moment."))
    try:
        secret = _start(request, email, password)
    finally:
        throttle.checks.release()
    if not secret:
        return _sign_in_form(request, viewer, target=target, email=email, problem="E-mail or password is wrong.")
    throttle.forgive(email, address)
    return _signed_in(request, secret, target)


@router.post("/sign-out")
def sign_out(request: Request, _: FormChanger) -> Response:
    """Ends the session on the server and in the browser."""
    with database_of(request).writing() as session:
        end_session(session, request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/", 303, {"clear-site-data": '"cache"'})
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    return response


def _start(request: Request, email: str, password: str) -> str:
    """The secret of a new session, or an empty text where the password is wrong."""
    now = datetime.now(UTC)
    # Checked on a reading session: the hash takes long, and the write lock must not wait for it.
    with database_of(request).reading() as session:
        user = check_sign_in(session, email, password)
    if user is None:
        return ""
    with database_of(request).writing() as session:
        return _replace_session(session, user, request.cookies.get(COOKIE, ""), now)


def _replace_session(session: Session, user: User, old_secret: str, now: datetime) -> str:
    end_session(session, old_secret)
    remove_ended_sessions(session, now)
    return start_session(session, user, now)


def _signed_in(request: Request, secret: str, target: str) -> Response:
    response = RedirectResponse(target, 303)
    set_cookie(request, response, secret)
    return response


def _setup_form(request: Request, frame: Frame, *, token: str, email: str = "", problem: str = "") -> Response:
    return show(
        request,
        "setup.html",
        frame,
        status_code=422 if problem else 200,
        token=token,
        email=email,
        problem=problem,
        shortest=MIN_LENGTH,
    )


def _sign_in_form(
    request: Request, viewer: FoundViewer, *, target: str, email: str = "", problem: str = "", status_code: int = 200
) -> Response:
    with database_of(request).reading() as session:
        owner = owner_exists(session)
    return show(
        request,
        "sign_in.html",
        Frame(viewer=viewer, now=datetime.now(UTC)),
        status_code=status_code if status_code != 200 or not problem else 422,
        target=target,
        email=email,
        problem=problem,
        owner=owner,
    )


def _too_many(request: Request, viewer: FoundViewer, *, email: str, target: str, seconds: int) -> Response:
    wait = f"{seconds} seconds" if seconds < 90 else f"{round(seconds / 60)} minutes"
    problem = f"Too many tries. Wait {wait} and try again."
    response = _sign_in_form(request, viewer, target=target, email=email, problem=problem, status_code=429)
    response.headers["retry-after"] = str(seconds)
    return response
