"""The ways in which a person can sign in; the last one stays."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Identity, Passkey, User
from iam_job_scout.errors import AccountError


@dataclass(frozen=True)
class Ways:
    """Whether there is a password, and how many passkeys and identities at a provider."""

    password: bool
    passkeys: int
    identities: int

    def __bool__(self) -> bool:
        return self.password or bool(self.passkeys) or bool(self.identities)


def ways_of(session: Session, user_id: int) -> Ways:
    """How that person can sign in."""
    return Ways(
        password=session.get_one(User, user_id).password_hash.startswith("$"),
        passkeys=_count(session, Passkey, user_id),
        identities=_count(session, Identity, user_id),
    )


def keep_a_way(session: Session, user_id: int) -> None:
    """Raises AccountError where what was just removed was the last way to sign in; the caller's transaction ends."""
    session.flush()
    if not ways_of(session, user_id):
        raise AccountError("This is your only way to sign in. Add another one first.")


def _count(session: Session, table: type[Passkey] | type[Identity], user_id: int) -> int:
    return session.scalar(select(func.count()).select_from(table).where(table.user_id == user_id)) or 0
