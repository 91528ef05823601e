"""The audit log: who did what, when, from where, and how it ended. Rows are added and never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from iam_job_scout.db import Database
from iam_job_scout.db.models import AuditEvent

#: Rows that one transaction removes: other writers wait no longer than for these.
BATCH = 500


class Action(StrEnum):
    """What is recorded."""

    SIGN_IN = "sign-in"
    SIGN_OUT = "sign-out"
    SESSION_END = "session-end"
    OWNER_MADE = "owner-made"
    INVITATION_MADE = "invitation-made"
    INVITATION_REVOKED = "invitation-revoked"
    INVITATION_USED = "invitation-used"
    ACCOUNT_MADE = "account-made"
    ACCOUNT_REMOVED = "account-removed"
    ROLE_CHANGED = "role-changed"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - the name of an action
    PASSWORD_LINK_MADE = "password-link-made"  # noqa: S105 - the name of an action
    PASSKEY_ADDED = "passkey-added"
    PASSKEY_RENAMED = "passkey-renamed"
    PASSKEY_REMOVED = "passkey-removed"
    PROVIDER_CONNECTED = "provider-connected"
    PROVIDER_DISCONNECTED = "provider-disconnected"
    TOKEN_MADE = "token-made"  # noqa: S105 - the name of an action
    TOKEN_REVOKED = "token-revoked"  # noqa: S105 - the name of an action
    ACCESS = "access"


class Result(StrEnum):
    """How it ended."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Client:
    """From where somebody acts: the address, as seen through trusted proxies, and what the program calls itself."""

    address: str = ""
    agent: str = ""
    request_id: str = ""


TERMINAL = Client(agent="command line")


def record(
    session: Session,
    action: Action,
    *,
    client: Client,
    actor: str = "",
    actor_id: int | None = None,
    target: str = "",
    detail: str = "",
    result: Result = Result.DONE,
    now: datetime | None = None,
) -> None:
    """Adds a row within the caller's transaction, so that nothing is done without its record. No secrets, please."""
    session.add(
        AuditEvent(
            at=now or datetime.now(UTC),
            actor_id=actor_id,
            actor=_line(actor, 320),
            action=action,
            target=_line(target, 1_000),
            result=result,
            detail=_line(detail, 1_000),
            address=_line(client.address, 45),
            agent=_line(client.agent, 300),
            request_id=_line(client.request_id, 40),
        )
    )


def read_log(
    session: Session, *, actor: str = "", action: str = "", before: int | None = None, limit: int = 100
) -> Sequence[AuditEvent]:
    """The newest events first, those older than the id `before`; filters that are empty do not filter."""
    query = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(limit)
    if actor:
        query = query.where(AuditEvent.actor == actor.strip().lower())
    if action:
        query = query.where(AuditEvent.action == action)
    if before is not None:
        query = query.where(AuditEvent.id < before)
    return session.scalars(query).all()


def forget_events(database: Database, before: datetime) -> int:
    """Removes the events from before that time and returns how many; the tables let none go within their first year."""
    removed = 0
    while True:
        with database.writing() as session:
            old = session.scalars(select(AuditEvent.id).where(AuditEvent.at < before).limit(BATCH)).all()
            session.execute(delete(AuditEvent).where(AuditEvent.id.in_(old)))
        removed += len(old)
        if len(old) < BATCH:
            return removed


def _line(text: str, length: int) -> str:
    """One line of printable text, so that nobody can forge a second one."""
    plain = "".join(character if character.isprintable() else " " for character in text[:length])
    return plain.encode("utf-8", "replace").decode()
