"""The first account: made through a link that works once and is only printed on the terminal."""

from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from iam_job_scout.accounts.passwords import MAX_LENGTH, MIN_LENGTH, hash_password, password_matches
from iam_job_scout.accounts.secrets import new_secret, secret_hash
from iam_job_scout.db.models import OneTimeLink, User

PURPOSE = "owner"
LINK_LIFETIME = timedelta(hours=24)


def owner_exists(session: Session) -> bool:
    """Whether the product has been set up."""
    return session.scalar(select(User.id).where(User.role == "owner").limit(1)) is not None


def new_owner_link(session: Session, now: datetime) -> str | None:
    """Returns the secret of a fresh link, or None where there is an owner already; older links stop working."""
    if owner_exists(session):
        return None
    session.execute(delete(OneTimeLink).where(OneTimeLink.purpose == PURPOSE))
    secret = new_secret()
    session.add(
        OneTimeLink(token_hash=secret_hash(secret), purpose=PURPOSE, created_at=now, expires_at=now + LINK_LIFETIME)
    )
    return secret


def link_works(session: Session, secret: str, now: datetime) -> bool:
    """Whether the link can still make the owner."""
    link = session.get(OneTimeLink, secret_hash(secret))
    return link is not None and link.purpose == PURPOSE and now < link.expires_at


def make_owner(session: Session, *, secret: str, email: str, password: str, now: datetime) -> User | None:
    """Uses the link up and returns the new owner, or None where the link does not work (any more)."""
    if not link_works(session, secret, now) or owner_exists(session):
        return None
    # Two who use the link at the same moment both get here; only one of them deletes it.
    claimed = session.execute(
        delete(OneTimeLink).where(OneTimeLink.token_hash == secret_hash(secret)).returning(OneTimeLink.token_hash)
    )
    if claimed.first() is None:
        return None
    user = User(email=email.strip().lower(), password_hash=hash_password(password), role="owner", created_at=now)
    session.add(user)
    session.flush()
    return user


def problem_with(email: str, password: str) -> str | None:
    """Returns what is wrong with a new account's e-mail or password, or None."""
    email = email.strip()
    printable = all(character > " " and character.isprintable() for character in email)
    if not printable or not 3 <= len(email) <= 320 or "@" not in email[1:-1]:
        return "Enter an e-mail address."
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        return f"Choose a password of {MIN_LENGTH} to {MAX_LENGTH} characters."
    return None


def check_sign_in(session: Session, email: str, password: str) -> User | None:
    """Returns the user whose e-mail and password these are, or None."""
    user = session.scalar(select(User).where(User.email == email.strip().lower()))
    # An unknown e-mail costs one hash too: the time of the answer must not tell who has an account.
    stored = user.password_hash if user is not None else _nobodys_hash()
    return user if password_matches(stored, password) and user is not None else None


@cache
def _nobodys_hash() -> str:
    return hash_password(new_secret())
