"""Who of the fleet is alive: each engine signs regularly, and the work of one that fell silent goes to the others."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Executor

#: Six signs of life missed. A process that was only held up does no harm when it goes on: receipts count once.
SILENT_FOR = timedelta(seconds=90)


def sign(session: Session, name: str, now: datetime) -> None:
    """Writes a sign of life."""
    session.merge(Executor(name=name, seen_at=now))


def silent(session: Session, now: datetime) -> list[str]:
    """The executors that have been silent for too long."""
    return list(session.scalars(select(Executor.name).where(Executor.seen_at < now - SILENT_FOR)))


def forget(session: Session, name: str, now: datetime) -> None:
    """Takes an executor off the list whose work is given away, unless it has signed again."""
    session.execute(delete(Executor).where(Executor.name == name, Executor.seen_at < now - SILENT_FOR))


def leave(session: Session, name: str) -> None:
    """Takes an executor that stops by itself off the list."""
    session.execute(delete(Executor).where(Executor.name == name))
