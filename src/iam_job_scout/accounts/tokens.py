"""API tokens: what a program signs in with. Shown once, stored as a hash, limited in what they may and for how long.

A token is `scout_pat_`, 40 random letters and digits (238 bits), and six more that are a checksum of those: secret
scanners find the prefix, and a mistyped or made-up token is refused without asking the database.
"""

import secrets
import string
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from iam_job_scout.accounts.roles import SCOPES, Role, Scope, scopes_of
from iam_job_scout.accounts.secrets import same_secret, secret_hash
from iam_job_scout.accounts.sessions import SEEN_EVERY
from iam_job_scout.db.models import ApiToken, User
from iam_job_scout.errors import AccountError

PREFIX = "scout_pat_"
#: For how long a token may work, in days.
TOKEN_DAYS = (7, 30, 90, 365)
#: Tokens of one person.
MAX_TOKENS = 50
MAX_NAME = 60
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM, _CHECK = 40, 6


@dataclass(frozen=True, kw_only=True)
class TokenBearer:
    """Who a token stands for, and what it may do now: its own scopes as far as its person still has them."""

    token_id: int
    user_id: int
    email: str
    role: str
    scopes: frozenset[Scope]
    used_at: datetime | None


def make_token(
    session: Session, user: User, *, name: str, scopes: Collection[Scope], days: int, now: datetime
) -> tuple[ApiToken, str]:
    """Stores a new token and returns it with its secret, which nobody can read again. Raises AccountError."""
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        raise AccountError(f"Give the token a name of 1 to {MAX_NAME} characters.")
    wanted = {Scope.READ, *scopes}
    if not scopes or not scopes_of(user.role) >= wanted:
        raise AccountError(f"Choose what the token may do; a {user.role} account has {_listed(user.role)}.")
    if not 1 <= days <= max(TOKEN_DAYS):
        raise AccountError(f"A token works for 1 to {max(TOKEN_DAYS)} days.")
    if len(list_tokens(session, user.id)) >= MAX_TOKENS:
        raise AccountError(f"{MAX_TOKENS} tokens are the most that one account may have. Revoke one first.")
    secret = new_token()
    token = ApiToken(
        user_id=user.id,
        token_hash=secret_hash(secret),
        hint=secret[: len(PREFIX) + 4],
        name=name,
        scopes=sorted(wanted),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(token)
    session.flush()
    return token, secret


def find_token(session: Session, secret: str, now: datetime) -> TokenBearer | None:
    """Who bears the secret, or None where it is made up, revoked or expired."""
    if not is_well_formed(secret):
        return None
    row = session.execute(
        select(ApiToken, User).join(User, User.id == ApiToken.user_id).where(ApiToken.token_hash == secret_hash(secret))
    ).first()
    if row is None or now >= row[0].expires_at:
        return None
    token, user = row
    scopes = scopes_of(user.role) & {Scope(scope) for scope in token.scopes}
    return TokenBearer(
        token_id=token.id, user_id=user.id, email=user.email, role=user.role, scopes=scopes, used_at=token.used_at
    )


def touch_token(session: Session, token_id: int, *, address: str, now: datetime) -> None:
    """Notes that a token is in use, and from where, at most once a minute."""
    token = session.get(ApiToken, token_id)
    if token is not None and (token.used_at is None or now - token.used_at >= SEEN_EVERY):
        token.used_at, token.used_from = now, address[:45]


def list_tokens(session: Session, user_id: int | None = None) -> Sequence[ApiToken]:
    """The tokens of a person, or of all, the newest first; expired ones too."""
    query = select(ApiToken).order_by(ApiToken.id.desc())
    return session.scalars(query if user_id is None else query.where(ApiToken.user_id == user_id)).all()


def revoke_token(session: Session, token_id: int, *, user_id: int | None = None) -> str | None:
    """Removes a token, of that person where one is given; returns its name, or None where there is none."""
    wanted = ApiToken.id == token_id
    if user_id is not None:
        wanted &= ApiToken.user_id == user_id
    name: str | None = session.scalar(delete(ApiToken).where(wanted).returning(ApiToken.name))
    return name


def new_token() -> str:
    """A random token with its checksum."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return f"{PREFIX}{body}{_checksum(body)}"


def is_well_formed(secret: str) -> bool:
    """Whether the checksum is right, so that asking the database is worth it."""
    body = secret.removeprefix(PREFIX)
    if not secret.startswith(PREFIX) or len(body) != _RANDOM + _CHECK or not body.isascii() or not body.isalnum():
        return False
    return same_secret(body[_RANDOM:], _checksum(body[:_RANDOM]))


def _checksum(body: str) -> str:
    number, digits = zlib.crc32(body.encode("ascii")), ""
    for _ in range(_CHECK):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits


def _listed(role: str) -> str:
    return ", ".join(sorted(SCOPES[Role(role)]))
