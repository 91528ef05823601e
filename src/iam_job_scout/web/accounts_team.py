"""The team: who has an account, who is invited, and what they may do. For owners."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import RedirectResponse, Response

from iam_job_scout.accounts.audit import Action
from iam_job_scout.accounts.people import (
    INVITATION_DAYS,
    invite,
    list_invitations,
    list_people,
    new_password_link,
    remove_person,
    revoke_invitation,
    set_role,
)
from iam_job_scout.accounts.roles import ROLES, Role
from iam_job_scout.db.models import User
from iam_job_scout.errors import AccountError
from iam_job_scout.settings import parse_roles
from iam_job_scout.web import formats
from iam_job_scout.web.rendering import Frame, show
from iam_job_scout.web.session import (
    AccountChange,
    AccountPage,
    AdminPage,
    Viewer,
    admin_page,
    database_of,
    settings_of,
)
from iam_job_scout.web.trail import note

router = APIRouter(include_in_schema=False, dependencies=[Depends(admin_page)])

UserId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Key = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


@router.get("/team")
def team(request: Request, viewer: AdminPage, _: AccountPage) -> Response:
    """Shows everybody, and the invitations that still work."""
    return _shown(request, viewer)


@router.post("/team/invitations")
def invite_somebody(
    request: Request,
    viewer: AccountChange,
    email: Annotated[str, Form(max_length=2_000)] = "",
    role: Annotated[Role, Form()] = Role.MEMBER,
    days: Annotated[int, Form(ge=1, le=30)] = 7,
) -> Response:
    """Makes a link that lets somebody in once, and shows it once."""
    try:
        with database_of(request).writing() as session:
            secret = invite(session, email=email, role=role, by=viewer.email, days=days, now=datetime.now(UTC))
            detail = f"{role}, {formats.plural(days, 'day')}"
            note(session, request, viewer, Action.INVITATION_MADE, target=email.strip().lower(), detail=detail)
    except AccountError as error:
        return _shown(request, viewer, problem=str(error), typed=email)
    return _shown(request, viewer, link=_link(request, "join", secret), link_for=email.strip())


@router.post("/team/invitations/{key}/revoke")
def revoke(request: Request, key: Key, viewer: AccountChange) -> Response:
    """Ends an invitation."""
    with database_of(request).writing() as session:
        invitation = revoke_invitation(session, key)
        if invitation is None:
            raise AccountError("There is no such invitation (any more).")
        note(session, request, viewer, Action.INVITATION_REVOKED, target=invitation.email)
    return RedirectResponse("/team#invitations", 303)


@router.post("/team/people/{user_id}/role")
def change_role(request: Request, user_id: UserId, viewer: AccountChange, role: Annotated[Role, Form()]) -> Response:
    """Gives somebody another role; it holds from their next request on."""
    with database_of(request).writing() as session:
        user = set_role(session, user_id, role)
        note(session, request, viewer, Action.ROLE_CHANGED, target=user.email, detail=role)
    return RedirectResponse("/team", 303)


@router.post("/team/people/{user_id}/remove")
def remove(request: Request, user_id: UserId, viewer: AccountChange) -> Response:
    """Removes an account with its sessions, tokens, passkeys and what it tracked."""
    with database_of(request).writing() as session:
        email = remove_person(session, user_id)
        note(session, request, viewer, Action.ACCOUNT_REMOVED, target=email)
    return RedirectResponse("/team", 303)


@router.post("/team/people/{user_id}/password-link")
def make_password_link(request: Request, user_id: UserId, viewer: AccountChange) -> Response:
    """Makes a link with which somebody who cannot sign in chooses a new password, and shows it once."""
    with database_of(request).writing() as session:
        user = session.get(User, user_id)
        if user is None:
            raise AccountError("There is no such account.")
        email, secret = user.email, new_password_link(session, user, datetime.now(UTC))
        note(session, request, viewer, Action.PASSWORD_LINK_MADE, target=email)
    return _shown(request, viewer, link=_link(request, "password", secret), link_for=email)


def _shown(
    request: Request, viewer: Viewer, *, problem: str = "", typed: str = "", link: str = "", link_for: str = ""
) -> Response:
    now = datetime.now(UTC)
    with database_of(request).reading() as session:
        people, invitations = list_people(session), list_invitations(session, now)
    return show(
        request,
        "team.html",
        Frame(viewer=viewer, now=now),
        status_code=422 if problem else 200,
        problem=problem,
        typed=typed,
        link=link,
        link_for=link_for,
        people=people,
        owners=sum(person.role == Role.OWNER for person in people),
        invitations=invitations,
        roles=ROLES,
        days=INVITATION_DAYS,
        by_groups=bool(parse_roles(settings_of(request).oidc_roles)),
        ago=lambda moment: formats.ago(moment, now),
    )


def _link(request: Request, kind: str, secret: str) -> str:
    base = settings_of(request).public_url or str(request.base_url).rstrip("/")
    return f"{base}/{kind}?token={secret}"
