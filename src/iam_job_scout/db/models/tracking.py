"""What each person does with jobs, and what they look for: tracking with its history, profiles, personal scores."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from iam_job_scout.db.models.base import Base

#: The account that stands for the one person of a product without sign-in; every database has it, nobody signs in
#: with it.
LOCAL_USER_ID = 0


class JobStatus(StrEnum):
    """What a person did with a job. `closed` is no status: it is a fact about the posting."""

    NEW = "new"
    SAVED = "saved"
    APPLIED = "applied"
    INTERVIEW = "interview"
    OFFER = "offer"
    REJECTED = "rejected"
    HIDDEN = "hidden"


class Tracking(Base):
    """Where a person is with a job. No row means `new`.

    A job that has one cannot be deleted: neither foreign key of `job_id` here and in JobEvent cascades.
    """

    __tablename__ = "tracking"
    __table_args__ = (Index("ix_tracking_job", "job_id"), Index("ix_tracking_follow_up", "user_id", "follow_up_on"))

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), primary_key=True)
    status: Mapped[str] = mapped_column(String(10))
    status_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text, default="")
    follow_up_on: Mapped[date | None]


class JobEvent(Base):
    """One change of a person's tracking of a job, as it was after it; kept for ever."""

    __tablename__ = "job_event"
    __table_args__ = (Index("ix_job_event_user", "user_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(Text)
    follow_up_on: Mapped[date | None]


class Profile(Base):
    """What a person can and wants: skills and certifications by the names of the taxonomy, places as they were typed.

    `saved_at` also tells the profile that a score was reckoned with from a later one.
    """

    __tablename__ = "profile"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    skills: Mapped[list[Any]]
    certifications: Mapped[list[Any]]
    levels: Mapped[list[Any]]
    places: Mapped[list[Any]]
    modes: Mapped[list[Any]]
    pay_floor: Mapped[int | None]
    pay_currency: Mapped[str] = mapped_column(String(3))
    needs_sponsorship: Mapped[bool]
    saved_at: Mapped[datetime]


class Fit(Base):
    """The score of an open job for a person with a profile, 0 to 100."""

    __tablename__ = "fit"
    __table_args__ = (Index("ix_fit_score", "user_id", "score"), Index("ix_fit_job", "job_id"))

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    score: Mapped[int]


class CalendarFeed(Base):
    """The secret address of a person's follow-up dates; only its hash is stored."""

    __tablename__ = "calendar_feed"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
