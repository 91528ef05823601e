"""Who sends a request, and whether they may read, change or administer: dependencies for pages and for the API."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import BackgroundTasks, Depends, Form, HTTPException, Request, Response
from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool

from iam_job_scout.accounts.audit import Client
from iam_job_scout.accounts.roles import Scope, scopes_of
from iam_job_scout.accounts.secrets import same_secret
from iam_job_scout.accounts.sessions import ABSOLUTE, RECENT, SEEN_EVERY, SignedIn, find_session, touch_session
from iam_job_scout.accounts.tokens import TokenBearer, find_token, touch_token
from iam_job_scout.db import Database
from iam_job_scout.db.models import LOCAL_USER_ID
from iam_job_scout.monitoring.access import is_local
from iam_job_scout.settings import Settings

COOKIE = "scout_session"
CSRF_HEADER = "x-csrf-token"
API = "/api/"
_READ = frozenset({Scope.READ})


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """The person behind a request. `csrf` must come back with every change; it is empty where nobody is signed in.

    With SCOUT_AUTH=off everybody is the built-in local person (LOCAL_USER_ID), who is never signed in.
    `session_hash` and `since` are of the session, `token_id` of the token that the request came with.
    """

    user_id: int | None = None
    email: str = ""
    role: str = ""
    scopes: frozenset[Scope] = frozenset()
    csrf: str = ""
    session_hash: str = ""
    since: datetime | None = None
    token_id: int | None = None

    @property
    def signed_in(self) -> bool:
        """Whether the request came with a live session or token."""
        return bool(self.user_id)

    @property
    def may_read(self) -> bool:
        """Whether jobs and pages are shown to them."""
        return Scope.READ in self.scopes

    @property
    def may_change(self) -> bool:
        """Whether they may track jobs, save searches and start scans."""
        return Scope.WRITE in self.scopes

    @property
    def may_admin(self) -> bool:
        """Whether they may run the installation: people, settings, what others did."""
        return Scope.ADMIN in self.scopes

    @property
    def signed_in_lately(self) -> bool:
        """Whether the person proved who they are a short time ago, as changes of how they sign in ask for."""
        return self.since is not None and datetime.now(UTC) - self.since < RECENT


class SignInNeeded(Exception):
    """Nobody may read or change this without signing in; pages lead to the sign-in page, the API answers 401."""


class SignInAgain(SignInNeeded):
    """The person signed in too long ago for this; they sign in again and come back."""


class NotSaved(SignInNeeded):
    """The session ended while somebody typed; what they typed is shown to them again."""

    def __init__(self, typed: str) -> None:
        super().__init__()
        self.typed = typed


class TokenRefused(Exception):
    """The bearer token of an API request is made up, revoked or expired (401)."""


class Forbidden(HTTPException):
    """Who asks is known and may not do this (403); `scope` is what they lack."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(403, f"Your account may not do this: it needs the right to {_RIGHTS[scope]}.")
        self.scope = scope


class ForeignRequest(HTTPException):
    """A change that was not asked for by a page of ours in this session (403)."""

    def __init__(self, detail: str) -> None:
        super().__init__(403, detail)


_RIGHTS = {Scope.READ: "read", Scope.WRITE: "change things", Scope.ADMIN: "administer"}


def settings_of(request: Request) -> Settings:
    """The settings of the app that serves the request."""
    settings: Settings = request.app.state.settings
    return settings


def database_of(request: Request) -> Database:
    """The database of the app that serves the request."""
    database: Database = request.app.state.database
    return database


def client_of(request: Request) -> Client:
    """From where the request comes, as far as trusted proxies tell."""
    return Client(
        address=request.client.host if request.client else "",
        agent=request.headers.get("user-agent", "")[:300],
        request_id=str(getattr(request.state, "request_id", "")),
    )


