"""Looks for what is new in saved searches and puts messages on their way: a search a step, so any process may help."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from iam_job_scout.db import Database
from iam_job_scout.db.models import Delivery, JobAlias, Notice, SavedSearch
from iam_job_scout.notify.message import NewJob, compose
from iam_job_scout.notify.schedule import Cadence, next_look, not_quiet
from iam_job_scout.notify.searches import hours_of

#: A job is stored with the time at which its scan began to store it; one that commits later than others must not be
#: passed over. What was seen twice is told once all the same.
OVERLAP = timedelta(hours=1)
#: Of more new jobs than this at once, the best are told.
MOST_NEW = 500


class FindNew(Protocol):
    """Finds the jobs of a search that were first seen after a time, the best first."""

    def __call__(self, session: Session, query: str, *, user_id: int, after: datetime, limit: int) -> list[NewJob]:
        """`query` is the list's address after the question mark."""


@dataclass(frozen=True)
class _Due:
    id: int
    user_id: int
    query: str
    after: datetime
    next_at: datetime | None


def collect_one(database: Database, find: FindNew, *, home: str, now: datetime) -> bool:
    """Looks at the search that is due the longest; returns whether there was one.

    Two processes never look at the same one at once, and one that dies on the way leaves the search to be looked at
    again at its next time, with nothing passed over.
    """
    due = _claim(database, now)
    if due is None:
        return False
    with database.reading() as session:
        jobs = find(session, due.query, user_id=due.user_id, after=due.after, limit=MOST_NEW)
    with database.writing() as session:
        search = session.get(SavedSearch, due.id)
        if search is not None:
            _tell(session, search, jobs, home=home, now=now)
            search.read_until = max(search.read_until, now)
    return True


def _claim(database: Database, now: datetime) -> _Due | None:
    with database.writing() as session:
        wanted = select(SavedSearch).where(SavedSearch.next_at <= now).order_by(SavedSearch.next_at).limit(1)
        search = session.scalar(wanted)
        if search is None:
            return None
        next_at = next_look(Cadence(search.cadence), hours_of(session, search.user_id), now)
        mine = update(SavedSearch).where(SavedSearch.id == search.id, SavedSearch.next_at == search.next_at)
        after = max(search.created_at, search.read_until - OVERLAP)
        found = _Due(search.id, search.user_id, search.query, after, next_at)
        claimed = session.connection().execute(mine.values(next_at=next_at))
        return found if claimed.rowcount else _Due(0, 0, "", now, None)


def _tell(session: Session, search: SavedSearch, jobs: list[NewJob], *, home: str, now: datetime) -> None:
    told = _told(session, search.user_id, [job.id for job in jobs])
    news = [job for job in jobs if job.id not in told]
    if not news or search.channel_id is None:
        return
    session.add_all(Notice(user_id=search.user_id, job_id=job.id, at=now) for job in news)
    message = compose(search.name, news, company_cap=search.company_cap, home=home, query=search.query)
    session.add(
        Delivery(
            user_id=search.user_id,
            search_id=search.id,
            channel_id=search.channel_id,
            title=message.title,
            body=message.body,
            jobs=len(news),
            created_at=now,
            due_at=not_quiet(hours_of(session, search.user_id), now),
        )
    )


def _told(session: Session, user_id: int, job_ids: Collection[int]) -> set[int]:
    """Those of the jobs that the person knows of, under this number or one that was merged into it."""
    mine = select(Notice.job_id).where(Notice.user_id == user_id)
    direct = session.scalars(mine.where(Notice.job_id.in_(job_ids)))
    aliases = select(JobAlias.job_id).where(JobAlias.job_id.in_(job_ids), JobAlias.old_id.in_(mine))
    return {*direct, *session.scalars(aliases)}
