"""Signing in through the OpenID Connect provider, and tying an identity there to one's account."""

from collections.abc import Mapping
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import HTTPException
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from iam_job_scout.accounts.admission import Admission, Rules, admit, connect
from iam_job_scout.accounts.audit import Action, record
from iam_job_scout.accounts.once import LIFETIMES, Purpose, claim, issue
from iam_job_scout.accounts.provider import Profile, Provider
from iam_job_scout.accounts.ways import keep_a_way
from iam_job_scout.db.models import Identity, User
from iam_job_scout.errors import ProviderError
from iam_job_scout.monitoring import record_sign_in
from iam_job_scout.web.accounts_sign_in import sign_in_form
from iam_job_scout.web.problems import Problem, answer
from iam_job_scout.web.rendering import Frame, show
from iam_job_scout.web.session import (
    AccountChange,
    Viewer,
    client_of,
    database_of,
    drop_cookie,
    local_path,
    read_cookie,
    set_cookie,
    settings_of,
)
from iam_job_scout.web.signing_in import let_in
from iam_job_scout.web.throttle import Throttle, network_of
from iam_job_scout.web.trail import note, refuse

router = APIRouter(include_in_schema=False)

#: Ties a sign-in that is under way elsewhere to the browser that began it.
FLOW = "scout_flow"
CALLBACK = "/sign-in/provider/callback"


@router.get("/sign-in/provider")
async def begin(request: Request, next: str = "/", invitation: str = "") -> Response:
    """Sends the browser to the provider."""
    throttle: Throttle = request.app.state.start_throttle
    wait = throttle.wait(network_of(client_of(request).address))
    if wait:
        return answer(request, Problem(status=429, headers={"retry-after": str(wait)}))
    try:
        url, secret = await _start(request, next=local_path(next), invitation=invitation[:200])
    except ProviderError as error:
        return await run_in_threadpool(_refused, request, error)
    return _sent(request, RedirectResponse(url, 303, {"cache-control": "no-store"}), secret)


@router.get(CALLBACK)
async def come_back(request: Request) -> Response:
    """Lets in whom the provider vouches for."""
    provider, answered = _provider(request), dict(request.query_params)
    flow = await run_in_threadpool(_claim, request)
    try:
        if flow is None:
            raise ProviderError(
                "This sign-in took too long or was begun in another browser. Start again.", kind="state"
            )
        profile = await provider.finish(answered, flow)
        response = await run_in_threadpool(_connected if flow["user_id"] else _admitted, request, profile, flow)
    except ProviderError as error:
        response = await run_in_threadpool(_refused, request, error)
    drop_cookie(request, response, FLOW)
    return response


@router.post("/account/provider/connect")
async def begin_connecting(request: Request, viewer: AccountChange) -> Response:
    """Shows the way to the provider; a form that led there by itself would be stopped by our own policy."""
    try:
        url, secret = await _start(request, next="/account", user_id=viewer.user_id)
    except ProviderError as error:
        return answer(request, Problem(status=502, detail=str(error)))
    frame = Frame(viewer=viewer, now=datetime.now(UTC))
    return _sent(request, show(request, "leave.html", frame, url=url, provider=_provider(request).name), secret)


@router.post("/account/provider/disconnect")
def disconnect(request: Request, viewer: AccountChange) -> Response:
    """Unties all identities at providers, unless they are the only way to sign in."""
    with database_of(request).writing() as session:
        session.execute(delete(Identity).where(Identity.user_id == viewer.user_id))
        keep_a_way(session, viewer.user_id or 0)
        note(session, request, viewer, Action.PROVIDER_DISCONNECTED)
    return RedirectResponse("/account#provider", 303)


async def _start(request: Request, *, next: str, invitation: str = "", user_id: int | None = None) -> tuple[str, str]:
    """The provider's address and the secret that the browser brings back."""
    base = settings_of(request).public_url or str(request.base_url).rstrip("/")
    start = await _provider(request).start(f"{base}{CALLBACK}")
    data = {**start.flow, "next": next, "invitation": invitation, "user_id": user_id}
    return start.url, await run_in_threadpool(_issue, request, data)


def _issue(request: Request, data: Mapping[str, object]) -> str:
    with database_of(request).writing() as session:
        return issue(session, Purpose.PROVIDER, data, now=datetime.now(UTC))


def _claim(request: Request) -> dict[str, str] | None:
    with database_of(request).writing() as session:
        found = claim(session, Purpose.PROVIDER, read_cookie(request, FLOW), datetime.now(UTC))
    return dict(found) if found is not None else None


def _sent(request: Request, response: Response, secret: str) -> Response:
    set_cookie(request, response, secret, name=FLOW, lifetime=LIFETIMES[Purpose.PROVIDER])
    return response


def _admitted(request: Request, profile: Profile, flow: dict[str, str]) -> Response:
    try:
        user = _admit(request, profile, flow)
    except IntegrityError as error:
        # The same person came in at the same moment in another window.
        raise ProviderError("Two sign-ins met. Start again.", kind="state") from error
    return let_in(request, user, "provider", flow["next"])


def _admit(request: Request, profile: Profile, flow: dict[str, str]) -> User:
    rules = Rules.of(settings_of(request))
    with database_of(request).writing() as session:
        admission = admit(session, profile, rules, invitation=flow["invitation"], now=datetime.now(UTC))
        user = admission.user
        for action, detail in _changes(admission):
            client = client_of(request)
            record(session, action, client=client, actor=user.email, actor_id=user.id, target=user.email, detail=detail)
        session.flush()
        session.expunge(user)
    return user


def _changes(admission: Admission) -> list[tuple[Action, str]]:
    """What the sign-in changed, for the audit log."""
    user, found = admission.user, []
    if admission.made:
        found.append((Action.ACCOUNT_MADE, f"{user.role}, by the provider"))
    if admission.connected:
        found.append((Action.PROVIDER_CONNECTED, "at sign-in"))
    if admission.role_from:
        found.append((Action.ROLE_CHANGED, f"{admission.role_from} to {user.role}, by groups"))
    return found


def _connected(request: Request, profile: Profile, flow: dict[str, str]) -> Response:
    with database_of(request).writing() as session:
        user: User = connect(session, profile, int(flow["user_id"]), datetime.now(UTC))
        viewer = Viewer(user_id=user.id, email=user.email)
        note(session, request, viewer, Action.PROVIDER_CONNECTED, detail=profile.issuer)
    return RedirectResponse("/account#provider", 303)


def _refused(request: Request, error: ProviderError) -> Response:
    record_sign_in("provider", "refused")
    refuse(request, error.kind, action=Action.SIGN_IN, detail=f"provider: {error}")
    return sign_in_form(request, Viewer(), target="/", problem=str(error))


def _provider(request: Request) -> Provider:
    provider: Provider | None = request.app.state.provider
    if provider is None:
        raise HTTPException(404)
    return provider
