"""Writing listings: postings upserted, closed and reopened, what happened to them noted, their jobs settled.

Everything here runs in the caller's one transaction, in bulk. Storing the same listing again changes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Table, bindparam, delete, exists, insert, select, update
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Board, Decision, Job, Posting, PostingEvent
from iam_job_scout.jobs.tracking import forget_jobs
from iam_job_scout.relevance import Tier, classify
from iam_job_scout.scan import history
from iam_job_scout.scan.changes import Changes, Judgement, Row, compare
from iam_job_scout.scan.openings import Fresh, one_at_a_time, regroup, settle
from iam_job_scout.scan.raw import unpack
from iam_job_scout.scan.reading import Reading

#: Values in one IN (…); SQLite takes 32,766.
_MANY = 10_000
_POSTING: Table = Posting.__table__  # type: ignore[assignment]
_EVENT: Table = PostingEvent.__table__  # type: ignore[assignment]


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a listing: fetched = accepted + rejected + duplicates, accepted = new + changed + unchanged."""

    fetched: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicates: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    closed: int = 0


@dataclass(frozen=True)
class Stored:
    """A listing that was stored."""

    tally: Tally
    judgement: Judgement


def store(session: Session, readings: Sequence[Reading], now: datetime) -> list[Stored]:
    """Stores listings of different boards and returns what became of each, in their order."""
    one_at_a_time(session)
    changes = Changes()
    judgements = [compare(reading, changes, now) for reading in readings]
    changes.events += _edits(session, readings, now)
    _write(session, changes)
    ids = _ids(session, readings)
    fresh = [item for reading, of_board in zip(readings, ids, strict=True) for item in _fresh(reading, of_board)]
    settle(session, fresh, now, moved=[*changes.closed, *changes.back])
    _refresh(session, changes, fresh, now)
    for reading, of_board in zip(readings, ids, strict=True):
        changes.events += _reposts(session, reading, of_board, now)
    _insert(session, _EVENT, changes.events)
    decisions = _decisions(session, [item.posting_id for item in fresh])
    return [
        Stored(_tally(reading, of_board, decisions, closed=judgement.closed), judgement)
        for reading, of_board, judgement in zip(readings, ids, judgements, strict=True)
    ]


def remove_board(session: Session, board: Board) -> int:
    """Deletes a board with its postings and the jobs that nothing else shows; returns how many jobs went."""
    mine = (Posting.source == board.source, Posting.board == board.token)
    job_ids = {job_id for job_id in session.scalars(select(Posting.job_id).where(*mine)) if job_id is not None}
    session.execute(delete(Posting).where(*mine))
    shown = set(session.scalars(select(Posting.job_id).where(Posting.job_id.in_(job_ids))))
    forget_jobs(session, job_ids - shown)
    session.execute(delete(Job).where(Job.id.in_(job_ids - shown)))
    regroup(session, [], jobs={job_id for job_id in shown if job_id is not None}, now=datetime.now(UTC))
    session.delete(board)
    return len(job_ids - shown)


def refresh_jobs(session: Session, posting_ids: Iterable[int], now: datetime, *, also: Iterable[int] = ()) -> None:
    """Opens and closes the jobs of some postings: a job is open as long as one of its postings is."""
    job_ids = set(also)
    for some in chunks(posting_ids):
        mine = select(Posting.job_id).where(Posting.id.in_(some), Posting.job_id.is_not(None))
        job_ids |= {job_id for job_id in session.scalars(mine.distinct()) if job_id is not None}
    is_open = exists().where(Posting.job_id == Job.id, Posting.closed_at.is_(None))
    for some in chunks(job_ids):
        session.execute(update(Job).where(Job.id.in_(some), is_open).values(closed_at=None, last_seen=now))
        session.execute(update(Job).where(Job.id.in_(some), ~is_open, Job.closed_at.is_(None)).values(closed_at=now))


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Cuts values into lists that one statement can take."""
    rest = iter(values)
    while some := list(islice(rest, _MANY)):
        yield some


def update_by_id(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Updates rows by their `_id`; all have the same columns."""
    if rows:
        session.connection().execute(update(table).where(table.c.id == bindparam("_id")), rows)


def _insert(session: Session, table: Table, rows: Sequence[Row]) -> None:
    if rows:
        session.connection().execute(insert(table), rows)


def _write(session: Session, changes: Changes) -> None:
    _insert(session, _POSTING, changes.new)
    update_by_id(session, _POSTING, changes.changed)
    update_by_id(session, _POSTING, changes.absent)
    for some in chunks(changes.back):
        again = update(_POSTING).where(_POSTING.c.id.in_(some))
        session.connection().execute(again.values(absent_at=None, missed=0, closed_at=None))


