"""Jobs like another one: open, found lately, sharing the most skills and fields."""

from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Job
from iam_job_scout.jobs.kept import Kept
from iam_job_scout.jobs.listed import Outline, read_outlines

#: So many of the newest open jobs are compared, and so many of them are shown.
LOOKED_AT, SHOWN = 600, 5
#: Less likeness than this is none: it is the share of common skills, plus a little for field and level.
LEAST, FIELD, LEVEL = 0.25, 0.1, 0.05


class _Marks(NamedTuple):
    """What a job is compared by."""

    skills: frozenset[str]
    fields: frozenset[str]
    level: str


_NEWEST = select(Job.id, Job.facets).where(Job.closed_at.is_(None)).order_by(Job.id.desc()).limit(bindparam("count"))
_LAST = select(func.max(Job.id))

#: The newest jobs, until there is a newer one; for as long as this, one that has closed may take the place of another.
_kept = Kept[list[tuple[int, _Marks]]](seconds=60, most=10)


def similar_jobs(session: Session, job: Job) -> list[Outline]:
    """Returns the jobs most like this one, best first; none where it names no skill."""
    mine = _read(job.facets)
    if not mine.skills:
        return []
    key = (str(session.get_bind().engine.url), session.scalar(_LAST))
    newest = _kept.get(key, lambda: _newest(session))
    near = ((job_id, theirs) for job_id, theirs in newest if not mine.skills.isdisjoint(theirs.skills))
    likeness = {job_id: _likeness(mine, theirs) for job_id, theirs in near if job_id != job.id}
    alike = [job_id for job_id, points in likeness.items() if points >= LEAST]
    best = sorted(alike, key=lambda job_id: (-likeness[job_id], -job_id))[:SHOWN]
    return [other for other in read_outlines(session, best) if other.closed_at is None]


def _newest(session: Session) -> list[tuple[int, _Marks]]:
    return [(job_id, _read(marks)) for job_id, marks in session.execute(_NEWEST, {"count": LOOKED_AT + 1})]


def _read(marks: str) -> _Marks:
    found = marks.split()
    skills, fields = (frozenset(mark for mark in found if mark.startswith(name)) for name in ("skill:", "sub:"))
    return _Marks(skills, fields, next((mark for mark in found if mark.startswith("level:")), ""))


def _likeness(mine: _Marks, theirs: _Marks) -> float:
    shared = len(mine.skills & theirs.skills)
    common = bool(mine.level) and mine.level == theirs.level
    share = shared / (len(mine.skills) + len(theirs.skills) - shared)
    return share + FIELD * (not mine.fields.isdisjoint(theirs.fields)) + LEVEL * common
