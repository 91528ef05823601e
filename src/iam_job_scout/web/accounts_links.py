"""Links that work once: making the owner, accepting an invitation, choosing a new password."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from sqlalchemy.orm import Session

from iam_job_scout.accounts.audit import Action, record
from iam_job_scout.accounts.hashing import Hasher, TooBusy
from iam_job_scout.accounts.owner import link_works, make_owner, owner_exists
from iam_job_scout.accounts.passwords import MIN_LENGTH, hash_password, password_problem
from iam_job_scout.accounts.people import email_problem, invited, join, person_of_link, use_password_link
from iam_job_scout.db.models import User
from iam_job_scout.web.accounts_sign_in import BUSY
from iam_job_scout.web.problems import Problem, answer
from iam_job_scout.web.rendering import Frame, show
from iam_job_scout.web.session import FoundViewer, Viewer, client_of, database_of, same_origin
from iam_job_scout.web.signing_in import let_in
from iam_job_scout.web.trail import refuse

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=2_000)]


@dataclass(frozen=True)
class Guest:
    """Whom a link is for; who makes the owner says their e-mail themselves."""

    email: str = ""
    role: str = ""


@dataclass(frozen=True)
class Link:
    """A kind of link: whom it is for, and what using it does. Both give None where it does not work (any more)."""

    find: Callable[[Session, str, datetime], Guest | None]
    use: Callable[[Session, str, str, str, datetime], User | None]
    action: Action


def _find_setup(session: Session, secret: str, now: datetime) -> Guest | None:
    return Guest() if not owner_exists(session) and link_works(session, secret, now) else None


def _use_setup(session: Session, secret: str, email: str, password_hash: str, now: datetime) -> User | None:
    return make_owner(session, secret=secret, email=email, password_hash=password_hash, now=now)


def _find_invitation(session: Session, secret: str, now: datetime) -> Guest | None:
    found = invited(session, secret, now)
    return Guest(*found) if found else None


def _use_invitation(session: Session, secret: str, _: str, password_hash: str, now: datetime) -> User | None:
    return join(session, secret, password_hash=password_hash, now=now)


def _find_password(session: Session, secret: str, now: datetime) -> Guest | None:
    user = person_of_link(session, secret, now)
    return Guest(user.email, user.role) if user else None


def _use_password(session: Session, secret: str, _: str, password_hash: str, now: datetime) -> User | None:
    return use_password_link(session, secret, password_hash=password_hash, now=now)


LINKS = {
    "setup": Link(_find_setup, _use_setup, Action.OWNER_MADE),
    "join": Link(_find_invitation, _use_invitation, Action.INVITATION_USED),
    "password": Link(_find_password, _use_password, Action.PASSWORD_CHANGED),
}


@router.get("/setup")
@router.get("/join")
@router.get("/password")
def link_page(request: Request, viewer: FoundViewer, token: str = "") -> Response:
    """Shows the form that the link leads to, or what to do where it does not work."""
    guest = _find(request, token)
    return _form(request, viewer, token, guest) if guest else _over(request, token)


@router.post("/setup", dependencies=[Depends(same_origin)])
@router.post("/join", dependencies=[Depends(same_origin)])
@router.post("/password", dependencies=[Depends(same_origin)])
async def use_link(request: Request, token: Text = "", email: Text = "", password: Text = "") -> Response:
    """Uses the link up and signs its person in; where something is wrong with what they typed the link is kept."""
    guest = await run_in_threadpool(_find, request, token)
    if guest is None:
        return await run_in_threadpool(_over, request, token)
    email = guest.email or email
    problem = email_problem(email) or password_problem(password, email)
    if problem:
        return _form(request, Viewer(), token, Guest(email, guest.role), problem=problem)
    hasher: Hasher = request.app.state.hasher
    try:
        password_hash = await hasher.run(lambda: hash_password(password))
    except TooBusy:
        return answer(request, Problem(status=503, detail=BUSY, headers={"retry-after": "2"}))
    return await run_in_threadpool(_use, request, token, email, password_hash)


def _find(request: Request, token: str) -> Guest | None:
    with database_of(request).reading() as session:
        return _link(request).find(session, token, datetime.now(UTC))


def _use(request: Request, token: str, email: str, password_hash: str) -> Response:
    link = _link(request)
    with database_of(request).writing() as session:
        user = link.use(session, token, email, password_hash, datetime.now(UTC))
        if user is not None:
            client = client_of(request)
            record(session, link.action, client=client, actor=user.email, actor_id=user.id, detail=user.role)
            session.flush()
            session.expunge(user)
    return let_in(request, user, "link", "/") if user else _over(request, token)


def _link(request: Request) -> Link:
    return LINKS[_kind(request)]


def _kind(request: Request) -> str:
    return request.url.path.rsplit("/", 1)[-1]


def _form(request: Request, viewer: Viewer, token: str, guest: Guest, *, problem: str = "") -> Response:
    provider = request.app.state.provider
    return show(
        request,
        "link.html",
        Frame(viewer=viewer, now=datetime.now(UTC)),
        status_code=422 if problem else 200,
        kind=_kind(request),
        token=token,
        guest=guest,
        problem=problem,
        shortest=MIN_LENGTH,
        provider=provider.name if provider else "",
    )


def _over(request: Request, token: str) -> Response:
    if token:
        refuse(request, "link", detail=f"{_kind(request)} link that does not work")
    with database_of(request).reading() as session:
        owner = owner_exists(session)
    frame = Frame(viewer=Viewer(), now=datetime.now(UTC))
    return show(request, "link_over.html", frame, status_code=410, owner=owner, kind=_kind(request))