def _ids(session: Session, readings: Sequence[Reading]) -> list[dict[str, int]]:
    """For each reading the ids of its new and changed postings that have, had or will have a job."""
    new = {}
    for source in {reading.board.name.source for reading in readings if reading.scored}:
        boards = [reading.board.name.token for reading in readings if reading.board.name.source == source]
        jobless = (Posting.job_id.is_(None), Posting.decision == Decision.ACCEPTED)
        rows = session.execute(
            select(Posting.board, Posting.external_id, Posting.id).where(
                Posting.source == source, Posting.board.in_(boards), *jobless
            )
        )
        new.update({(source, board, external_id): posting_id for board, external_id, posting_id in rows})
    found = []
    for reading in readings:
        name, known = reading.board.name, reading.known
        mine = {
            key: known[key].id if key in known else new.get((name.source, name.token, key), 0) for key in reading.scored
        }
        found.append({key: posting_id for key, posting_id in mine.items() if posting_id})
    return found


def _fresh(reading: Reading, ids: Mapping[str, int]) -> list[Fresh]:
    fresh = []
    for external_id, posting_id in ids.items():
        scored, known = reading.scored[external_id], reading.known.get(external_id)
        if scored.match.tier is not Tier.NONE or (known is not None and known.job_id is not None):
            decision = Decision(known.decision) if known is not None else None
            fresh.append(Fresh(posting_id, scored, decision, known.job_id if known is not None else None))
    return fresh


def _refresh(session: Session, changes: Changes, fresh: Sequence[Fresh], now: datetime) -> None:
    left = {item.before_job_id for item in fresh if item.before_job_id is not None}
    refresh_jobs(session, {*changes.closed, *changes.back, *(item.posting_id for item in fresh)}, now, also=left)


def _edits(session: Session, readings: Sequence[Reading], now: datetime) -> list[Row]:
    """What changed in the postings that changed; read before they are overwritten."""
    edited = {}
    for reading in readings:
        for external_id, scored in reading.scored.items():
            known = reading.known.get(external_id)
            if known is not None and known.content_hash != scored.content_hash:
                edited[known.id] = scored
    events = []
    for some in chunks(edited):
        for posting_id, raw in session.execute(select(Posting.id, Posting.raw).where(Posting.id.in_(some))):
            old, new = unpack(raw), edited[posting_id]
            events += history.changes(posting_id, old, new.posting, at=now)
            if new.match.tier is not Tier.NONE:
                events += history.pay_change(posting_id, classify(old).pay, new.match.pay, at=now)
    return events


def _reposts(session: Session, reading: Reading, ids: Mapping[str, int], now: datetime) -> list[Row]:
    """New postings that repeat one of the same board that closed before, or closes now.

    Postings that were ever listed together are siblings, however equal: what this listing shows repeats nothing.
    """
    new = [key for key in ids if key not in reading.known]
    gone = [known.id for key, known in reading.known.items() if known.job_id is not None and key not in reading.shown]
    if not new or not gone:
        return []
    earlier = history.gone_postings(session, gone[:_MANY])
    found = (history.repost(ids[key], reading.scored[key].posting, earlier, at=now) for key in new)
    return [event for event in found if event is not None]


def _decisions(session: Session, posting_ids: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in chunks(posting_ids):
        rows = session.execute(select(Posting.id, Posting.decision).where(Posting.id.in_(some)))
        found |= {row.id: row.decision for row in rows}
    return found


def _tally(reading: Reading, ids: Mapping[str, int], decisions: Mapping[int, str], *, closed: int) -> Tally:
    """Counts what became of each item; an id that was named twice, or is unknown, is one of the items too."""
    listing, outcomes, accepted = reading.listing, Counter[str](), Counter[str]()
    for external_id in reading.shown:
        known, scored = reading.known.get(external_id), reading.scored.get(external_id)
        if scored is None:
            decision, kind = reading.known[external_id].decision, "unchanged"
        else:
            rejected = scored.match.tier is Tier.NONE
            decision = Decision.REJECTED if rejected else decisions[ids[external_id]]
            kind = "changed" if known else "new"
        outcomes[decision] += 1
        accepted[kind] += decision == Decision.ACCEPTED
    repeated = len(listing.postings) - len(reading.hashes)
    forgotten = len(set(listing.unchanged) - reading.known.keys())
    return Tally(
        fetched=listing.fetched,
        accepted=outcomes[Decision.ACCEPTED],
        duplicates=outcomes[Decision.DUPLICATE] + repeated,
        rejected=outcomes[Decision.REJECTED] + len(listing.invalid) + forgotten,
        closed=closed,
        **accepted,
    )
