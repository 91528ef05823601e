"""The tables. Postings are what sources show; a job is what a person sees: one or more postings merged."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, ForeignKey, Index, MetaData, String, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class JobStatus(StrEnum):
    """What the person did with a job. `closed` is no status: it is a fact about the posting."""

    NEW = "new"
    SAVED = "saved"
    APPLIED = "applied"
    INTERVIEW = "interview"
    OFFER = "offer"
    REJECTED = "rejected"
    HIDDEN = "hidden"


class Decision(StrEnum):
    """How the scan decided on a posting. Every posting that was fetched has exactly one."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime; stored as UTC without offset, since SQLite keeps none."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Converts an aware value to naive UTC; a naive one is a mistake of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without time zone must not be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Gives the stored UTC its time zone back."""
        return value.replace(tzinfo=UTC) if value is not None else None


class Base(DeclarativeBase):
    """The registry of all tables; dates are UTC, dicts and lists are JSON."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UTCDateTime, dict[str, Any]: JSON, list[Any]: JSON}


class Board(Base):
    """A board that is, or was, scanned; `validators` are what makes the next fetch conditional."""

    __tablename__ = "board"
    __table_args__ = (UniqueConstraint("source", "token"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(40))
    token: Mapped[str] = mapped_column(String(200))
    company: Mapped[str] = mapped_column(String(200))
    validators: Mapped[dict[str, Any]] = mapped_column(default=dict)
    last_success_at: Mapped[datetime | None]


class Job(Base):
    """What a person sees. `fingerprint` is equal for exactly equal postings; `search_text` is lower case."""

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_counts", "status", "closed_at", "tier", "sample"),
        Index("ix_job_listing", "closed_at", "status", "score", "id"),
        Index("ix_job_sample", "sample"),
        Index("ix_job_first_seen", "first_seen"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str | None] = mapped_column(String(32), unique=True)
    title: Mapped[str] = mapped_column(Text)
    company: Mapped[str] = mapped_column(Text)
    location: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(String(10))
    tier: Mapped[str] = mapped_column(String(10))
    score: Mapped[int]
    seniority: Mapped[str] = mapped_column(String(20))
    sub: Mapped[list[Any]]
    skills: Mapped[list[Any]]
    evidence: Mapped[list[Any]]
    pay_min: Mapped[int | None]
    pay_max: Mapped[int | None]
    pay_currency: Mapped[str | None] = mapped_column(String(3))
    pay_source: Mapped[str | None] = mapped_column(String(10))
    posted_at: Mapped[datetime | None]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    sample: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(10), default=JobStatus.NEW)
    status_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text, default="")
    search_text: Mapped[str] = mapped_column(Text)


class Posting(Base):
    """One posting as a source showed it last. `rule` says why it was decided so."""

    __tablename__ = "posting"
    __table_args__ = (UniqueConstraint("source", "board", "external_id"), Index("ix_posting_job", "job_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(40))
    board: Mapped[str] = mapped_column(String(200))
    external_id: Mapped[str] = mapped_column(String(300))
    url: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    company: Mapped[str] = mapped_column(Text)
    location: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    posted_at: Mapped[datetime | None]
    content_hash: Mapped[str] = mapped_column(String(32))
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    decision: Mapped[str] = mapped_column(String(10))
    rule: Mapped[str] = mapped_column(String(60))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))


class JobEvent(Base):
    """One change of a job's status, kept for ever."""

    __tablename__ = "job_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(Text)


class Scan(Base):
    """One scan of some boards; finished when each of its boards is."""

    __tablename__ = "scan"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    trigger: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ScanBoard(Base):
    """The receipt of one board in one scan.

    fetched = accepted + rejected + duplicates, and accepted = new + changed + unchanged, always.
    Written in the same transaction as the postings, so a step that runs twice counts once.
    """

    __tablename__ = "scan_board"
    __table_args__ = (Index("ix_scan_board_board", "board_id", "finished_at"),)

    scan_id: Mapped[str] = mapped_column(ForeignKey("scan.id", ondelete="CASCADE"), primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("board.id"), primary_key=True)
    finished_at: Mapped[datetime | None]
    seconds: Mapped[float | None]
    fetched: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    duplicates: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    closed: Mapped[int] = mapped_column(default=0)
    errors: Mapped[int] = mapped_column(default=0)
    advertised: Mapped[int | None]
    complete: Mapped[bool] = mapped_column(default=False)
    not_modified: Mapped[bool] = mapped_column(default=False)
    error_type: Mapped[str | None] = mapped_column(String(40))
    error: Mapped[str | None] = mapped_column(Text)


class User(Base):
    """A person who may sign in."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    password_hash: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]


class UserSession(Base):
    """A signed-in browser; only a hash of its secret is stored."""

    __tablename__ = "user_session"

    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)


class OneTimeLink(Base):
    """A link that works once, such as the one that makes the owner; only a hash of its secret is stored."""

    __tablename__ = "one_time_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Process(Base):
    """A process that answers scrapes at `address` (host:port) and last gave a sign of life at `seen_at`."""

    __tablename__ = "process"

    address: Mapped[str] = mapped_column(String(300), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    seen_at: Mapped[datetime]