def find_viewer(request: Request, background: BackgroundTasks) -> Viewer:
    """Returns the viewer; that the session or token is in use is noted after the answer has gone out.

    Raises TokenRefused for a token that does not work, even where reading is open to everybody.
    """
    settings = settings_of(request)
    token = _bearer_token(request)
    if settings.auth == "off":
        viewer = _local_person(request)
    elif token is not None:
        viewer = _bearer(request, token, background)
    else:
        viewer = _signed_in(request, background) or Viewer(scopes=_READ if _may_all_read(request) else frozenset())
    request.state.viewer = viewer
    return viewer


async def found_viewer(request: Request, background: BackgroundTasks) -> Viewer:
    """The viewer; a thread is asked only where the database must be."""
    named = _bearer_token(request) is not None or bool(read_cookie(request, COOKIE))
    if named and settings_of(request).auth != "off":
        return await run_in_threadpool(find_viewer, request, background)
    return find_viewer(request, background)


FoundViewer = Annotated[Viewer, Depends(found_viewer)]


async def reader(viewer: FoundViewer) -> Viewer:
    """Lets through who may read. Raises SignInNeeded, Forbidden."""
    return _with(viewer, Scope.READ)


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
    if origin is not None and urlsplit(origin).netloc not in _own_hosts(request):
        raise ForeignRequest("This came from another site, so nothing was changed.")


def require(scope: Scope) -> Callable[..., Awaitable[Viewer]]:
    """A dependency for an API route that changes things. Raises SignInNeeded, Forbidden, ForeignRequest."""

    async def changer(request: Request, viewer: FoundViewer, _: Annotated[None, Depends(same_origin)]) -> Viewer:
        return _checked(_with(viewer, scope), request.headers.get(CSRF_HEADER, ""))

    return changer


def require_form(scope: Scope) -> Callable[..., Awaitable[Viewer]]:
    """A dependency for a form that changes things. Raises SignInNeeded, Forbidden, ForeignRequest."""

    async def form_changer(
        request: Request,
        viewer: FoundViewer,
        _: Annotated[None, Depends(same_origin)],
        csrf: Annotated[str, Form(max_length=200)] = "",
    ) -> Viewer:
        return _checked(_with(viewer, scope), request.headers.get(CSRF_HEADER, csrf))

    return form_changer


async def admin_page(viewer: FoundViewer) -> Viewer:
    """Lets through to pages of the installation. Raises SignInNeeded, Forbidden."""
    return _with(viewer, Scope.ADMIN)


async def account_page(viewer: FoundViewer) -> Viewer:
    """Lets through to what is about oneself: any role, but a session. Raises SignInNeeded."""
    if not viewer.session_hash:
        raise SignInNeeded
    return viewer


