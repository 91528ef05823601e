"""The jobs that match: how many, with which marks, and which of them a page shows.

Up to 10,000 jobs a result is looked at whole, so counts are exact. Of a larger one 10,000 are looked at (on SQLite the
newest): their counts are lower bounds, and the last row of a page made of them bounds what the true page can hold, so
a second question for that range alone finds it. By fit or company, those 10,000 are what is put in order.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from iam_job_scout.db.fulltext import Condition, Expression, day_tokens, matching
from iam_job_scout.jobs.cursor import Cursor, Row, Sort
from iam_job_scout.jobs.facets import CAP, DAY
from iam_job_scout.jobs.kept import Kept

_KEYS = {
    Sort.SCORE: "score",
    # One that is not reckoned yet counts as its own share of it (`jobs/fit.py`).
    Sort.FIT: "coalesce((SELECT f.score FROM fit f WHERE f.user_id = :user AND f.job_id = found.id), score * 6 / 10)",
    Sort.NEWEST: "moment",
    Sort.PAY: "coalesce(pay, -1)",
    Sort.COMPANY: "coalesce(nullif(company, ''), :nameless)",
}
#: The column that each of them reads, where that is not the score.
_COLUMNS = {Sort.NEWEST: "moment", Sort.PAY: "pay", Sort.COMPANY: "company"}
#: Sorts after every name.
_NAMELESS = "\U0010ffff"

#: The token that a key falls under and how many keys share one, and between which all keys are found. Pay past the
#: highest falls under its token; what is not stated is -1. Of dates, so many days are looked through.
_BUCKETS = {Sort.SCORE: ("score", 5), Sort.PAY: ("step", 5_000)}
_RANGES = {Sort.SCORE: (0, 100), Sort.PAY: (-1, 400_000), Sort.NEWEST: (0, 0)}
_DAYS = 3_640

#: The marks of sets by number, as far as they were asked for, by database. A set never changes, but a backup that is
#: restored may have others.
_sets = Kept[dict[str, tuple[str, ...]]](seconds=300, most=10)
_MARKS = text("SELECT id, marks FROM mark_set WHERE id IN :ids").bindparams(bindparam("ids", expanding=True))
#: Numbers that are asked for at once; SQLite takes 32,766.
_AT_ONCE = 5_000


@dataclass(frozen=True, kw_only=True)
class Order:
    """Which rows of a result a page shows: `size` and one more, in an order, from a place on, for who looks."""

    sort: Sort
    cursor: Cursor | None
    skip: int
    size: int
    user_id: int | None
    now: datetime

    @property
    def back(self) -> bool:
        """Whether the page is the one before the cursor; its rows then come last first."""
        return bool(self.cursor and self.cursor.back)


@dataclass(frozen=True)
class Result:
    """`count` is at most one more than the cap. `rows` are those of the page and, where there is more, the next."""

    count: int
    marks: Counter[str] = field(default_factory=Counter)
    rows: tuple[Row, ...] = ()


def look(session: Session, wanted: Expression, condition: Condition, order: Order) -> Result:
    """Returns the result with the page that the order asks for."""
    result = _ask(session, wanted, condition, order)
    return _narrow(session, wanted, condition, order, result) if result.count > CAP else result


def count_marks(session: Session, wanted: Expression, condition: Condition) -> Counter[str]:
    """Returns how many of the jobs that match (of 10,001 at most) have each mark."""
    source, values = matching(session, wanted, condition, ("sets",))
    statement = f"WITH found AS MATERIALIZED ({source} LIMIT {CAP + 1}) {_summary(session)}"
    return _count(session, session.execute(text(statement), values).one().marks or "")


def _narrow(session: Session, wanted: Expression, condition: Condition, order: Order, part: Result) -> Result:
    """The result with the rows of the true page, from what is known of a part of it."""
    bucket = _bucket(order, part.rows)
    if not bucket:
        return part
    narrowed = replace(wanted, every=(*wanted.every, bucket))
    return replace(part, rows=_ask(session, narrowed, condition, order, counted=False).rows)


def _bucket(order: Order, rows: tuple[Row, ...]) -> tuple[str, ...]:
    """The tokens of the range of keys that holds the page; the best rows of a part of the result bound it."""
    if order.sort not in _RANGES:
        return ()
    lowest, highest = _RANGES[order.sort]
    if order.sort is Sort.NEWEST:
        highest = int(order.now.timestamp()) + DAY
        lowest = highest - _DAYS * DAY
    start: Any = order.cursor.row.key if order.cursor else highest
    end: Any = rows[order.size].key if len(rows) > order.size else highest if order.back else lowest
    low, high = sorted(max(lowest, min(int(key), highest)) for key in (start, end))
    if order.sort is Sort.NEWEST:
        return day_tokens(low // DAY, high // DAY)
    token, width = _BUCKETS[order.sort]
    tokens = (f"{token}:{n}" for n in range(max(low, 0) // width, high // width + 1))
    return (*tokens, *([f"{token}:none"] if low < 0 else []))


def _ask(session: Session, wanted: Expression, condition: Condition, order: Order, *, counted: bool = True) -> Result:
    key = _COLUMNS.get(order.sort, "score")
    columns = dict.fromkeys(("id", "moment", key, *(["sets"] if counted else [])))
    source, values = matching(session, wanted, condition, columns)
    summary = _summary(session) if counted else "SELECT count(*) AS n, '' AS marks, 0 AS k, 0 AS moment FROM found"
    page = f"SELECT * FROM ({_page(session, order)}) AS page"  # noqa: S608 - no values in it
    statement = f"WITH found AS MATERIALIZED ({source} LIMIT {CAP + 1}) {summary} UNION ALL {page}"
    values |= {"user": order.user_id, "nameless": _NAMELESS, "rows": order.size + 1, "skip": order.skip}
    if order.cursor:
        row = order.cursor.row
        values |= {"key": row.key, "moment": row.moment, "id": row.id}
    (count, marks, _, _), *rows = session.execute(text(statement), values).all()
    named = order.sort is Sort.COMPANY
    found = tuple(Row(row[0], row[1] if named else row[2], row[3]) for row in rows)
    return Result(count, _count(session, marks or ""), found)


def _count(session: Session, found: str) -> Counter[str]:
    """How many jobs have each mark; of each of them, `found` has the numbers of its sets and marks of no set."""
    times = Counter(found.split())
    counts: Counter[str] = Counter()
    known = _marks_of(session, times)
    for name, count in times.items():
        for mark in known.get(name, (name,)):
            counts[mark] += count
    return counts


def _marks_of(session: Session, names: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """The marks of sets by number; names that are no number are left out."""
    known = _sets.get(str(session.get_bind().engine.url), dict)
    missing = [int(name) for name in names if name.isdigit() and name not in known]
    for at in range(0, len(missing), _AT_ONCE):
        rows = session.execute(_MARKS, {"ids": missing[at : at + _AT_ONCE]})
        known.update((str(number), tuple(marks.split())) for number, marks in rows)
    return known


def _summary(session: Session) -> str:
    join = "group_concat" if _is_sqlite(session) else "string_agg"
    return f"SELECT count(*) AS n, {join}(sets, ' ') AS marks, 0 AS k, 0 AS moment FROM found"  # noqa: S608


def _page(session: Session, order: Order) -> str:
    """A SELECT of id, key as a text, key as a number, and moment."""
    named = order.sort is Sort.COMPANY
    key = _KEYS[order.sort] + (' COLLATE "C"' if named and not _is_sqlite(session) else "")
    columns = "key, 0" if named else "'', key"
    ascending = named != order.back
    beyond, older = ">" if ascending else "<", ">" if order.back else "<"
    after = f"WHERE key {beyond} :key OR (key = :key AND (moment, id) {older} (:moment, :id))" if order.cursor else ""
    directions = f"key {'ASC' if ascending else 'DESC'}, moment {_way(order)}, id {_way(order)}"
    return (
        f"SELECT id, {columns}, moment FROM (SELECT id, {key} AS key, moment FROM found) AS keyed"  # noqa: S608
        f" {after} ORDER BY {directions} LIMIT :rows OFFSET :skip"
    )


def _way(order: Order) -> str:
    return "ASC" if order.back else "DESC"


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
