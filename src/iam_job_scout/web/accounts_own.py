"""One's own account: the ways to sign in, the sessions, the tokens."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from iam_job_scout.accounts.audit import Action
from iam_job_scout.accounts.hashing import Hasher, Rank, TooBusy
from iam_job_scout.accounts.passkeys import list_passkeys
from iam_job_scout.accounts.passwords import MIN_LENGTH, hash_password, password_problem
from iam_job_scout.accounts.roles import SCOPES, Role
from iam_job_scout.accounts.sessions import end_session_of, end_sessions, list_sessions
from iam_job_scout.accounts.tokens import TOKEN_DAYS, list_tokens
from iam_job_scout.accounts.ways import ways_of
from iam_job_scout.db.models import User
from iam_job_scout.errors import AccountError
from iam_job_scout.web import formats
from iam_job_scout.web.accounts_sign_in import BUSY, check_password
from iam_job_scout.web.agents import agent_words
from iam_job_scout.web.problems import Problem, answer
from iam_job_scout.web.rendering import Frame, show
from iam_job_scout.web.session import AccountChange, AccountForm, AccountPage, Viewer, client_of, database_of
from iam_job_scout.web.signing_in import let_in
from iam_job_scout.web.throttle import SignInThrottle
from iam_job_scout.web.trail import note

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=2_000)]
SessionId = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


@router.get("/account")
def account(request: Request, viewer: AccountPage) -> Response:
    """Shows how one signs in, where one is signed in, and one's tokens."""
    return account_shown(request, viewer)


@router.post("/account/password")
async def change_password(request: Request, viewer: AccountChange, current: Text = "", password: Text = "") -> Response:
    """Sets a new password, ends all other sessions and renews this one."""
    problem = password_problem(password, viewer.email)
    if problem:
        return await run_in_threadpool(account_shown, request, viewer, problem=problem)
    throttle: SignInThrottle = request.app.state.sign_in_throttle
    place = f"session {viewer.session_hash}"
    attempt = throttle.attempt(viewer.email, client_of(request).address, device=place)
    if attempt.seconds:
        return answer(request, Problem(status=429, headers={"retry-after": str(attempt.seconds)}))
    try:
        hasher: Hasher = request.app.state.hasher
        user = await hasher.run(lambda: _may_set(request, viewer, current), rank=Rank.KNOWN)
        if user is None:
            return await run_in_threadpool(account_shown, request, viewer, problem="The current password is wrong.")
        password_hash = await hasher.run(lambda: hash_password(password), rank=Rank.KNOWN)
    except TooBusy:
        return answer(request, Problem(status=503, detail=BUSY, headers={"retry-after": "2"}))
    throttle.forgive(viewer.email, client_of(request).address, device=place)
    return await run_in_threadpool(_set_password, request, viewer, password_hash)


@router.post("/account/sessions/{session_id}/end")
def end_one(request: Request, session_id: SessionId, viewer: AccountForm) -> Response:
    """Ends one of one's own sessions."""
    with database_of(request).writing() as session:
        if not end_session_of(session, viewer.user_id or 0, session_id):
            raise AccountError("There is no such session (any more).")
        note(session, request, viewer, Action.SESSION_END, target=session_id[:8])
    return RedirectResponse("/account#sessions", 303)


@router.post("/account/sessions/end-others")
def end_others(request: Request, viewer: AccountForm) -> Response:
    """Ends all of one's own sessions but this one."""
    with database_of(request).writing() as session:
        ended = end_sessions(session, viewer.user_id or 0, but=viewer.session_hash)
        note(session, request, viewer, Action.SESSION_END, target=f"{ended} others")
    return RedirectResponse("/account#sessions", 303)


def account_shown(request: Request, viewer: Viewer, *, problem: str = "", new_token: str = "") -> Response:
    """The page; a token that was just made is shown on it once."""
    now, user_id = datetime.now(UTC), viewer.user_id or 0
    provider = request.app.state.provider
    with database_of(request).reading() as session:
        return show(
            request,
            "account.html",
            Frame(viewer=viewer, now=now),
            status_code=422 if problem else 200,
            problem=problem,
            new_token=new_token,
            ways=ways_of(session, user_id),
            passkeys=list_passkeys(session, user_id),
            sessions=list_sessions(session, user_id, now),
            tokens=list_tokens(session, user_id),
            scopes=sorted(SCOPES[Role(viewer.role)]),
            token_days=TOKEN_DAYS,
            shortest=MIN_LENGTH,
            provider=provider.name if provider else "",
            agent_words=agent_words,
            ago=lambda moment: formats.ago(moment, now),
            now=now,
        )


def _may_set(request: Request, viewer: Viewer, current: str) -> User | None:
    """The account, where it has no password yet or the current one is right."""
    database = database_of(request)
    with database.reading() as session:
        user = session.get_one(User, viewer.user_id)
        if not user.password_hash.startswith("$"):
            return user
    return check_password(database, viewer.email, current)


def _set_password(request: Request, viewer: Viewer, password_hash: str) -> Response:
    with database_of(request).writing() as session:
        user = session.get_one(User, viewer.user_id)
        user.password_hash = password_hash
        end_sessions(session, user.id)
        note(session, request, viewer, Action.PASSWORD_CHANGED)
        session.flush()
        session.expunge(user)
    return let_in(request, user, "password", "/account#password")
