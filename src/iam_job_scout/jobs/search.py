"""Finding jobs: one query, one page of results with the counts of its filters, the same on SQLite and PostgreSQL."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from rapidfuzz.distance import OSA
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from iam_job_scout.db.fulltext import Condition, Expression, day_tokens, has_token, similar_words
from iam_job_scout.db.models import Job, JobStatus
from iam_job_scout.jobs.cursor import Cursor, Row, Sort
from iam_job_scout.jobs.facets import CAP, DAY, FRESH_DAYS, Facet, FacetValue, facets, offered
from iam_job_scout.jobs.fits import fits_of
from iam_job_scout.jobs.kept import A_WHILE, MANY_JOBS, Kept
from iam_job_scout.jobs.query import Reading, read_words
from iam_job_scout.jobs.result import Order, Result, count_marks, look
from iam_job_scout.jobs.seeker import Seeker, read_seeker
from iam_job_scout.jobs.tracking import Tracked, tracked_jobs

#: Up to so many jobs in all, the other values of a chosen filter are counted too; it takes a question for each filter.
_SMALL = 20_000
#: Words shorter than the first are not mended; those shorter than the second may have one letter wrong, others two.
_MENDED, _LONG = 4, 8


@dataclass(frozen=True, kw_only=True)
class JobQuery:
    """What to look for; empty values do not restrict. `user_id` is who looks; `status` None means all but hidden.

    `choices` holds the chosen values of each filter, by its name. `cursor` is where in the result to go on,
    `skip` leaves out so many jobs there, for who counts pages. `from_id` leaves out jobs with a smaller id.
    """

    words: str = ""
    user_id: int | None = None
    status: JobStatus | None = None
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    include_closed: bool = False
    sort: Sort = Sort.SCORE
    cursor: Cursor | None = None
    skip: int = 0
    from_id: int = 0
    size: int = 50
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class JobPage:
    """One page of jobs, by their ids, with where the person is with them, how well they fit, and what is known of the
    whole. Some may be gone already when they are read (see `jobs/listed.py`).

    With `more`, there are more than `total`. `reading` says how the words were read. `facets` has the values to choose
    from, by filter; it is empty where nobody asked.
    """

    ids: tuple[int, ...]
    total: int
    more: bool
    reading: Reading
    tracked: Mapping[int, Tracked]
    fits: Mapping[int, int]
    facets: Mapping[str, list[FacetValue]]
    next: Cursor | None
    previous: Cursor | None


@dataclass(frozen=True)
class _Found:
    """What a search found: how the words were read, how many jobs there are, those of the page, and the filters."""

    reading: Reading
    count: int
    rows: tuple[Row, ...]
    facets: Mapping[str, list[FacetValue]]


#: Answers of more jobs than this, and all of a database of many, for five minutes: those take long. That a
#: job is new or has closed, and what the person does, shows at once (see `Seeker`); what an edit of a job changes in
#: its place in lists may show later.
_MANY_FOUND = 1_000
_kept = Kept[_Found](seconds=A_WHILE, most=300)
#: Whether there are few jobs in all, by database; finding it out takes a tenth of the time of a search.
_few = Kept[bool](seconds=A_WHILE, most=10)


def find_jobs(session: Session, query: JobQuery, *, counted: bool = True, seeker: Seeker | None = None) -> JobPage:
    """Returns a page of the jobs that match all words and filters, with the filters' values where wanted.

    `seeker` is who looks, where that is known.
    """
    seeker = seeker or read_seeker(session, query.user_id)
    key = (str(session.get_bind().engine.url), _question(query, seeker), counted, seeker.seen)
    found = _kept.get(
        key,
        lambda: _find(session, query, seeker, counted=counted),
        worth=lambda found: found.count > _MANY_FOUND or seeker.newest > MANY_JOBS,
    )
    rows, previous, following = _cut(query, found.rows)
    ids = [row.id for row in rows]
    return JobPage(
        ids=tuple(ids),
        total=min(found.count, CAP),
        more=found.count > CAP,
        reading=found.reading,
        tracked=tracked_jobs(session, query.user_id, ids) if seeker.statuses else {},
        fits=fits_of(session, query.user_id, ids) if seeker.fitted else {},
        facets=found.facets,
        next=following,
        previous=previous,
    )


def _question(query: JobQuery, seeker: Seeker) -> tuple[object, ...]:
    """What two queries with the same answer have in common; whose they are matters where the person makes it differ."""
    personal = seeker.hides or query.status is not None or query.sort is Sort.FIT
    choices = tuple(sorted((name, values) for name, values in query.choices.items() if values))
    place = (query.cursor, query.skip, query.from_id, query.size, query.now.date())
    whose = (query.user_id, seeker.did) if personal else ()
    return (query.words, choices, query.status, query.include_closed, query.sort, whose, place)


def _find(session: Session, query: JobQuery, seeker: Seeker, *, counted: bool) -> _Found:
    reading = read_words(query.words)
    result = _look(session, query, reading, seeker)
    if not result.count and reading.parts:
        mended = _mend(session, reading)
        if mended.instead:
            reading, result = mended, _look(session, query, mended, seeker)
    values = _facets(session, query, reading, result, seeker) if counted else {}
    return _Found(reading, result.count, result.rows, values)


def any_jobs(session: Session) -> bool:
    """Whether there is any job at all, open or closed."""
    return session.scalar(select(Job.id).limit(1)) is not None


def _look(session: Session, query: JobQuery, reading: Reading, seeker: Seeker) -> Result:
    order = Order(
        sort=query.sort,
        cursor=query.cursor,
        skip=query.skip,
        size=query.size,
        user_id=query.user_id,
        now=query.now,
    )
    return look(session, _expression(query, reading), _condition(query, seeker), order)


def _cut(query: JobQuery, rows: tuple[Row, ...]) -> tuple[tuple[Row, ...], Cursor | None, Cursor | None]:
    """The rows of the page in order, and the places before and after it, where there are rows."""
    back, goes_on = bool(query.cursor and query.cursor.back), len(rows) > query.size
    page = rows[: query.size]
    if back:
        page = page[::-1]
    if not page:
        return page, None, None
    previous = Cursor(query.sort, page[0], back=True) if (goes_on if back else query.cursor) else None
    following = Cursor(query.sort, page[-1]) if (query.cursor if back else goes_on) else None
    return page, previous, following


def _expression(query: JobQuery, reading: Reading) -> Expression:
    """What the index is asked: the words, and the marks of the chosen values.

    A value that nearly every job has is asked for as the absence of the others: their lists are short.
    """
    every: list[tuple[str, ...]] = []
    none: list[str] = []
    for name, values in query.choices.items():
        facet = facets()[name]
        if values == (facet.usual,) and facet.unusual:
            none.append(facet.unusual)
        elif facet.usual in values:
            none += (f"{name}:{value}" for value in facet.names if value not in values)
        elif facet.all:
            every += ((f"{name}:{value}",) for value in values)
        elif values:
            every.append(tuple(mark for value in values for mark in _marks(name, value, query.now)))
    return reading.expression(every, without=none, closed=query.include_closed)


def _marks(name: str, value: str, now: datetime) -> tuple[str, ...]:
    """The tokens of a value, of which a job has one at least."""
    if name != "fresh":
        return (f"{name}:{value}",)
    days = _days(value, now)
    return day_tokens(days[0], days[-1])


def _days(since: str, now: datetime) -> range:
    """Days of a posting, counted from 1970. Dates of postings may run a little ahead of the clock."""
    today = int(now.timestamp()) // DAY
    return range(today - int(since), today + 2)


def _condition(query: JobQuery, seeker: Seeker) -> Condition:
    return replace(_status_condition(query, seeker), from_id=query.from_id)


def _status_condition(query: JobQuery, seeker: Seeker) -> Condition:
    mine = "SELECT job_id FROM tracking WHERE user_id = :user"
    values = (("user", query.user_id),)
    if query.status is None:
        return Condition(f"s.id NOT IN ({mine} AND status = 'hidden')", values) if seeker.hides else Condition()
    if query.status is JobStatus.NEW:
        return Condition(f"s.id NOT IN ({mine} AND status <> 'new')", values)
    return Condition("", (*values, ("status", query.status.value)), only=f"{mine} AND status = :status")


def _facets(
    session: Session, query: JobQuery, reading: Reading, result: Result, seeker: Seeker
) -> dict[str, list[FacetValue]]:
    chosen = {name for name, values in query.choices.items() if values and not facets()[name].all}
    small = bool(chosen) and _is_small(session)
    counted, found = _by_facet(result.marks), {}
    for name, facet in facets().items():
        counts: Mapping[str, int] | None = _counts(facet, counted, query.now)
        if name in chosen:
            wanted = _expression(replace(query, choices={**query.choices, name: ()}), reading)
            others = _by_facet(count_marks(session, wanted, _condition(query, seeker))) if small else None
            counts = None if others is None else _counts(facet, others, query.now)
        values = query.choices.get(name, ())
        found[name] = offered(facet, values, counts, more=result.count > CAP)
    return found


def _counts(facet: Facet, values: Mapping[str, Mapping[str, int]], now: datetime) -> Mapping[str, int]:
    """How many jobs have each value of a filter; `values` holds the numbers of all marks by what stands before ":"."""
    if facet.name != "fresh":
        return values.get(facet.name, {})
    days = values.get("day", {})
    return {str(n): sum(days.get(str(day), 0) for day in _days(str(n), now)) for n in FRESH_DAYS}


def _by_facet(marks: Mapping[str, int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for mark, count in marks.items():
        name, _, value = mark.partition(":")
        found.setdefault(name, {})[value] = count
    return found


def _is_small(session: Session) -> bool:
    count = text(f"SELECT count(*) FROM (SELECT 1 FROM job_search LIMIT {_SMALL + 1}) AS jobs")  # noqa: S608
    url = str(session.get_bind().engine.url)
    return _few.get(url, lambda: bool(session.execute(count).scalar_one() <= _SMALL))


def _mend(session: Session, reading: Reading) -> Reading:
    """The reading with words that no job has replaced: by what begins so, or by similar words of titles, companies."""
    instead: dict[str, tuple[str, ...]] = {}
    for word in reading.single_words():
        if has_token(session, word):
            continue
        if len(word) > 2 and has_token(session, f"{word}*"):
            instead[word] = (f"{word}*",)
        elif len(word) >= _MENDED:
            instead[word] = _closest(word, similar_words(session, word))
    return replace(reading, instead={word: others for word, others in instead.items() if others})


def _closest(word: str, known: list[str]) -> tuple[str, ...]:
    wrong = 1 if len(word) < _LONG else 2
    near = {other: distance for other in known if (distance := OSA.distance(word, other, score_cutoff=wrong)) <= wrong}
    least = min(near.values(), default=0)
    return tuple(sorted(other for other, distance in near.items() if distance == least)[:3])
