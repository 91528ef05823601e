"""Saved searches, where their news goes, and what was sent."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from iam_job_scout.db.models.base import Base


class NoticeRules(Base):
    """When a person wants to be told: digests at `digest_hour`, nothing from `quiet_from` to `quiet_until`.

    Hours are whole ones of `timezone`, an IANA name; equal quiet hours mean none.
    """

    __tablename__ = "notice_rules"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    timezone: Mapped[str] = mapped_column(String(60), default="UTC")
    digest_hour: Mapped[int] = mapped_column(default=7)
    quiet_from: Mapped[int] = mapped_column(default=0)
    quiet_until: Mapped[int] = mapped_column(default=0)


class Channel(Base):
    """Where a person's notices go: an Apprise address, which holds secrets and is never shown whole."""

    __tablename__ = "notice_channel"
    __table_args__ = (Index("ix_notice_channel_user_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class SavedSearch(Base):
    """A search that is kept; `query` is the address of the list after the question mark.

    Jobs first seen up to `read_until` have been looked at. `next_at` is when it is looked again, None: never.
    `feed_hash` is of the secret in the address of its feed, None: it has none.
    """

    __tablename__ = "saved_search"
    __table_args__ = (Index("ix_saved_search_user_id", "user_id"), Index("ix_saved_search_next_at", "next_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    query: Mapped[str] = mapped_column(Text)
    cadence: Mapped[str] = mapped_column(String(10))
    company_cap: Mapped[int]
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("notice_channel.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    read_until: Mapped[datetime]
    next_at: Mapped[datetime | None]
    feed_hash: Mapped[str | None] = mapped_column(String(64), unique=True)


class Delivery(Base):
    """One message on its way; sent, given up, or due again at `due_at`."""

    __tablename__ = "notice_delivery"
    __table_args__ = (
        Index("ix_notice_delivery_due", "sent_at", "failed_at", "due_at"),
        Index("ix_notice_delivery_user_id", "user_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    search_id: Mapped[int | None] = mapped_column(ForeignKey("saved_search.id", ondelete="SET NULL"))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("notice_channel.id", ondelete="SET NULL"))
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    jobs: Mapped[int]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(300), default="")


class Notice(Base):
    """A person was told of a job, which happens once. The job's row may have gone since, so its id is only a number."""

    __tablename__ = "notice"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    job_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
