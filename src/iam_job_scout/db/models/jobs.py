"""Postings are what sources show; a job is what a person sees: one or more postings merged."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from iam_job_scout.db.models.base import Base


class Decision(StrEnum):
    """How the scan decided on a posting. Every posting that was fetched has exactly one."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


class Job(Base):
    """What a person sees. `fingerprint` is equal for exactly equal postings; `search_text` is lower case."""

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_counts", "closed_at", "tier", "sample"),
        Index("ix_job_listing", "closed_at", "score", "id"),
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
