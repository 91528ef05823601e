"""Who sends a request, and whether they may read or change: dependencies for pages and for the API."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import BackgroundTasks, Depends, Form, HTTPException, Request, Response
from sqlalchemy.exc import OperationalError

from iam_job_scout.accounts.secrets import same_secret
from iam_job_scout.accounts.sessions import ABSOLUTE, SEEN_EVERY, find_session, touch_session
from iam_job_scout.db import Database
from iam_job_scout.db.models import LOCAL_USER_ID
from iam_job_scout.settings import Settings

COOKIE = "scout_session"
CSRF_HEADER = "x-csrf-token"


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """The person behind a request. `csrf` must come back with every change; it is empty where nobody is signed in.

    With SCOUT_AUTH=off everybody is the built-in local person (LOCAL_USER_ID), who is never signed in.
    """

    user_id: int | None = None
    email: str = ""
    csrf: str = ""
    may_read: bool = False
    may_change: bool = False

    @property
    def signed_in(self) -> bool:
        """Whether the request came with a live session."""
        return bool(self.user_id)


class SignInNeeded(Exception):
    """Nobody may read or change this without signing in; pages lead to the sign-in page, the API answers 401."""


class ForeignRequest(HTTPException):
    """A change that was not asked for by a page of ours in this session (403)."""

    def __init__(self, detail: str) -> None:
        super().__init__(403, detail)


def settings_of(request: Request) -> Settings:
    """The settings of the app that serves the request."""
    settings: Settings = request.app.state.settings
    return settings


def database_of(request: Request) -> Database:
    """The database of the app that serves the request."""
    database: Database = request.app.state.database
    return database


def find_viewer(request: Request, background: BackgroundTasks) -> Viewer:
    """Returns the viewer; that the session is in use is noted after the answer has gone out."""
    settings, secret, now = settings_of(request), request.cookies.get(COOKIE, ""), datetime.now(UTC)
    free = settings.auth == "off"
    found = None
    if secret and not free:
        with database_of(request).reading() as session:
            found = find_session(session, secret, now)
    if found is None:
        readable = free or settings.on_loopback or settings.public_read
        viewer = Viewer(user_id=LOCAL_USER_ID if free else None, may_read=readable, may_change=free)
    else:
        viewer = Viewer(user_id=found.user_id, email=found.email, csrf=found.csrf, may_read=True, may_change=True)
        if now - found.seen_at >= SEEN_EVERY:
            background.add_task(_touch, database_of(request), secret, now)
    request.state.viewer = viewer
    return viewer


FoundViewer = Annotated[Viewer, Depends(find_viewer)]


async def reader(viewer: FoundViewer) -> Viewer:
    """Lets through who may read. Raises SignInNeeded."""
    if not viewer.may_read:
        raise SignInNeeded
    return viewer


async def same_origin(request: Request) -> None:
    """Refuses a change that another site's page sends. Raises ForeignRequest.

    Programs send neither header; browsers that know only one of them are still covered.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise ForeignRequest("This came from another site, so nothing was changed.")
        return
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise ForeignRequest("This came from another site, so nothing was changed.")


async def changer(request: Request, viewer: FoundViewer, _: Annotated[None, Depends(same_origin)]) -> Viewer:
    """Lets through an API request that may change things. Raises SignInNeeded, ForeignRequest."""
    return _checked(viewer, request.headers.get(CSRF_HEADER, ""))


async def form_changer(
    request: Request,
    viewer: FoundViewer,
    _: Annotated[None, Depends(same_origin)],
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Viewer:
    """Lets through a form that may change things. Raises SignInNeeded, ForeignRequest."""
    return _checked(viewer, request.headers.get(CSRF_HEADER, csrf))


Reader = Annotated[Viewer, Depends(reader)]
Changer = Annotated[Viewer, Depends(changer)]
FormChanger = Annotated[Viewer, Depends(form_changer)]


def set_cookie(request: Request, response: Response, secret: str) -> None:
    """Gives the browser its session."""
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(ABSOLUTE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        path="/",
    )


def local_path(target: str) -> str:
    """Returns the path where it leads nowhere but to this app, else "/"."""
    local = target.startswith("/") and not target.startswith("//")
    plain = all(character > " " and character not in "\\\x7f" for character in target)
    return target if local and plain and len(target) <= 2_000 else "/"


def _checked(viewer: Viewer, csrf: str) -> Viewer:
    if not viewer.may_change:
        raise SignInNeeded
    if viewer.signed_in and not same_secret(csrf, viewer.csrf):
        raise ForeignRequest("This form is out of date. Go back, reload the page and try again.")
    return viewer


def _touch(database: Database, secret: str, now: datetime) -> None:
    try:
        with database.writing() as session:
            touch_session(session, secret, now)
    except OperationalError:
        # A long write of the scan holds the lock; the next request notes it.
        return
