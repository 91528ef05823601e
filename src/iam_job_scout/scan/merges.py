"""Jobs that became one and may come apart again: each merge is kept as an event of the posting that led the job."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from iam_job_scout.db.models import JobAlias, PostingEvent
from iam_job_scout.jobs.moving import Moved, move_tracking, return_tracking
from iam_job_scout.scan.likeness import chunks

KIND = "merged"


@dataclass(frozen=True)
class Merge:
    """A job that went into another one, with the postings that it had then; `event_id` is where that is kept."""

    event_id: int
    postings: frozenset[int]
    moved: Moved


def merge(session: Session, *, old_id: int, new_id: int, postings: Sequence[int], now: datetime) -> None:
    """Lets a job take over what people did with another one and what leads there; the first of the postings leads."""
    moved = move_tracking(session, old_id=old_id, new_id=new_id, now=now)
    detail = {"job": old_id, "into": new_id, "postings": [*postings], "events": sorted(moved.events)}
    session.add(PostingEvent(posting_id=postings[0], at=now, kind=KIND, detail=detail))
    session.execute(update(JobAlias).where(JobAlias.job_id == old_id).values(job_id=new_id))
    session.add(JobAlias(old_id=old_id, job_id=new_id))
    session.flush()


def merges_of(session: Session, posting_ids: Iterable[int]) -> list[Merge]:
    """Returns what went into other jobs with these postings in the lead, the oldest first."""
    found = []
    for some in chunks(posting_ids):
        kept = select(PostingEvent).where(PostingEvent.posting_id.in_(some), PostingEvent.kind == KIND)
        for event in session.scalars(kept):
            detail = event.detail
            moved = Moved(detail["job"], detail["into"], event.at, frozenset(detail["events"]))
            found.append(Merge(event.id, frozenset(detail["postings"]), moved))
    return sorted(found, key=lambda merge: (merge.moved.at, merge.event_id))


def former_jobs(
    session: Session, job_id: int, merges: Sequence[Merge], parts: Sequence[Collection[int]]
) -> dict[int, Merge]:
    """Says which parts of a job that comes apart were jobs of their own: by place, the merge that ends.

    A part whose postings came in with one job becomes that job again. The one with what was there before stays.
    """
    led = set(session.scalars(select(JobAlias.old_id).where(JobAlias.job_id == job_id)))
    told = [merge for merge in merges if merge.moved.old_id in led]
    came = [[[merge for merge in told if posting in merge.postings] for posting in part] for part in parts]
    whole = [place for place, of in enumerate(came) if not any(of)]
    stays = whole or [place for place, of in enumerate(came) if not all(of)] or [0]
    found = {}
    for place, of in enumerate(came):
        ways = [way for way in of if way]
        shared = [merge for merge in ways[0] if all(merge in way for way in ways)] if ways else []
        if shared and place not in stays:
            found[place] = shared[0]
    return found


def undo(session: Session, merge: Merge, *, from_id: int, merges: Sequence[Merge], postings: Collection[int]) -> None:
    """Gives a job that has its postings again what people did with it and what leads to it; the merge is over."""
    mine, again = set(postings), merge.moved.old_id
    others = [other for other in merges if other != merge]
    nested = [other.moved.old_id for other in others if other.postings <= mine]
    session.execute(delete(PostingEvent).where(PostingEvent.id == merge.event_id))
    session.execute(delete(JobAlias).where(JobAlias.old_id == again))
    session.execute(update(JobAlias).where(JobAlias.old_id.in_(nested)).values(job_id=again))
    return_tracking(session, merge.moved, from_id=from_id, merges=[other.moved for other in others])
    for other in others:
        if mine & other.postings and not other.postings <= mine:
            # What went on with it to another job is no part of that any more.
            row = session.get_one(PostingEvent, other.event_id)
            postings_left = sorted(other.postings - mine)
            row.detail = {
                **row.detail,
                "postings": postings_left,
                "events": sorted(other.moved.events - merge.moved.events),
            }
