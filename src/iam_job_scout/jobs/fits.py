"""The stored scores of open jobs for people with a profile: reckoned after a profile was saved and after each scan.

A job whose content changes loses its scores (`forget_fits`), as a person does whose profile changes, so a missing one
always means "to be reckoned": whoever ends before that is done leaves nothing that is wrong.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, delete, exists, insert, select
from sqlalchemy.orm import Session

from iam_job_scout.db import Database
from iam_job_scout.db.models import Fit, Job, Profile
from iam_job_scout.jobs.fit import Offer, fit
from iam_job_scout.jobs.profile import wishes
from iam_job_scout.relevance.location import Place

#: Jobs that are reckoned and written in one go: about 50 ms, so nobody waits long for the write lock.
BATCH = 4_000
_SAID = (
    Job.score,
    Job.skills,
    Job.certifications,
    Job.seniority,
    Job.mode,
    Job.places,
    Job.pay_min,
    Job.pay_max,
    Job.pay_currency,
    Job.sponsorship,
)
_FITS = select(Fit.job_id, Fit.score).where(
    Fit.user_id == bindparam("user"), Fit.job_id.in_(bindparam("ids", expanding=True))
)


def offer_of(job: Job) -> Offer:
    """Returns what a stored job says of itself."""
    return _offer({column.key: getattr(job, column.key) for column in _SAID})


def fits_of(session: Session, user_id: int | None, ids: list[int]) -> dict[int, int]:
    """Returns how well jobs fit a person; of open ones, a score that is not stored yet is reckoned."""
    if user_id is None:
        return {}
    rows = session.execute(_FITS, {"user": user_id, "ids": ids})
    fits: dict[int, int] = dict(rows.all())
    missing = set(ids).difference(fits)
    profile = session.get(Profile, user_id) if missing else None
    if profile is None:
        return fits
    unscored = select(Job.id, *_SAID).where(Job.id.in_(missing), Job.closed_at.is_(None))
    found = [dict(row) for row in session.execute(unscored).mappings()]
    return fits | {score["job_id"]: score["score"] for score in _scores(found, profile)}


def reckon(database: Database, user_id: int) -> Iterator[int]:
    """Reckons the person's missing scores of open jobs, the newest first; yields how many after each batch.

    Stops where the profile was saved again meanwhile: whoever saved it reckons too.
    """
    with database.reading() as session:
        profile = session.get(Profile, user_id)
        newest = session.scalar(select(Job.id).order_by(Job.id.desc()).limit(1)) or 0
    below = newest + 1 if profile is not None else 0
    while below and profile is not None:
        with database.reading() as session:
            rows = _unscored(session, user_id, below)
        scores = _scores(rows, profile)
        with database.writing() as session:
            if not _is_current(session, profile):
                return
            _store(session, scores)
        below = rows[-1]["id"] if len(rows) == BATCH else 0
        yield len(scores)


def fill_fits(database: Database) -> int:
    """Reckons what is missing for everybody with a profile, as after a scan; returns how many scores that were."""
    with database.reading() as session:
        people = session.scalars(select(Profile.user_id)).all()
    return sum(count for user_id in people for count in reckon(database, user_id))


def forget_fits(session: Session, job_ids: Collection[int]) -> None:
    """Drops the scores of jobs whose content changed."""
    if job_ids:
        session.execute(delete(Fit).where(Fit.job_id.in_(job_ids)))


def _unscored(session: Session, user_id: int, below: int) -> Sequence[Mapping[str, Any]]:
    """Open jobs with an id below that one that lack the person's score, the newest first."""
    lacks = ~exists().where(Fit.job_id == Job.id, Fit.user_id == user_id)
    statement = select(Job.id, *_SAID).where(Job.closed_at.is_(None), Job.id < below, lacks)
    return [dict(row) for row in session.execute(statement.order_by(Job.id.desc()).limit(BATCH)).mappings()]


def _scores(rows: Sequence[Mapping[str, Any]], profile: Profile) -> list[dict[str, int]]:
    wanted = wishes(profile)
    return [{"user_id": profile.user_id, "job_id": row["id"], "score": fit(_offer(row), wanted)} for row in rows]


def _store(session: Session, scores: list[dict[str, int]]) -> None:
    """Writes scores of jobs that still exist and that nobody else has reckoned since."""
    ids = [score["job_id"] for score in scores]
    known = set(session.scalars(select(Job.id).where(Job.id.in_(ids))))
    if known and scores:
        mine = (Fit.user_id == scores[0]["user_id"]) & Fit.job_id.in_(ids)
        known -= set(session.scalars(select(Fit.job_id).where(mine)))
    if known:
        session.execute(insert(Fit), [score for score in scores if score["job_id"] in known])


def _is_current(session: Session, profile: Profile) -> bool:
    """Locks the profile, so that it cannot be saved anew while scores are written with what it said."""
    stored = select(Profile.saved_at).where(Profile.user_id == profile.user_id)
    return session.scalar(stored.with_for_update(key_share=True)) == profile.saved_at


def _offer(row: Mapping[str, Any]) -> Offer:
    said = {column.key: row[column.key] for column in _SAID if column.key != "places"}
    return Offer(**said, places=tuple(_place(**place) for place in row["places"]))


@lru_cache(maxsize=4_096)
def _place(city: str, state: str, country: str, remote: bool, anywhere: bool) -> Place:
    return Place(city, state, country, remote, anywhere)
