"""All jobs as CSV or JSON Lines, a thousand at a time, so that a million take no more memory than these.

Lists and times come from the database as text, and go into the file as text: making objects of them only to write them
down again would take most of the time.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Text, cast, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from iam_job_scout.db import Database
from iam_job_scout.db.models import Job, Tracking

#: Jobs that are read at once.
BATCH = 1_000
COLUMNS = (
    "id", "title", "company", "location", "mode", "tier", "score", "seniority", "sub", "skills", "pay_min", "pay_max",
    "pay_currency", "years", "clearance", "sponsorship", "contract", "certifications", "url", "posted_at",
    "first_seen", "last_seen", "closed_at", "status", "note",
)  # fmt: skip
_LISTS = frozenset({"sub", "skills", "certifications"})
_TIMES = frozenset({"posted_at", "first_seen", "last_seen", "closed_at"})
_NUMBERS = frozenset({"id", "score", "pay_min", "pay_max", "years"})
#: A spreadsheet takes a cell that begins so for a formula, and a title is a stranger's text (OWASP, CSV injection).
_FORMULA = frozenset("=+-@\t\r")
Rows = Sequence[Sequence[Any]]
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Any]).decode


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
    wanted = select(*(_as_text(name, getattr(Job, name)) for name in COLUMNS[:-2]), *own)
    wanted = wanted.outerjoin(Tracking, (Tracking.job_id == Job.id) & (Tracking.user_id == user_id))
    if not include_closed:
        wanted = wanted.where(Job.closed_at.is_(None))
    # Past the ORM, which would take each row apart and put it together again.
    return session.connection().execute(wanted.where(Job.id > last).order_by(Job.id).limit(BATCH)).all()


def _as_text(name: str, column: InstrumentedAttribute[Any]) -> Any:
    return cast(column, Text).label(name) if name in _LISTS | _TIMES else column


def _csv(batches: Iterator[Rows]) -> Iterator[bytes]:
    # Excel takes UTF-8 for what it is only with this mark in front.
    yield "\ufeff".encode() + _lines([COLUMNS])
    for rows in batches:
        yield _lines([[write(value) for write, value in zip(_CELLS, row, strict=True)] for row in rows])


def _lines(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def _text_cell(value: str | None) -> str | None:
    return f"'{value}" if value and value[0] in _FORMULA else value


def _list_cell(value: str) -> str | None:
    return _text_cell("; ".join(map(str, _decode(value)))) if value != "[]" else ""


def _time(value: str | None) -> str | None:
    """The time as RFC 3339 writes it; the database keeps UTC."""
    return None if value is None else f"{value[:10]}T{value[11:]}+00:00"


def _json_lines(batches: Iterator[Rows]) -> Iterator[bytes]:
    for rows in batches:
        values = ([write(value) for write, value in zip(_VALUES, row, strict=True)] for row in rows)
        yield b"".join(_encode(dict(zip(COLUMNS, row, strict=True))) + b"\n" for row in values)


def _list_value(value: str) -> msgspec.Raw:
    return msgspec.Raw(value.encode())


def _as_it_is(value: object) -> object:
    return value


def _writers(text: Callable[[Any], object], items: Callable[[Any], object]) -> tuple[Callable[[Any], object], ...]:
    """How each column is written."""
    kinds = {**dict.fromkeys(_LISTS, items), **dict.fromkeys(_TIMES, _time), **dict.fromkeys(_NUMBERS, _as_it_is)}
    return tuple(kinds.get(name, text) for name in COLUMNS)


_CELLS = _writers(_text_cell, _list_cell)
_VALUES = _writers(_as_it_is, _list_value)
