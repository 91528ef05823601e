"""Passkeys: signing in with one, adding, naming and removing them. The browser's part is static/passkeys.js."""

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from iam_job_scout.accounts.audit import Action
from iam_job_scout.accounts.once import LIFETIMES, Purpose, claim, issue
from iam_job_scout.accounts.passkeys import (
    Site,
    add_passkey,
    check_passkey,
    read_credential,
    registration_options,
    remove_passkey,
    rename_passkey,
    sign_in_options,
)
from iam_job_scout.accounts.ways import keep_a_way
from iam_job_scout.db.models import User
from iam_job_scout.errors import AccountError
from iam_job_scout.monitoring import record_sign_in
from iam_job_scout.web.problems import Problem, answer
from iam_job_scout.web.session import (
    AccountChange,
    AccountForm,
    client_of,
    database_of,
    drop_cookie,
    local_path,
    read_cookie,
    same_origin,
    set_cookie,
    settings_of,
)
from iam_job_scout.web.signing_in import give_session
from iam_job_scout.web.throttle import Throttle, network_of
from iam_job_scout.web.trail import note, refuse

router = APIRouter(include_in_schema=False)

#: Ties a challenge to the browser that asked for it.
FLOW = "scout_passkey"
PasskeyId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Name = Annotated[str, Form(max_length=200)]


async def _body(request: Request) -> bytes:
    return await request.body()


Credential = Annotated[bytes, Depends(_body)]


@router.post("/sign-in/passkey/options", dependencies=[Depends(same_origin)])
def start_sign_in(request: Request) -> Response:
    """Gives the browser a challenge for any passkey of this site."""
    throttle: Throttle = request.app.state.start_throttle
    wait = throttle.wait(network_of(client_of(request).address))
    if wait:
        return answer(request, Problem(status=429, headers={"retry-after": str(wait)}))
    options, challenge = sign_in_options(site_of(request))
    return _challenged(request, Purpose.PASSKEY, options, challenge)


@router.post("/sign-in/passkey", dependencies=[Depends(same_origin)])
def finish_sign_in(request: Request, body: Credential, next: Annotated[str, Query(max_length=2_000)] = "/") -> Response:
    """Signs in whose passkey signed the challenge, and says where to go on."""
    now, user = datetime.now(UTC), None
    with database_of(request).writing() as session:
        flow = claim(session, Purpose.PASSKEY, read_cookie(request, FLOW), now)
        if flow is not None:
            credential = read_credential(body)
            user = check_passkey(session, credential, challenge=flow["challenge"], site=site_of(request), now=now)
        if user is not None:
            session.flush()
            session.expunge(user)
    if user is None:
        record_sign_in("passkey", "refused")
        refuse(request, "passkey" if flow else "challenge", action=Action.SIGN_IN, detail="passkey refused")
        return answer(request, Problem(status=422, detail=_REFUSED if flow else _LATE))
    response = JSONResponse({"next": local_path(next)})
    give_session(request, response, user, "passkey")
    drop_cookie(request, response, FLOW)
    return response


_REFUSED = "This passkey is not known here, or it did not prove itself. Use another way to sign in."
_LATE = "That took too long or was begun elsewhere. Try again."


@router.post("/account/passkeys/options")
def start_adding(request: Request, viewer: AccountChange) -> Response:
    """Gives the browser what it needs to make a passkey."""
    with database_of(request).writing() as session:
        options, challenge = registration_options(session, session.get_one(User, viewer.user_id), site_of(request))
    return _challenged(request, Purpose.NEW_PASSKEY, options, challenge, user_id=viewer.user_id)


@router.post("/account/passkeys")
def finish_adding(
    request: Request, viewer: AccountChange, body: Credential, name: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Stores the passkey that the browser made."""
    now = datetime.now(UTC)
    with database_of(request).writing() as session:
        flow = claim(session, Purpose.NEW_PASSKEY, read_cookie(request, FLOW), now)
    if flow is None or flow["user_id"] != viewer.user_id:
        refuse(request, "challenge", actor=viewer.email, detail="a new passkey without a challenge")
        return answer(request, Problem(status=422, detail=_LATE))
    with database_of(request).writing() as session:
        credential, site = read_credential(body), site_of(request)
        passkey = add_passkey(
            session, flow["user_id"], credential, challenge=flow["challenge"], site=site, name=name, now=now
        )
        note(session, request, viewer, Action.PASSKEY_ADDED, target=passkey.name)
    response = JSONResponse({"next": "/account#passkeys"})
    drop_cookie(request, response, FLOW)
    return response


@router.post("/account/passkeys/{passkey_id}/name")
def rename(request: Request, passkey_id: PasskeyId, viewer: AccountForm, name: Name = "") -> Response:
    """Names a passkey anew."""
    with database_of(request).writing() as session:
        if not rename_passkey(session, viewer.user_id or 0, passkey_id, name):
            raise AccountError("There is no such passkey.")
        note(session, request, viewer, Action.PASSKEY_RENAMED, target=name)
    return RedirectResponse("/account#passkeys", 303)


@router.post("/account/passkeys/{passkey_id}/remove")
def remove(request: Request, passkey_id: PasskeyId, viewer: AccountChange) -> Response:
    """Removes a passkey, unless it is the only way to sign in."""
    with database_of(request).writing() as session:
        name = remove_passkey(session, viewer.user_id or 0, passkey_id)
        if name is None:
            raise AccountError("There is no such passkey.")
        keep_a_way(session, viewer.user_id or 0)
        note(session, request, viewer, Action.PASSKEY_REMOVED, target=name)
    return RedirectResponse("/account#passkeys", 303)


def site_of(request: Request) -> Site:
    """The site by its public name, or by the one that the browser asked for."""
    url = settings_of(request).public_url or str(request.base_url)
    parts = urlsplit(url)
    return Site(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")


def _challenged(
    request: Request, purpose: Purpose, options: str, challenge: str, *, user_id: int | None = None
) -> Response:
    data = {"challenge": challenge, "user_id": user_id}
    with database_of(request).writing() as session:
        secret = issue(session, purpose, data, now=datetime.now(UTC))
    response = Response(options, media_type="application/json", headers={"cache-control": "no-store"})
    set_cookie(request, response, secret, name=FLOW, lifetime=LIFETIMES[purpose])
    return response
