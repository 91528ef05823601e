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
    if not _of("skill:", mine):
        return []
    newest = session.execute(_NEWEST, {"id": job.id, "count": LOOKED_AT})
    likeness = {job_id: _likeness(mine, frozenset(marks.split())) for job_id, marks in newest}
    alike = [job_id for job_id, points in likeness.items() if points >= LEAST]
    best = sorted(alike, key=lambda job_id: (-likeness[job_id], -job_id))[:SHOWN]
    found = {other.id: other for other in session.scalars(select(Job).where(Job.id.in_(best)))}
    return [found[job_id] for job_id in best]


def _likeness(mine: frozenset[str], theirs: frozenset[str]) -> float:
    common, skills = mine & theirs, _of("skill:", mine | theirs)
    points = len(_of("skill:", common)) / len(skills)
    return points + FIELD * bool(_of("sub:", common)) + LEVEL * bool(_of("level:", common))


def _of(kind: str, marks: frozenset[str]) -> list[str]:
    return [mark for mark in marks if mark.startswith(kind)]
