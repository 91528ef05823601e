"""How postings are found to show one opening, and what people said of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from iam_job_scout.db.models.base import Base


class OpeningKey(Base):
    """A block in which a posting meets those it is compared with; `near` orders the members of a block."""

    __tablename__ = "opening_key"
    __table_args__ = (Index("ix_opening_key_posting", "posting_id"),)

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    posting_id: Mapped[int] = mapped_column(ForeignKey("posting.id", ondelete="CASCADE"), primary_key=True)
    near: Mapped[int] = mapped_column(BigInteger)


class OpeningLink(Base):
    """Two postings that were compared and found to show one opening, and why; `one_id` is the smaller id."""

    __tablename__ = "opening_link"
    __table_args__ = (Index("ix_opening_link_other", "other_id"),)

    one_id: Mapped[int] = mapped_column(ForeignKey("posting.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("posting.id", ondelete="CASCADE"), primary_key=True)
    confidence: Mapped[float]
    reasons: Mapped[list[Any]]


class OpeningVerdict(Base):
    """A person's word on two postings, kept for ever: no scan and no rule overrides it. `one_id` is the smaller id."""

    __tablename__ = "opening_verdict"
    __table_args__ = (Index("ix_opening_verdict_other", "other_id"),)

    one_id: Mapped[int] = mapped_column(ForeignKey("posting.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("posting.id", ondelete="CASCADE"), primary_key=True)
    same: Mapped[bool]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    at: Mapped[datetime]


class JobAlias(Base):
    """The id of a job that was merged into another one, so that what points to it still finds it."""

    __tablename__ = "job_alias"
    __table_args__ = (Index("ix_job_alias_job", "job_id"),)

    old_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
