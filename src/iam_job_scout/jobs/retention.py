"""What is forgotten after a time: closed jobs that nobody touched, rejected postings that are gone, old receipts.

What somebody tracked stays for ever, and so does everything that is open.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, select, update
from sqlalchemy.orm import Session

from iam_job_scout.db import Database
from iam_job_scout.db.models import Job, OpeningVerdict, Posting, Scan
from iam_job_scout.jobs.tracking import is_tracked

#: Closed and untouched for longer than this is forgotten; receipts of scans too.
KEPT = timedelta(days=90)
#: Rows that one transaction removes: other writers wait no longer than for these.
BATCH = 500


@dataclass(frozen=True)
class Forgotten:
    """How many rows went."""

    jobs: int = 0
    postings: int = 0
    scans: int = 0


def forget_old(database: Database, now: datetime) -> Forgotten:
    """Removes what is past its time, in small transactions, and says how much; may be run at any time, by anybody."""
    before = now - KEPT
    return Forgotten(
        jobs=_remove(database, select(Job.id).where(Job.closed_at < before, ~is_tracked()), _remove_jobs),
        postings=_remove(database, select(Posting.id).where(_is_over(before)), _remove_postings),
        scans=_remove(database, select(Scan.id).where(Scan.finished_at < before), _remove_scans),
    )


def _is_over(before: datetime) -> ColumnElement[bool]:
    # What a person said of a posting holds for ever, so the posting it was said of stays.
    spoken = select(OpeningVerdict.one_id).union_all(select(OpeningVerdict.other_id))
    return (Posting.closed_at < before) & Posting.job_id.is_(None) & Posting.id.not_in(spoken)


def _remove(database: Database, old: Select[Any], remove: Callable[[Session, Sequence[Any]], None]) -> int:
    removed = 0
    while True:
        with database.writing() as session:
            ids = session.scalars(old.limit(BATCH)).all()
            if not ids:
                return removed
            remove(session, ids)
        removed += len(ids)


def _remove_jobs(session: Session, ids: Sequence[int]) -> None:
    session.execute(update(Posting).where(Posting.job_id.in_(ids)).values(job_id=None))
    session.execute(delete(Job).where(Job.id.in_(ids)))


def _remove_postings(session: Session, ids: Sequence[int]) -> None:
    session.execute(delete(Posting).where(Posting.id.in_(ids)))


def _remove_scans(session: Session, ids: Sequence[str]) -> None:
    session.execute(delete(Scan).where(Scan.id.in_(ids)))
