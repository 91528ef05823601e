"""Finding jobs: one query object, one page of results, the same on SQLite and PostgreSQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Job, JobStatus, Tracking
from iam_job_scout.jobs.tracking import Tracked, tracked_jobs

#: Words beyond this many are not looked at: nobody types them, and each costs a pass over the texts.
MAX_WORDS = 12


class Sort(StrEnum):
    """Orders of a result; ties are broken by the newest."""

    SCORE = "score"
    NEWEST = "newest"


@dataclass(frozen=True, kw_only=True)
class JobQuery:
    """What to look for. Empty values do not restrict; `status` None means all but hidden. `user_id` is who looks."""

    words: str = ""
    user_id: int | None = None
    status: JobStatus | None = None
    tier: str = ""
    mode: str = ""
    include_closed: bool = False
    sort: Sort = Sort.SCORE
    page: int = 1
    size: int = 50


@dataclass(frozen=True)
class JobPage:
    """One page of jobs, where the person is with those that they touched, and how many there are in all."""

    jobs: tuple[Job, ...]
    total: int
    tracked: Mapping[int, Tracked]


def find_jobs(session: Session, query: JobQuery) -> JobPage:
    """Returns the page of jobs that match every word and filter of the query."""
    conditions = _conditions(query)
    total = session.scalar(select(func.count()).select_from(Job).where(*conditions)) or 0
    page = _ordered(select(Job.id).where(*conditions), query.sort)
    ids = session.scalars(page.offset((query.page - 1) * query.size).limit(query.size)).all()
    # Ids are put in order first: sorting whole rows would move every description through the sorter.
    jobs = {job.id: job for job in session.scalars(select(Job).where(Job.id.in_(ids)))}
    known = tuple(jobs[job_id] for job_id in ids if job_id in jobs)
    return JobPage(known, total, tracked_jobs(session, query.user_id, ids))


def searchable(*texts: str) -> str:
    """Returns the texts in the form that `find_jobs` looks words up in."""
    return " ".join(" ".join(texts).casefold().split())


def _conditions(query: JobQuery) -> list[ColumnElement[bool]]:
    conditions = [_contains(word) for word in query.words.casefold().split()[:MAX_WORDS]]
    conditions.append(_has_status(query))
    if query.tier:
        conditions.append(Job.tier == query.tier)
    if query.mode:
        conditions.append(Job.mode == query.mode)
    if not query.include_closed:
        conditions.append(Job.closed_at.is_(None))
    return conditions


def _has_status(query: JobQuery) -> ColumnElement[bool]:
    mine = exists().where(Tracking.job_id == Job.id, Tracking.user_id == query.user_id)
    if query.status == JobStatus.NEW:
        return ~mine.where(Tracking.status != JobStatus.NEW)
    return mine.where(Tracking.status == query.status) if query.status else ~mine.where(Tracking.status == "hidden")


def _contains(word: str) -> ColumnElement[bool]:
    return Job.search_text.contains(word, autoescape=True)


def _ordered(statement: Select[int], sort: Sort) -> Select[int]:
    newest = (func.coalesce(Job.posted_at, Job.first_seen).desc(), Job.id.desc())
    return statement.order_by(*newest) if sort is Sort.NEWEST else statement.order_by(Job.score.desc(), *newest)
