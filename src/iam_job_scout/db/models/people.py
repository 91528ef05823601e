"""Accounts and how they are proved: sessions, passkeys, tokens, one-time secrets; and the record of what was done."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from iam_job_scout.db.models.base import Base


class User(Base):
    """A person who may sign in. An empty `password_hash` matches no password; `handle` names them to passkeys."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    password_hash: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    handle: Mapped[bytes | None] = mapped_column(LargeBinary)


class Identity(Base):
    """Who a person is at an OpenID Connect provider; only issuer and subject together never change their meaning."""

    __tablename__ = "identity"

    issuer: Mapped[str] = mapped_column(String(500), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]


class UserSession(Base):
    """A signed-in browser; only a hash of its secret is stored."""

    __tablename__ = "user_session"

    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
    method: Mapped[str] = mapped_column(String(10), default="")
    address: Mapped[str] = mapped_column(String(45), default="")
    agent: Mapped[str] = mapped_column(String(300), default="")


class Passkey(Base):
    """A WebAuthn credential; `sign_count` tells a copied one from the original where the device counts."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    credential: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(60))
    synced: Mapped[bool]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    """What a program signs in with; only a hash is stored, and `hint`, the part that people may see."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(60))
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_from: Mapped[str] = mapped_column(String(45), default="")


class OneTimeSecret(Base):
    """What works once: a link that lets somebody in, the state of a sign-in elsewhere, the challenge of a passkey.

    Only a hash of it is stored; `data` is what it stands for.
    """

    __tablename__ = "one_time_secret"

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SigningKey(Base):
    """A key of this installation, the same for all its processes."""

    __tablename__ = "signing_key"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary)


class AuditEvent(Base):
    """Who did what, when, from where, and how it ended. Triggers keep rows from being changed or removed.

    The person is kept by name too, since the account may be gone when somebody reads this.
    """

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_action", "action", "id"), Index("ix_audit_event_actor", "actor", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(String(320))
    action: Mapped[str] = mapped_column(String(30))
    target: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(String(10))
    detail: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(String(45))
    agent: Mapped[str] = mapped_column(String(300))
    request_id: Mapped[str] = mapped_column(String(40))
