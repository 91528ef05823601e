"""The people of an installation: invited by a link that works once, given roles, removed. One owner always stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from iam_job_scout.accounts.once import Purpose, claim, issue, peek
from iam_job_scout.accounts.roles import ROLES, Role
from iam_job_scout.accounts.sessions import end_sessions
from iam_job_scout.db.models import OneTimeSecret, User, UserSession
from iam_job_scout.errors import AccountError

#: For how long an invitation may work, in days.
INVITATION_DAYS = (1, 7, 30)


@dataclass(frozen=True, kw_only=True)
class Person:
    """An account as owners see it; `seen_at` is when it was last used, as far as a session still tells."""

    id: int
    email: str
    role: str
    created_at: datetime
    seen_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """A link that was made and not used yet; `key` names it without being it."""

    key: str
    email: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime


def find_person(session: Session, email: str) -> User | None:
    """The account with that e-mail, in any spelling of upper and lower case."""
    found: User | None = session.scalar(select(User).where(User.email == email.strip().lower(), _is_person()))
    return found


def list_people(session: Session) -> list[Person]:
    """Everybody with an account, by e-mail."""
    seen = select(func.max(UserSession.seen_at)).where(UserSession.user_id == User.id).scalar_subquery()
    rows = session.execute(select(User, seen).where(_is_person()).order_by(User.email))
    return [
        Person(id=user.id, email=user.email, role=user.role, created_at=user.created_at, seen_at=at)
        for user, at in rows
    ]


def invite(session: Session, *, email: str, role: Role, by: str, days: int, now: datetime) -> str:
    """Returns the secret of a link for that e-mail; an older one for it stops working. Raises AccountError."""
    email = email.strip().lower()
    problem = email_problem(email)
    if problem:
        raise AccountError(problem)
    if find_person(session, email) is not None:
        raise AccountError(f"{email} has an account already.")
    for invitation in list_invitations(session, now):
        if invitation.email == email:
            revoke_invitation(session, invitation.key)
    data = {"email": email, "role": str(role), "by": by}
    return issue(session, Purpose.INVITATION, data, now=now, lifetime=timedelta(days=days))


def list_invitations(session: Session, now: datetime) -> Sequence[Invitation]:
    """The invitations that still work, the newest first."""
    row = OneTimeSecret
    wanted = (row.purpose == Purpose.INVITATION) & (row.expires_at > now)
    return [_invitation(found) for found in session.scalars(select(row).where(wanted).order_by(row.created_at.desc()))]


def revoke_invitation(session: Session, key: str) -> Invitation | None:
    """Ends an invitation and returns it, or None where there is none."""
    row = session.get(OneTimeSecret, key)
    if row is None or row.purpose != Purpose.INVITATION:
        return None
    invitation = _invitation(row)
    session.execute(delete(OneTimeSecret).where(OneTimeSecret.secret_hash == key))
    return invitation


def invited(session: Session, secret: str, now: datetime) -> tuple[str, Role] | None:
    """The e-mail and role of an invitation that works, or None."""
    data = peek(session, Purpose.INVITATION, secret, now)
    return (data["email"], Role(data["role"])) if data else None


def join(session: Session, secret: str, *, password_hash: str, now: datetime) -> User | None:
    """Uses an invitation up and returns the new account, or None where it does not work (any more)."""
    data = claim(session, Purpose.INVITATION, secret, now)
    if data is None or find_person(session, data["email"]) is not None:
        return None
    return add_person(session, data["email"], Role(data["role"]), password_hash=password_hash, now=now)


def add_person(session: Session, email: str, role: Role, *, password_hash: str, now: datetime) -> User:
    """Returns a new account; an empty hash is no password."""
    user = User(email=email.strip().lower(), role=role, password_hash=password_hash, created_at=now)
    session.add(user)
    session.flush()
    return user


def new_password_link(session: Session, user: User, now: datetime) -> str:
    """Returns the secret of a link with which that person may choose a password; an older one stops working."""
    row = OneTimeSecret
    for older in session.scalars(select(row).where(row.purpose == Purpose.PASSWORD)).all():
        if older.data["user_id"] == user.id:
            session.delete(older)
    return issue(session, Purpose.PASSWORD, {"user_id": user.id}, now=now)


def person_of_link(session: Session, secret: str, now: datetime) -> User | None:
    """Whose password a link lets choose, or None where it does not work (any more)."""
    data = peek(session, Purpose.PASSWORD, secret, now)
    return session.get(User, data["user_id"]) if data else None


def use_password_link(session: Session, secret: str, *, password_hash: str, now: datetime) -> User | None:
    """Uses the link up, sets the password and ends all sessions; None where the link does not work (any more)."""
    data = claim(session, Purpose.PASSWORD, secret, now)
    user = session.get(User, data["user_id"]) if data else None
    if user is not None:
        user.password_hash = password_hash
        end_sessions(session, user.id)
    return user


def set_role(session: Session, user_id: int, role: Role) -> User:
    """Gives a person a role; it holds from their next request on. Raises AccountError."""
    user = _get(session, user_id)
    if role != Role.OWNER:
        _keep_an_owner(session, user)
    user.role = role
    return user


def remove_person(session: Session, user_id: int) -> str:
    """Removes an account with all that is its own and returns its e-mail. Raises AccountError."""
    user = _get(session, user_id)
    _keep_an_owner(session, user)
    email = user.email
    session.delete(user)
    return email


def highest(roles: set[Role]) -> Role | None:
    """The one that may most."""
    return next((role for role in ROLES if role in roles), None)


def email_problem(email: str) -> str | None:
    """Returns what is wrong with an e-mail address, or None."""
    email = email.strip()
    printable = all(character > " " and character.isprintable() for character in email)
    if not printable or not 3 <= len(email) <= 320 or "@" not in email[1:-1]:
        return "Enter an e-mail address."
    return None


def is_last_owner(session: Session, user: User) -> bool:
    """Whether nobody would run the installation without that person."""
    # The lock makes two owners who demote each other at the same moment take turns.
    owners = session.scalars(select(User.id).where(User.role == Role.OWNER).with_for_update()).all()
    return list(owners) == [user.id]


def _keep_an_owner(session: Session, user: User) -> None:
    if is_last_owner(session, user):
        raise AccountError(f"{user.email} is the only owner. Make somebody else an owner first.")


def _get(session: Session, user_id: int) -> User:
    user: User | None = session.scalar(select(User).where(User.id == user_id, _is_person()))
    if user is None:
        raise AccountError("There is no such account.")
    return user


def _is_person() -> ColumnElement[bool]:
    return User.role.in_(ROLES)


def _invitation(row: OneTimeSecret) -> Invitation:
    return Invitation(
        key=row.secret_hash,
        email=row.data["email"],
        role=Role(row.data["role"]),
        invited_by=row.data["by"],
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
