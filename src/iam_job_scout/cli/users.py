"""`scout user`: accounts, for whoever has the machine."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from iam_job_scout.accounts.roles import Role
from iam_job_scout.cli.output import Json, open_tables, print_done, print_rows
from iam_job_scout.errors import AccountError, ScoutError
from iam_job_scout.settings import load_settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from iam_job_scout.db.models import User

app = typer.Typer(help="Accounts.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="E-mail of the account.", show_default=False)]
RoleOption = Annotated[Role, typer.Option(help="What the person may do.")]


@app.callback()
def _accounts() -> None:
    """Accounts."""


@app.command("link")
def user_link(
    email: Annotated[str, typer.Argument(help="Whose password; none: make the owner.", show_default=False)] = "",
    as_json: Json = False,
) -> None:
    """Print a fresh one-time link: one that makes the owner, or one with which somebody chooses a new password."""
    from iam_job_scout.accounts.owner import owner_link

    settings = load_settings()
    with open_tables(settings) as database:
        if email:
            with database.writing() as session:
                link = f"{settings.shown_url}/password?token={_password_link(session, email)}"
        else:
            found = owner_link(settings, database)
            if found is None:
                raise ScoutError("there is an owner already; for a new password: scout user link EMAIL")
            link = found
    print_done(link, as_json=as_json, link=link)


@app.command("add")
def user_add(
    email: Email,
    role: RoleOption = Role.MEMBER,
    days: Annotated[int, typer.Option(help="For how long the invitation works.", min=1, max=30)] = 7,
    as_json: Json = False,
) -> None:
    """Print an invitation: a link that works once and lets that person in."""
    from iam_job_scout.accounts.audit import TERMINAL, Action, record
    from iam_job_scout.accounts.people import invite

    settings = load_settings()
    with open_tables(settings) as database, database.writing() as session:
        secret = invite(session, email=email, role=role, by="command line", days=days, now=datetime.now(UTC))
        record(session, Action.INVITATION_MADE, client=TERMINAL, target=email.lower(), detail=role)
    link = f"{settings.shown_url}/join?token={secret}"
    print_done(link, as_json=as_json, link=link, email=email.lower(), role=str(role))


@app.command("list")
def user_list(as_json: Json = False) -> None:
    """Show who has an account, and who is invited."""
    from iam_job_scout.accounts.people import list_invitations, list_people

    with open_tables(load_settings()) as database, database.reading() as session:
        people, invitations = list_people(session), list_invitations(session, datetime.now(UTC))
    rows = [{"email": one.email, "role": one.role, "state": "account", "last used": one.seen_at} for one in people]
    rows += [{"email": one.email, "role": one.role, "state": "invited", "last used": None} for one in invitations]
    print_rows(rows, as_json=as_json)


@app.command("role")
def user_role(
    email: Email, role: Annotated[Role, typer.Argument(help="What the person may do.")], as_json: Json = False
) -> None:
    """Give somebody another role; it holds from their next request on."""
    from iam_job_scout.accounts.audit import TERMINAL, Action, record
    from iam_job_scout.accounts.people import set_role

    with open_tables(load_settings()) as database, database.writing() as session:
        user = set_role(session, _person(session, email).id, role)
        record(session, Action.ROLE_CHANGED, client=TERMINAL, target=user.email, detail=role)
    print_done(f"{email} is {role} now.", as_json=as_json, email=email, role=str(role))


@app.command("remove")
def user_remove(email: Email, as_json: Json = False) -> None:
    """Remove an account with its sessions, tokens, passkeys and what it tracked."""
    from iam_job_scout.accounts.audit import TERMINAL, Action, record
    from iam_job_scout.accounts.people import remove_person

    with open_tables(load_settings()) as database, database.writing() as session:
        removed = remove_person(session, _person(session, email).id)
        record(session, Action.ACCOUNT_REMOVED, client=TERMINAL, target=removed)
    print_done(f"{removed} is removed.", as_json=as_json, email=removed)


@app.command("uninvite")
def user_uninvite(email: Email, as_json: Json = False) -> None:
    """End an invitation that was not used yet."""
    from iam_job_scout.accounts.audit import TERMINAL, Action, record
    from iam_job_scout.accounts.people import list_invitations, revoke_invitation

    with open_tables(load_settings()) as database, database.writing() as session:
        invited = [one for one in list_invitations(session, datetime.now(UTC)) if one.email == email.strip().lower()]
        if not invited:
            raise AccountError(f"nobody is invited as {email}; scout user list shows who is")
        for one in invited:
            revoke_invitation(session, one.key)
            record(session, Action.INVITATION_REVOKED, client=TERMINAL, target=one.email)
    print_done(f"The invitation of {email} is ended.", as_json=as_json, email=email)


@app.command("sessions")
def user_sessions(email: Email, as_json: Json = False) -> None:
    """Show where somebody is signed in: since when, used last, how, from where."""
    from iam_job_scout.accounts.sessions import list_sessions

    with open_tables(load_settings()) as database, database.reading() as session:
        rows = [
            {
                "since": one.created_at,
                "last used": one.seen_at,
                "method": one.method,
                "address": one.address,
                "agent": one.agent,
            }
            for one in list_sessions(session, _person(session, email).id, datetime.now(UTC))
        ]
    print_rows(rows, as_json=as_json)


@app.command("sign-out")
def user_sign_out(email: Email, as_json: Json = False) -> None:
    """End all sessions of somebody, in every browser; tokens go on working until scout token revoke."""
    from iam_job_scout.accounts.audit import TERMINAL, Action, record
    from iam_job_scout.accounts.sessions import end_sessions

    with open_tables(load_settings()) as database, database.writing() as session:
        user = _person(session, email)
        ended = end_sessions(session, user.id)
        record(session, Action.SESSION_END, client=TERMINAL, target=user.email, detail=f"{ended} sessions")
    print_done(f"{ended} sessions of {email} are ended.", as_json=as_json, email=email, ended=ended)


def _password_link(session: "Session", email: str) -> str:
    from iam_job_scout.accounts.audit import TERMINAL, Action, record
    from iam_job_scout.accounts.people import new_password_link

    user = _person(session, email)
    record(session, Action.PASSWORD_LINK_MADE, client=TERMINAL, target=user.email)
    return new_password_link(session, user, datetime.now(UTC))


def _person(session: "Session", email: str) -> "User":
    from iam_job_scout.accounts.people import find_person

    user = find_person(session, email)
    if user is None:
        raise AccountError(f"there is no account {email}; scout user list shows those there are")
    return user
