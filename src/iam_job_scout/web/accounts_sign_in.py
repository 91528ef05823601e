"""Signing in with a password, and signing out."""

import math
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select

from iam_job_scout.accounts.audit import Action, Result, record
from iam_job_scout.accounts.devices import known_device
from iam_job_scout.accounts.hashing import Hasher, TooBusy
from iam_job_scout.accounts.owner import owner_exists
from iam_job_scout.accounts.passwords import hash_password, needs_rehash, password_matches
from iam_job_scout.accounts.secrets import new_secret
from iam_job_scout.accounts.sessions import end_session
from iam_job_scout.db import Database
from iam_job_scout.db.models import User
from iam_job_scout.monitoring import record_sign_in
from iam_job_scout.web.problems import Problem, answer
from iam_job_scout.web.rendering import Frame, show
from iam_job_scout.web.session import (
    COOKIE,
    AccountForm,
    FoundViewer,
    Viewer,
    client_of,
    database_of,
    drop_cookie,
    local_path,
    read_cookie,
    same_origin,
    settings_of,
)
from iam_job_scout.web.signing_in import DEVICE, device_key_of, let_in
from iam_job_scout.web.throttle import Pace, SignInThrottle
from iam_job_scout.web.trail import Recorder

router = APIRouter(include_in_schema=False)

BUSY = "Too many people sign in right now. Try again in a moment."
#: A hash that no password has; made with the first attempt at an e-mail without account.
_nobodys: list[str] = []


@router.get("/sign-in")
def sign_in_page(request: Request, viewer: FoundViewer, next: str = "/", again: bool = False) -> Response:
    """Shows the ways to sign in; who is signed in already goes on, unless they are asked to prove it again."""
    if settings_of(request).auth == "off":
        return answer(request, Problem(status=404, detail="Sign-in is switched off here (SCOUT_AUTH=off)."))
    if viewer.signed_in and not again:
        return RedirectResponse(local_path(next), 303)
    ended = bool(read_cookie(request, COOKIE)) and not viewer.signed_in
    with database_of(request).reading() as session:
        owner = owner_exists(session)
    return sign_in_form(
        request,
        viewer,
        target=local_path(next),
        email=viewer.email,
        hint=_AGAIN if viewer.signed_in else _ENDED if ended else "",
        owner=owner,
    )


_AGAIN = "Confirm that it is you: this changes how you sign in or what others may do."
_ENDED = "Your session has ended. Sign in again."


async def sign_in(request: Request) -> Response:
    """Checks e-mail and password and starts a new session; the one the browser had ends.

    A plain endpoint, and the first of the app's routes: what a flood of attempts costs is what each refusal costs.
    """
    await same_origin(request)
    async with request.form(max_files=0, max_fields=10) as form:
        email, password, target = (_text(form.get(name)) for name in ("email", "password", "next"))
    throttle: SignInThrottle = request.app.state.sign_in_throttle
    hasher: Hasher = request.app.state.hasher
    target, address = local_path(target), client_of(request).address
    device = known_device(await device_key_of(request), read_cookie(request, DEVICE), email)
    attempt = throttle.attempt(email, address, device=device)
    if attempt.seconds:
        await _note(request, email, "slowed")
        return await _turned_away(
            request, 429, f"Too many tries. Wait {_wait(attempt.seconds)} and try again.", attempt.seconds
        )
    try:
        user = await hasher.run(lambda: check_password(database_of(request), email, password), rank=attempt.rank)
    except TooBusy:
        record_sign_in("password", "busy")
        return await _turned_away(request, 503, BUSY, 2)
    if user is None:
        await _note(request, email, "refused")
        return sign_in_form(request, Viewer(), target=target, email=email, problem="E-mail or password is wrong.")
    throttle.forgive(email, address, device=device)
    return await run_in_threadpool(let_in, request, user, "password", target)


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= 2_000 else ""


@router.post("/sign-out")
def sign_out(request: Request, viewer: AccountForm) -> Response:
    """Ends the session on the server and in the browser."""
    with database_of(request).writing() as session:
        end_session(session, read_cookie(request, COOKIE))
        record(session, Action.SIGN_OUT, client=client_of(request), actor=viewer.email, actor_id=viewer.user_id)
    response = RedirectResponse("/", 303, {"clear-site-data": '"cache", "storage"'})
    drop_cookie(request, response)
    return response


def check_password(database: Database, email: str, password: str) -> User | None:
    """The account whose e-mail and password these are, or None; takes as long where there is no such account."""
    with database.reading() as session:
        user = session.scalar(select(User).where(User.email == email.strip().lower()))
    stored = user.password_hash if user is not None and user.password_hash.startswith("$") else _nobodys_hash()
    if not password_matches(stored, password) or user is None or stored != user.password_hash:
        return None
    if needs_rehash(stored):
        _store_hash(database, user.id, hash_password(password))
    return user


def sign_in_form(
    request: Request,
    viewer: Viewer,
    *,
    target: str,
    email: str = "",
    problem: str = "",
    hint: str = "",
    owner: bool = True,
    status_code: int = 422,
) -> Response:
    """The page with all ways to sign in; with a problem it answers with that status."""
    provider = request.app.state.provider
    return show(
        request,
        "sign_in.html",
        Frame(viewer=viewer, now=datetime.now(UTC)),
        status_code=status_code if problem else 200,
        target=target,
        email=email,
        problem=problem,
        hint=hint,
        owner=owner,
        provider=provider.name if provider else "",
    )


async def _note(request: Request, email: str, result: str) -> None:
    """Counts an attempt that failed and writes it down; a flood of one kind from one place is summed up."""
    record_sign_in("password", result)
    recorder: Recorder = request.app.state.refusals
    client = client_of(request)
    if recorder.takes(f"sign-in {result} {email.strip().lower()[:320]}", client.address):
        await run_in_threadpool(_write, request, email, result)


def _write(request: Request, email: str, result: str) -> None:
    detail = "wrong e-mail or password" if result == "refused" else "too many tries; further ones are only counted"
    with database_of(request).writing() as session:
        record(
            session,
            Action.SIGN_IN,
            client=client_of(request),
            target=email,
            detail=f"password: {detail}",
            result=Result.REFUSED,
        )


def _store_hash(database: Database, user_id: int, password_hash: str) -> None:
    with database.writing() as session:
        session.get_one(User, user_id).password_hash = password_hash


def _nobodys_hash() -> str:
    if not _nobodys:
        _nobodys.append(hash_password(new_secret()))
    return _nobodys[0]


async def _turned_away(request: Request, status_code: int, problem: str, seconds: int) -> Response:
    """The page with the problem, drawn once for all: it knows nothing of who asks. A flood of them waits."""
    pace: Pace = request.app.state.refusal_pace
    await pace.turn()
    pages: dict[str, Response] = request.app.state.refused_pages
    if problem not in pages:
        pages[problem] = sign_in_form(request, Viewer(), target="/", problem=problem, status_code=status_code)
    return Response(pages[problem].body, status_code, {**_REFUSAL, "retry-after": str(seconds)})


_REFUSAL = {"content-type": "text/html; charset=utf-8", "cache-control": "no-store"}


def _wait(seconds: int) -> str:
    return f"{math.ceil(seconds / 10) * 10} seconds" if seconds < 90 else f"{round(seconds / 60)} minutes"
