"""All jobs as CSV or JSON Lines, a thousand at a time, so that a million take no more memory than these."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from iam_job_scout.db import Database
from iam_job_scout.db.models import Job, Tracking

#: Jobs that are read at once.
BATCH = 1_000
COLUMNS = (
    "id", "title", "company", "location", "mode", "tier", "score", "seniority", "sub", "skills", "pay_min", "pay_max",
    "pay_currency", "years", "clearance", "sponsorship", "contract", "certifications", "url", "posted_at",
    "first_seen", "last_seen", "closed_at", "status", "note",
)  # fmt: skip
#: A spreadsheet takes a cell that begins so for a formula, and a title is a stranger's text (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Rows = Sequence[Sequence[Any]]
_encode = msgspec.json.Encoder().encode


class Form(StrEnum):
    """The form of an export."""

    CSV = "csv"
    JSON_LINES = "jsonl"


def export(database: Database, form: Form, *, user_id: int | None, include_closed: bool) -> Iterator[bytes]:
    """Yields the parts of the file: all jobs by their id, with where the person is with each."""
    rows = _batches(database, user_id, include_closed=include_closed)
    return _csv(rows) if form is Form.CSV else _json_lines(rows)


def _batches(database: Database, user_id: int | None, *, include_closed: bool) -> Iterator[Rows]:
    last = 0
    while True:
        # A transaction a batch: a slow reader must not hold one open for minutes.
        with database.reading() as session:
            rows = _after(session, last, user_id, include_closed=include_closed)
        if not rows:
            return
        yield rows
        last = rows[-1][0]


def _after(session: Session, last: int, user_id: int | None, *, include_closed: bool) -> Rows:
    own = (Tracking.status, Tracking.note)
    wanted = select(*(getattr(Job, name) for name in COLUMNS[:-2]), *own)
    wanted = wanted.outerjoin(Tracking, (Tracking.job_id == Job.id) & (Tracking.user_id == user_id))
    if not include_closed:
        wanted = wanted.where(Job.closed_at.is_(None))
    return session.execute(wanted.where(Job.id > last).order_by(Job.id).limit(BATCH)).all()


def _csv(batches: Iterator[Rows]) -> Iterator[bytes]:
    # Excel takes UTF-8 for what it is only with this mark in front.
    yield "\ufeff".encode() + _lines([COLUMNS])
    for rows in batches:
        yield _lines([tuple(map(_cell, row)) for row in rows])


def _lines(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def _cell(value: object) -> object:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    if isinstance(value, list):
        return _cell("; ".join(map(str, value)))
    return value.isoformat() if isinstance(value, datetime) else value


def _json_lines(batches: Iterator[Rows]) -> Iterator[bytes]:
    for rows in batches:
        yield b"".join(_encode(dict(zip(COLUMNS, row, strict=True))) + b"\n" for row in rows)