async def account_form(
    request: Request,
    viewer: Annotated[Viewer, Depends(account_page)],
    _: Annotated[None, Depends(same_origin)],
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Viewer:
    """Lets through a form about oneself. Raises SignInNeeded, ForeignRequest."""
    return _checked(viewer, request.headers.get(CSRF_HEADER, csrf))


async def account_change(viewer: Annotated[Viewer, Depends(account_form)]) -> Viewer:
    """Lets through a change of how one signs in, shortly after one did. Raises SignInAgain too."""
    if not viewer.signed_in_lately:
        raise SignInAgain
    return viewer


Reader = Annotated[Viewer, Depends(reader)]
Changer = Annotated[Viewer, Depends(require(Scope.WRITE))]
FormChanger = Annotated[Viewer, Depends(require_form(Scope.WRITE))]
Admin = Annotated[Viewer, Depends(require(Scope.ADMIN))]
FormAdmin = Annotated[Viewer, Depends(require_form(Scope.ADMIN))]
AdminPage = Annotated[Viewer, Depends(admin_page)]
AccountPage = Annotated[Viewer, Depends(account_page)]
AccountForm = Annotated[Viewer, Depends(account_form)]
AccountChange = Annotated[Viewer, Depends(account_change)]


def cookie_name(request: Request, name: str) -> str:
    """Over https browsers then hold the cookie to this host, to https and to what the server set (RFC 6265bis)."""
    return f"__Host-{name}" if request.url.scheme == "https" else name


def read_cookie(request: Request, name: str) -> str:
    """The value of one of our cookies, or an empty text."""
    return request.cookies.get(cookie_name(request, name), "")


def set_cookie(
    request: Request, response: Response, secret: str, *, name: str = COOKIE, lifetime: timedelta = ABSOLUTE
) -> None:
    """Gives the browser a cookie that no script and no other site gets at."""
    response.set_cookie(
        cookie_name(request, name),
        secret,
        max_age=int(lifetime.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        path="/",
    )


def drop_cookie(request: Request, response: Response, name: str = COOKIE) -> None:
    """Takes a cookie away again."""
    secure = request.url.scheme == "https"
    response.delete_cookie(cookie_name(request, name), path="/", httponly=True, samesite="lax", secure=secure)


def local_path(target: str) -> str:
    """Returns the path where it leads nowhere but to this app, else "/"."""
    local = target.startswith("/") and not target.startswith("//")
    plain = all(character > " " and character not in "\\\x7f" for character in target)
    return target if local and plain and len(target) <= 2_000 else "/"


def _local_person(request: Request) -> Viewer:
    """With SCOUT_AUTH=off: this machine may all; what a proxy on it passes on may nothing."""
    return Viewer(user_id=LOCAL_USER_ID, scopes=frozenset(Scope)) if is_local(request.scope) else Viewer()


def _may_all_read(request: Request) -> bool:
    settings = settings_of(request)
    return settings.public_read or (settings.on_loopback and is_local(request.scope))


def _bearer_token(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if request.url.path.startswith(API) and scheme.lower() == "bearer" else None


def _bearer(request: Request, secret: str, background: BackgroundTasks) -> Viewer:
    now = datetime.now(UTC)
    with database_of(request).reading() as session:
        found = find_token(session, secret, now)
    if found is None:
        raise TokenRefused
    if found.used_at is None or now - found.used_at >= SEEN_EVERY:
        background.add_task(_touch_token, database_of(request), found, client_of(request).address, now)
    return Viewer(
        user_id=found.user_id, email=found.email, role=found.role, scopes=found.scopes, token_id=found.token_id
    )


def _signed_in(request: Request, background: BackgroundTasks) -> Viewer | None:
    secret, now = read_cookie(request, COOKIE), datetime.now(UTC)
    if not secret:
        return None
    with database_of(request).reading() as session:
        found = find_session(session, secret, now)
    if found is None:
        return None
    if now - found.seen_at >= SEEN_EVERY:
        background.add_task(_touch_session, database_of(request), secret, now)
    return _viewer_of(found)


def _viewer_of(found: SignedIn) -> Viewer:
    return Viewer(
        user_id=found.user_id,
        email=found.email,
        role=found.role,
        scopes=scopes_of(found.role),
        csrf=found.csrf,
        session_hash=found.id_hash,
        since=found.created_at,
    )


def _with(viewer: Viewer, scope: Scope) -> Viewer:
    if scope in viewer.scopes:
        return viewer
    raise Forbidden(scope) if viewer.signed_in else SignInNeeded


def _checked(viewer: Viewer, csrf: str) -> Viewer:
    if viewer.session_hash and not same_secret(csrf, viewer.csrf):
        raise ForeignRequest("This form is out of date. Go back, reload the page and try again.")
    return viewer


def _own_hosts(request: Request) -> set[str]:
    """Where our own pages are: the host that was asked, and the public one where a proxy asks by another name."""
    return {request.headers.get("host", ""), urlsplit(settings_of(request).public_url).netloc} - {""}


def _touch_session(database: Database, secret: str, now: datetime) -> None:
    try:
        with database.writing() as session:
            touch_session(session, secret, now)
    except OperationalError:
        # A long write of the scan holds the lock; the next request notes it.
        return


def _touch_token(database: Database, bearer: TokenBearer, address: str, now: datetime) -> None:
    try:
        with database.writing() as session:
            touch_token(session, bearer.token_id, address=address, now=now)
    except OperationalError:
        return
