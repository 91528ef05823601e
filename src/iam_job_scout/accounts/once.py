"""Secrets that work once and not for long: links that let somebody in, states and challenges of a sign-in."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from iam_job_scout.accounts.secrets import new_secret, secret_hash
from iam_job_scout.db.models import OneTimeSecret


class Purpose(StrEnum):
    """What a secret is for; it works for nothing else."""

    OWNER = "owner"
    INVITATION = "invitation"
    PASSWORD = "password"  # noqa: S105 - what a link is for, not a password
    PROVIDER = "provider"
    NEW_PASSKEY = "new passkey"
    PASSKEY = "passkey"


#: How long each works.
LIFETIMES = {
    Purpose.OWNER: timedelta(hours=24),
    Purpose.INVITATION: timedelta(days=7),
    Purpose.PASSWORD: timedelta(hours=24),
    Purpose.PROVIDER: timedelta(minutes=10),
    Purpose.NEW_PASSKEY: timedelta(minutes=5),
    Purpose.PASSKEY: timedelta(minutes=5),
}


def issue(
    session: Session,
    purpose: Purpose,
    data: Mapping[str, Any] | None = None,
    *,
    now: datetime,
    lifetime: timedelta | None = None,
) -> str:
    """Returns a new secret that stands for the data."""
    secret = new_secret()
    session.add(
        OneTimeSecret(
            secret_hash=secret_hash(secret),
            purpose=purpose,
            data=dict(data or {}),
            created_at=now,
            expires_at=now + (lifetime or LIFETIMES[purpose]),
        )
    )
    return secret


def peek(session: Session, purpose: Purpose, secret: str, now: datetime) -> Mapping[str, Any] | None:
    """What the secret stands for, or None where it does not work (any more); it still works afterwards."""
    row = session.get(OneTimeSecret, secret_hash(secret))
    return row.data if row is not None and row.purpose == purpose and now < row.expires_at else None


def claim(session: Session, purpose: Purpose, secret: str, now: datetime) -> Mapping[str, Any] | None:
    """Uses the secret up. Of several who come at the same moment only one gets the data, the others None."""
    row = OneTimeSecret
    wanted = (row.secret_hash == secret_hash(secret)) & (row.purpose == purpose) & (row.expires_at > now)
    data: Mapping[str, Any] | None = session.scalar(delete(row).where(wanted).returning(row.data))
    return data


def remove_expired(session: Session, now: datetime) -> None:
    """Deletes what can never be used again."""
    session.execute(delete(OneTimeSecret).where(OneTimeSecret.expires_at <= now))
