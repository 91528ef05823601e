"""Postings are what sources show; a job is what a person sees: one or more postings merged."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, case, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column

from iam_job_scout.db.models.base import Base
from iam_job_scout.db.models.scans import Board


class Decision(StrEnum):
    """How the scan decided on a posting. Every posting that was fetched has exactly one."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


class Job(Base):
    """What a person sees. `fingerprint` is equal for exactly equal postings.

    The facts from `years` to `own_product` are those of `relevance.Match`; `places` holds its places as objects.
    `search_text` and `facets` are what the job is found by (see `jobs/indexing.py`). `sources` has a mark for each
    source that shows the job, kept by triggers, which also keep the full-text index.
    """

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
    search_text: Mapped[str] = mapped_column(Text, default="")
    years: Mapped[int | None]
    places: Mapped[list[Any]] = mapped_column(default=list)
    clearance: Mapped[str | None] = mapped_column(String(40))
    citizenship: Mapped[str | None] = mapped_column(String(40))
    sponsorship: Mapped[str] = mapped_column(String(10), default="unknown")
    contract: Mapped[str] = mapped_column(String(20), default="unknown")
    certifications: Mapped[list[Any]] = mapped_column(default=list)
    language: Mapped[str] = mapped_column(String(3), default="")
    own_product: Mapped[bool] = mapped_column(default=False)
    facets: Mapped[str] = mapped_column(Text, default="")
    pay_dollars: Mapped[int | None]
    sources: Mapped[str] = mapped_column(Text, default="")


class Posting(Base):
    """One posting as a source showed it last; `raw` is all of it, packed by `scan/raw.py`.

    `rule`, `tier`, `score` and, of rejected ones, `evidence` say why it was decided so; an accepted one's evidence is
    its job's. `absent_at` is when a listing first lacked it, None while it is shown; `missed` counts the listings
    since then that were whole. `entry` tells the next fetch whether the posting must be read again.
    """

    __tablename__ = "posting"
    __table_args__ = (
        UniqueConstraint("source", "board", "external_id"),
        Index("ix_posting_job", "job_id"),
        Index("ix_posting_url", "url"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(40))
    board: Mapped[str] = mapped_column(String(200))
    external_id: Mapped[str] = mapped_column(String(300))
    url: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    company: Mapped[str] = mapped_column(Text)
    location: Mapped[str] = mapped_column(Text)
    posted_at: Mapped[datetime | None]
    content_hash: Mapped[str] = mapped_column(String(32))
    entry: Mapped[str] = mapped_column(String(32), default="")
    first_seen: Mapped[datetime]
    #: When it was seen before it was stored or went missing last; `last_seen` is what to show.
    seen_at: Mapped[datetime] = mapped_column()
    absent_at: Mapped[datetime | None] = mapped_column()
    missed: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None] = mapped_column()
    decision: Mapped[str] = mapped_column(String(10))
    rule: Mapped[str] = mapped_column(String(60))
    tier: Mapped[str] = mapped_column(String(10))
    score: Mapped[int]
    evidence: Mapped[list[Any]] = mapped_column(default=list)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    raw: Mapped[bytes] = mapped_column(deferred=True)
    #: While it is shown, each listing of its board has seen it; no scan needs to write that down.
    last_seen: Mapped[datetime] = column_property(
        case(
            (
                absent_at.is_(None) & closed_at.is_(None),
                func.coalesce(
                    select(Board.last_success_at).where(Board.source == source, Board.token == board).scalar_subquery(),
                    seen_at,
                ),
            ),
            else_=seen_at,
        )
    )


class PostingEvent(Base):
    """Something that happened to a posting after it was first seen: a fact, never a guess. `detail` goes with `kind`.

    edited: fields, and old and new title and location. pay: old and new. closed: why. reopened: nothing.
    reposted: the earlier posting with the same title, place and text that had closed. merged, of the posting that led
    a job which went into another one: both, and the postings and ids of status events that it had (`scan/merges.py`).
    """

    __tablename__ = "posting_event"
    __table_args__ = (Index("ix_posting_event_posting", "posting_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    posting_id: Mapped[int] = mapped_column(ForeignKey("posting.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(12))
    detail: Mapped[dict[str, Any]]
