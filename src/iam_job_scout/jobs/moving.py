"""What people did with jobs, when two jobs become one and when they come apart again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from iam_job_scout.db.models import JobEvent, JobStatus, Tracking
from iam_job_scout.jobs.tracking import FURTHEST, MAX_NOTE, Tracked, read_tracking


@dataclass(frozen=True)
class Moved:
    """When one job went into another one, and the ids of the events that came along."""

    old_id: int
    new_id: int
    at: datetime
    events: frozenset[int]


def move_tracking(session: Session, *, old_id: int, new_id: int, now: datetime) -> Moved:
    """Gives everything that people did with one job to another one, which shows the same opening.

    Who did something with both stays where they are furthest, with the notes of both and the earlier date; every
    event is kept.
    """
    _tell_all(session, (old_id, new_id))
    events = frozenset(session.scalars(select(JobEvent.id).where(JobEvent.job_id == old_id)))
    session.execute(update(JobEvent).where(JobEvent.job_id == old_id).values(job_id=new_id))
    theirs = {row.user_id: row for row in session.scalars(select(Tracking).where(Tracking.job_id == new_id))}
    for row in session.scalars(select(Tracking).where(Tracking.job_id == old_id)).all():
        stays = theirs.get(row.user_id)
        moved = read_tracking(row)
        _write(session, row.user_id, new_id, _both(read_tracking(stays), moved) if stays else moved)
        session.delete(row)
    session.flush()
    return Moved(old_id, new_id, now, events)


def return_tracking(session: Session, moved: Moved, *, from_id: int, merges: Sequence[Moved]) -> None:
    """Gives a job that is one of its own again what people had done with it; what they did since stays where it is.

    `merges` are the others that made the two jobs what they are, the oldest first.
    """
    mine = (JobEvent.id.in_(moved.events), JobEvent.job_id == from_id)
    people = set(session.scalars(select(JobEvent.user_id).where(*mine)))
    session.execute(update(JobEvent).where(*mine).values(job_id=moved.old_id))
    for user_id in people:
        for job_id in (from_id, moved.old_id):
            of_job = (JobEvent.user_id == user_id, JobEvent.job_id == job_id)
            said = session.scalars(select(JobEvent).where(*of_job).order_by(JobEvent.id)).all()
            row = session.get(Tracking, (user_id, job_id))
            if said:
                _write(session, user_id, job_id, _as_said(said, merges, job_id))
            elif row is not None:
                session.delete(row)
    session.flush()


def _as_said(events: Sequence[JobEvent], merges: Sequence[Moved], job_id: int) -> Tracked:
    """Where a person is after all that they did, with each event at the job that it was meant for."""
    came = {event: merge for merge in reversed(merges) for event in merge.events}
    steps: list[tuple[datetime, JobEvent | Moved]] = [
        (min(event.at, came[event.id].at) if event.id in came else event.at, event) for event in events
    ]
    steps += ((merge.at, merge) for merge in merges)
    holds: dict[int, Tracked] = {}
    for _, step in sorted(steps, key=lambda step: step[0]):
        if isinstance(step, JobEvent):
            holds[came[step.id].old_id if step.id in came else job_id] = _said(step)
        elif step.old_id in holds:
            moved = holds.pop(step.old_id)
            holds[step.new_id] = _both(holds[step.new_id], moved) if step.new_id in holds else moved
    return reduce(_both, holds.values())


def _both(stays: Tracked, comes: Tracked) -> Tracked:
    further = max((stays, comes), key=lambda one: FURTHEST.index(one.status))
    notes = dict.fromkeys(note for note in (stays.note, comes.note) if note)
    return Tracked(
        status=further.status,
        status_at=further.status_at,
        note="\n".join(notes)[:MAX_NOTE],
        follow_up_on=min((one.follow_up_on for one in (stays, comes) if one.follow_up_on), default=None),
    )


def _said(event: JobEvent) -> Tracked:
    status = JobStatus(event.status)
    return Tracked(status=status, status_at=event.at, note=event.note, follow_up_on=event.follow_up_on)


def _write(session: Session, user_id: int, job_id: int, state: Tracked) -> None:
    values = {"status": state.status, "note": state.note, "follow_up_on": state.follow_up_on}
    session.merge(Tracking(**values, user_id=user_id, job_id=job_id, status_at=state.status_at))


def _tell_all(session: Session, job_ids: Collection[int]) -> None:
    """Gives what was done before events were kept an event too, so that nothing is lost when the jobs come apart."""
    told = select(JobEvent.id).where(JobEvent.job_id == Tracking.job_id, JobEvent.user_id == Tracking.user_id)
    for row in session.scalars(select(Tracking).where(Tracking.job_id.in_(job_ids), ~told.exists())).all():
        values = {"status": row.status, "note": row.note, "follow_up_on": row.follow_up_on}
        session.add(JobEvent(**values, user_id=row.user_id, job_id=row.job_id, at=row.status_at))
    session.flush()
