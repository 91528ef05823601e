"""Jobs like another one: open, found lately, sharing the most skills and fields."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Job
from iam_job_scout.jobs.fit import current_name

#: So many of the newest open jobs are compared, which takes about 5 ms; so many of them are shown.
LOOKED_AT, SHOWN = 600, 5
#: Less likeness than this is none: it is the share of common skills, plus a little for field and level.
LEAST, FIELD, LEVEL = 0.25, 0.1, 0.05


def similar_jobs(session: Session, job: Job) -> list[Job]:
    """Returns the jobs most like this one, best first; none where it names no skill."""
    mine = _names(job.skills)
    if not mine:
        return []
    known = select(Job.id, Job.skills, Job.sub, Job.seniority).where(Job.closed_at.is_(None), Job.id != job.id)
    likeness = {
        row.id: _likeness(mine, _names(row.skills))
        + FIELD * bool(set(job.sub) & set(row.sub))
        + LEVEL * (row.seniority == job.seniority)
        for row in session.execute(known.order_by(Job.id.desc()).limit(LOOKED_AT))
    }
    best = sorted((job_id for job_id in likeness if likeness[job_id] >= LEAST), key=lambda n: (-likeness[n], -n))[
        :SHOWN
    ]
    found = {other.id: other for other in session.scalars(select(Job).where(Job.id.in_(best)))}
    return [found[job_id] for job_id in best]


def _likeness(mine: frozenset[str], theirs: frozenset[str]) -> float:
    return len(mine & theirs) / len(mine | theirs)


def _names(skills: Iterable[Any]) -> frozenset[str]:
    return frozenset(current_name(str(name)) for name in skills)
