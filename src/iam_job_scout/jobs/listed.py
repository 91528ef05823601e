"""The jobs of a list, read by their ids: in outline, as rows show them, or whole."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Text, bindparam, cast, func, literal, select
from sqlalchemy.orm import Session, defer

from iam_job_scout.db.models import Job


class Outline(NamedTuple):
    """What a row tells of a job, as plain values: equal ones look the same. `sub` and `skills` are JSON.

    `posted` is when it was first seen where the posting does not say. `description` is empty where nobody asked for it.
    """

    id: int
    title: str
    company: str
    location: str
    mode: str
    tier: str
    score: int
    sub: str
    skills: str
    pay_min: int | None
    pay_max: int | None
    pay_currency: str | None
    posted: datetime
    closed_at: datetime | None
    sample: bool
    description: str = ""


#: What no list tells of a job: half of its bytes, and three quarters of its JSON.
_UNREAD = (Job.evidence, Job.places, Job.search_text, Job.facets, Job.sources)
_WHOLE = (
    select(Job)
    .options(*(defer(column, raiseload=True) for column in _UNREAD))
    .where(Job.id.in_(bindparam("ids", expanding=True)))
)


def read_outlines(session: Session, ids: Sequence[int], *, texts: bool = False) -> list[Outline]:
    """Returns the jobs in this order, without those that are gone; their descriptions only with `texts`."""
    rows = session.execute(_outlines(texts=texts), {"ids": ids}) if ids else ()
    found = {row[0]: Outline(*row) for row in rows}
    return [found[job_id] for job_id in ids if job_id in found]


def read_jobs(session: Session, ids: Sequence[int]) -> list[Job]:
    """Returns the jobs in this order, without those that are gone.

    They come without what no list shows (evidence, places, words, marks): reading that raises.
    """
    found = {job.id: job for job in session.scalars(_WHOLE, {"ids": ids})} if ids else {}
    return [found[job_id] for job_id in ids if job_id in found]


def outline(job: Job) -> Outline:
    """Returns the outline of a job that was read whole."""
    said = {name: getattr(job, name) for name in Outline._fields if name not in ("sub", "skills", "posted")}
    return Outline(
        **said, sub=json.dumps(job.sub), skills=json.dumps(job.skills), posted=job.posted_at or job.first_seen
    )


@cache
def _outlines(*, texts: bool) -> Select[Any]:
    # Of the table: what is asked of the class costs half as much again.
    job = Job.__table__.columns
    shown: dict[str, ColumnElement[Any]] = {
        **job,
        "sub": cast(job.sub, Text),
        "skills": cast(job.skills, Text),
        "posted": func.coalesce(job.posted_at, job.first_seen),
    }
    if not texts:
        shown["description"] = literal("")
    wanted = (shown[name] for name in Outline._fields)
    return select(*wanted).where(job.id.in_(bindparam("ids", expanding=True)))
