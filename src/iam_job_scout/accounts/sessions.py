"""Sessions on the server: made at sign-in, found by the cookie's secret, ended by time or by the person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import Session

from iam_job_scout.accounts.audit import Client
from iam_job_scout.accounts.secrets import new_secret, secret_hash
from iam_job_scout.db.models import User, UserSession

#: A session ends after this much time without a request, and this long after sign-in in any case.
IDLE, ABSOLUTE = timedelta(days=7), timedelta(days=30)
#: The time of the last request is stored at most this often, so that reading does not write each time.
SEEN_EVERY = timedelta(minutes=1)
#: A session counts as active when it was used within this time.
ACTIVE = timedelta(minutes=30)
#: For this long after sign-in a session may change how its person signs in; later they sign in again first.
RECENT = timedelta(minutes=30)
#: Sessions of one person; the one unused for longest makes room.
MAX_SESSIONS = 50

Method = Literal["password", "passkey", "provider", "link", ""]


@dataclass(frozen=True)
class SignedIn:
    """The person behind a request; `csrf` must come back with every form, `seen_at` is when the use was last noted."""

    user_id: int
    email: str
    role: str
    csrf: str
    id_hash: str
    created_at: datetime
    seen_at: datetime


# Each request of a signed-in person asks this; of the tables, since whole objects take twice as long.
_USER, _SESSION = User.__table__.columns, UserSession.__table__.columns
_FIND = (
    select(_USER.id, _USER.email, _USER.role, _SESSION.csrf, _SESSION.id_hash, _SESSION.created_at, _SESSION.seen_at)
    .join(User.__table__, _USER.id == _SESSION.user_id)
    .where(_SESSION.id_hash == bindparam("id_hash"))
)


def start_session(
    session: Session, user: User, now: datetime, *, method: Method = "", client: Client | None = None
) -> str:
    """Stores a new session and returns the secret for its cookie."""
    secret, client = new_secret(), client or Client()
    _make_room(session, user.id)
    session.add(
        UserSession(
            id_hash=secret_hash(secret),
            user_id=user.id,
            csrf=new_secret(),
            created_at=now,
            seen_at=now,
            method=method,
            address=client.address[:45],
            agent=client.agent[:300],
        )
    )
    return secret


def find_session(session: Session, secret: str, now: datetime) -> SignedIn | None:
    """Returns who the secret belongs to, or None where it is unknown or has ended."""
    found = session.execute(_FIND, {"id_hash": secret_hash(secret)}).one_or_none()
    signed_in = SignedIn(*found) if found else None
    return None if signed_in is None or _ended(signed_in, now) else signed_in


def touch_session(session: Session, secret: str, now: datetime) -> None:
    """Notes that the session is in use."""
    row = session.get(UserSession, secret_hash(secret))
    if row is not None and not _ended(row, now) and now - row.seen_at >= SEEN_EVERY:
        row.seen_at = now


def list_sessions(session: Session, user_id: int, now: datetime) -> Sequence[UserSession]:
    """The live sessions of a person, those used last first."""
    query = select(UserSession).where(UserSession.user_id == user_id).order_by(UserSession.seen_at.desc())
    return [row for row in session.scalars(query) if not _ended(row, now)]


def end_session(session: Session, secret: str) -> None:
    """Ends a session; an unknown secret is no error."""
    session.execute(delete(UserSession).where(UserSession.id_hash == secret_hash(secret)))


def end_session_of(session: Session, user_id: int, id_hash: str) -> bool:
    """Ends one session of that person; returns whether it was theirs."""
    theirs = (UserSession.user_id == user_id) & (UserSession.id_hash == id_hash)
    ended = session.scalar(delete(UserSession).where(theirs).returning(UserSession.id_hash))
    return ended is not None


def end_sessions(session: Session, user_id: int, *, but: str = "") -> int:
    """Ends all sessions of a person except the one with the hash `but`; returns how many."""
    others = (UserSession.user_id == user_id) & (UserSession.id_hash != but)
    return len(session.scalars(delete(UserSession).where(others).returning(UserSession.id_hash)).all())


def count_active_sessions(session: Session, now: datetime) -> int:
    """Counts the sessions of all processes that were used lately."""
    active = (UserSession.seen_at > now - ACTIVE) & (UserSession.created_at > now - ABSOLUTE)
    return session.scalar(select(func.count()).select_from(UserSession).where(active)) or 0


def remove_ended_sessions(session: Session, now: datetime) -> None:
    """Deletes what can never be used again."""
    ended = (UserSession.seen_at <= now - IDLE) | (UserSession.created_at <= now - ABSOLUTE)
    session.execute(delete(UserSession).where(ended))


def _make_room(session: Session, user_id: int) -> None:
    kept = select(UserSession.id_hash).where(UserSession.user_id == user_id).order_by(UserSession.seen_at.desc())
    surplus = session.scalars(kept.offset(MAX_SESSIONS - 1)).all()
    if surplus:
        session.execute(delete(UserSession).where(UserSession.id_hash.in_(surplus)))


def _ended(row: UserSession | SignedIn, now: datetime) -> bool:
    return now - row.seen_at >= IDLE or now - row.created_at >= ABSOLUTE
