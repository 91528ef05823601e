"""The first account: made through a link that works once and is only printed on the terminal."""

from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from iam_job_scout.accounts.once import LIFETIMES, Purpose, claim, issue, peek
from iam_job_scout.accounts.roles import Role
from iam_job_scout.db import Database
from iam_job_scout.db.models import OneTimeSecret, User
from iam_job_scout.settings import Settings

LINK_LIFETIME = LIFETIMES[Purpose.OWNER]


def owner_exists(session: Session) -> bool:
    """Whether the product has been set up."""
    return session.scalar(select(User.id).where(User.role == Role.OWNER).limit(1)) is not None


def new_owner_link(session: Session, now: datetime) -> str | None:
    """Returns the secret of a fresh link, or None where there is an owner already; older links stop working."""
    if owner_exists(session):
        return None
    session.execute(delete(OneTimeSecret).where(OneTimeSecret.purpose == Purpose.OWNER))
    return issue(session, Purpose.OWNER, now=now)


def owner_link(settings: Settings, database: Database) -> str | None:
    """Returns a fresh link that makes the owner, or None where there is one or nobody signs in."""
    if settings.auth == "off":
        return None
    with database.writing() as session:
        secret = new_owner_link(session, datetime.now(UTC))
    return f"{settings.shown_url}/setup?token={secret}" if secret else None


def link_works(session: Session, secret: str, now: datetime) -> bool:
    """Whether the link can still make the owner."""
    return peek(session, Purpose.OWNER, secret, now) is not None


def make_owner(session: Session, *, secret: str, email: str, password_hash: str, now: datetime) -> User | None:
    """Uses the link up and returns the new owner, or None where the link does not work (any more)."""
    if owner_exists(session) or claim(session, Purpose.OWNER, secret, now) is None:
        return None
    email = email.strip().lower()
    user = session.scalar(select(User).where(User.email == email))
    if user is None:
        user = User(email=email, created_at=now, password_hash="", role="")
        session.add(user)
    user.role, user.password_hash = Role.OWNER, password_hash
    session.flush()
    return user
