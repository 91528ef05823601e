"""Jobs like another one: open, found lately, sharing the most skills and fields."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Job

#: So many of the newest open jobs are compared, which takes about 2 ms; so many of them are shown.
LOOKED_AT, SHOWN = 600, 5
#: Less likeness than this is none: it is the share of common skills, plus a little for field and level.
LEAST, FIELD, LEVEL = 0.25, 0.1, 0.05

_NEWEST = text("SELECT id, facets FROM job_search WHERE open AND id <> :id ORDER BY id DESC LIMIT :count")


def similar_jobs(session: Session, job: Job) -> list[Job]:
    """Returns the jobs most like this one, best first; none where it names no skill."""
    mine = frozenset(job.facets.split())
    newest = session.execute(_NEWEST, {"id": job.id, "count": LOOKED_AT})
    likeness = {job_id: _likeness(mine, marks) for job_id, marks in newest} if "skill:" in job.facets else {}
    alike = [job_id for job_id, points in likeness.items() if points >= LEAST]
    best = sorted(alike, key=lambda job_id: (-likeness[job_id], -job_id))[:SHOWN]
    found = {other.id: other for other in session.scalars(select(Job).where(Job.id.in_(best)))}
    return [found[job_id] for job_id in best]


def _likeness(mine: frozenset[str], theirs: str) -> float:
    common = " ".join(mine.intersection(theirs.split()))
    shared = common.count("skill:")
    if not shared:
        return 0.0
    named = sum(mark.startswith("skill:") for mark in mine) + theirs.count("skill:")
    return shared / (named - shared) + FIELD * ("sub:" in common) + LEVEL * ("level:" in common)
