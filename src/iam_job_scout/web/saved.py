"""What a saved search means: its query string, read as the list of jobs reads it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Job
from iam_job_scout.jobs.cursor import Sort
from iam_job_scout.jobs.listed import read_jobs
from iam_job_scout.jobs.search import find_jobs
from iam_job_scout.notify.message import NewJob
from iam_job_scout.web.filters import parse_filters


def tidy(query: str) -> str:
    """Returns the query string with what the list of jobs understands, and nothing else; no place within the list."""
    return parse_filters(query.lstrip("?")).address().partition("?")[2]


def describe(query: str) -> str:
    """Says in a line what the search looks for."""
    return ", ".join(removable.name for removable in parse_filters(query).removable()) or "All jobs"


def find_new(session: Session, query: str, *, user_id: int, after: datetime, limit: int) -> list[NewJob]:
    """Returns the jobs of a search that were first seen after a time, the best first."""
    # Not the least of the column: for that databases go through all jobs by id, and not through the new ones by time.
    first = session.scalar(select(func.min(Job.id + 0)).where(Job.first_seen > after))
    if first is None:
        return []
    wanted = parse_filters(query).query(user_id, datetime.now(UTC))
    page = find_jobs(session, replace(wanted, from_id=first, sort=Sort.SCORE, size=limit), counted=False)
    jobs = read_jobs(session, page.ids)
    return [_new_job(job, page.fits.get(job.id, job.score)) for job in jobs if job.first_seen > after]


def newest_jobs(session: Session, query: str, *, user_id: int, limit: int) -> Sequence[Job]:
    """Returns the newest jobs of a search."""
    wanted = parse_filters(query).query(user_id, datetime.now(UTC))
    return read_jobs(session, find_jobs(session, replace(wanted, sort=Sort.NEWEST, size=limit), counted=False).ids)


def _new_job(job: Job, score: int) -> NewJob:
    return NewJob(
        id=job.id,
        title=job.title or "Untitled posting",
        company=job.company,
        location=job.location,
        score=score,
        skills=tuple(map(str, job.skills)),
    )
