"""Scans and what they know of sources and boards: receipts, schedules, and who scans."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from iam_job_scout.db.models.base import Base


class Board(Base):
    """A board that is, or was, scanned; `validators` are what makes the next fetch conditional.

    `listed`: the list of boards still names it. `asked_at` is when it was asked last, `last_success_at` when it last
    gave a listing, whole or not, and `tally` has the counts of that listing, for the next answer that says "not
    modified". `doubted_at` is since when its listings have been too short to be believed.
    """

    __tablename__ = "board"
    __table_args__ = (UniqueConstraint("source", "token"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(40))
    token: Mapped[str] = mapped_column(String(200))
    company: Mapped[str] = mapped_column(String(200))
    validators: Mapped[dict[str, Any]] = mapped_column(default=dict)
    tally: Mapped[dict[str, Any]] = mapped_column(default=dict)
    listed: Mapped[bool] = mapped_column(default=True)
    asked_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    doubted_at: Mapped[datetime | None]


class SourceSchedule(Base):
    """When a source is due next. While `paused_at` is set nobody asks it.

    `found` and `new` are the jobs that its last scan found, and found for the first time.
    """

    __tablename__ = "source_schedule"

    source: Mapped[str] = mapped_column(String(40), primary_key=True)
    next_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    found: Mapped[int | None]
    new: Mapped[int | None]


class Executor(Base):
    """A process that scans, by its name in the queue; one that is silent has died, and others take its work over."""

    __tablename__ = "executor"

    name: Mapped[str] = mapped_column(String(300), primary_key=True)
    seen_at: Mapped[datetime]


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

    `unique` are the different postings among those fetched, `advertised` is how many the source says it has, and
    `truncated` that it has more than it gave. `kept_open` says why absent postings were not closed, "" where they
    were. `invalid` maps what was wrong with single items to how many. A `cancelled` board was not asked.
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
    unique: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int] = mapped_column(default=0)
    complete: Mapped[bool] = mapped_column(default=False)
    truncated: Mapped[bool] = mapped_column(default=False)
    not_modified: Mapped[bool] = mapped_column(default=False)
    cancelled: Mapped[bool] = mapped_column(default=False)
    kept_open: Mapped[str] = mapped_column(Text, default="")
    invalid: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error_type: Mapped[str | None] = mapped_column(String(40))
    error: Mapped[str | None] = mapped_column(Text)
