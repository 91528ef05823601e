"""Writing one listing of one board: postings upserted, jobs made, merged, closed and reopened.

Everything here runs in the caller's one transaction. Running it again with the same listing changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Board, Decision, Job, Posting
from iam_job_scout.jobs.search import searchable
from iam_job_scout.jobs.tracking import forget_jobs, is_tracked
from iam_job_scout.posting import Listing
from iam_job_scout.relevance import Match, Tier, plain_text
from iam_job_scout.scan.pipeline import ScoredPosting

SAMPLES = "samples"


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
class Known:
    """A posting as the database has it."""

    id: int
    content_hash: str
    decision: Decision
    job_id: int | None


@dataclass(frozen=True)
class _Outcome:
    decision: Decision
    job_id: int | None


def known_postings(session: Session, board: Board) -> dict[str, Known]:
    """Returns what is stored of a board, by external id."""
    rows = session.execute(
        select(Posting.external_id, Posting.id, Posting.content_hash, Posting.decision, Posting.job_id).where(
            *_of(board)
        )
    )
    return {row[0]: Known(row[1], row[2], Decision(row[3]), row[4]) for row in rows}


def store_listing(
    session: Session,
    board: Board,
    listing: Listing,
    *,
    hashes: Mapping[str, str],
    scored: Mapping[str, ScoredPosting],
    may_close: bool,
    now: datetime,
) -> Tally:
    """Stores a listing and returns its tally.

    `hashes` has the content hash of each external id of the listing, `scored` the postings that are not stored with
    that hash yet. Postings that the listing lacks are closed only with `may_close`.
    """
    known = known_postings(session, board)
    outcomes: dict[str, _Outcome] = {}
    kept: list[Known] = []
    counts = {"new": 0, "changed": 0, "unchanged": 0}
    for external_id, digest in hashes.items():
        before = known.get(external_id)
        if before is not None and before.content_hash == digest:
            outcome, kind = _Outcome(before.decision, before.job_id), "unchanged"
            kept.append(before)
        else:
            outcome, kind = _store(session, scored[external_id], before, now), "changed" if before else "new"
        outcomes[external_id] = outcome
        counts[kind] += outcome.decision is Decision.ACCEPTED
    _touch(session, kept, now)
    closed = _close_absent(session, known, outcomes.keys(), now) if may_close else 0
    session.flush()
    _refresh_jobs(session, board, now)
    decided = [outcome.decision for outcome in outcomes.values()]
    repeated = len(listing.postings) - len(hashes)
    return Tally(
        fetched=listing.fetched,
        accepted=decided.count(Decision.ACCEPTED),
        rejected=decided.count(Decision.REJECTED) + len(listing.invalid),
        duplicates=decided.count(Decision.DUPLICATE) + repeated,
        closed=closed,
        **counts,
    )


def confirm_unmodified(session: Session, board: Board, now: datetime) -> None:
    """Notes that the last listing of the board still stands."""
    session.execute(update(Posting).where(*_of(board), Posting.closed_at.is_(None)).values(last_seen=now))
    _refresh_jobs(session, board, now)


def remove_board(session: Session, board: Board) -> int:
    """Deletes a board with its postings and the jobs that nothing else shows; returns how many jobs went."""
    job_ids = {job_id for job_id in session.scalars(select(Posting.job_id).where(*_of(board))) if job_id is not None}
    session.execute(delete(Posting).where(*_of(board)))
    gone = [job_id for job_id in job_ids if not _has_postings(session, job_id)]
    forget_jobs(session, gone)
    session.execute(delete(Job).where(Job.id.in_(gone)))
    session.delete(board)
    return len(gone)


def _of(board: Board) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Posting.source == board.source, Posting.board == board.token


def _store(session: Session, scored: ScoredPosting, before: Known | None, now: datetime) -> _Outcome:
    outcome = _decide(session, scored, before, now)
    posting = scored.posting
    values = {
        "url": posting.url,
        "title": posting.title,
        "company": posting.company,
        "location": posting.location,
        "description": posting.description,
        "posted_at": posting.posted_at,
        "content_hash": scored.content_hash,
        "last_seen": now,
        "closed_at": None,
        "decision": outcome.decision,
        "rule": scored.match.rule,
        "job_id": outcome.job_id,
    }
    if before is None:
        identity = {"source": posting.source, "board": posting.board, "external_id": posting.external_id}
        session.execute(insert(Posting).values(**identity, **values, first_seen=now))
    else:
        session.execute(update(Posting).where(Posting.id == before.id).values(**values))
        if before.job_id is not None and before.job_id != outcome.job_id:
            _pass_on(session, before.job_id)
    return outcome


def _decide(session: Session, scored: ScoredPosting, before: Known | None, now: datetime) -> _Outcome:
    if scored.match.tier is Tier.NONE:
        return _Outcome(Decision.REJECTED, None)
    same = session.scalar(select(Job.id).where(Job.fingerprint == scored.fingerprint))
    own = before.job_id if before is not None and before.decision is Decision.ACCEPTED else None
    if same is not None and same != own:
        return _Outcome(Decision.DUPLICATE, same)
    if own is not None:
        session.execute(update(Job).where(Job.id == own).values(**_job_values(scored), last_seen=now))
        return _Outcome(Decision.ACCEPTED, own)
    job = Job(**_job_values(scored), first_seen=now, last_seen=now, sample=scored.posting.source == SAMPLES)
    session.add(job)
    session.flush()
    return _Outcome(Decision.ACCEPTED, job.id)


def _job_values(scored: ScoredPosting) -> dict[str, object]:
    posting, match = scored.posting, scored.match
    text = plain_text(posting.description)
    return {
        "fingerprint": scored.fingerprint,
        "title": posting.title,
        "company": posting.company,
        "location": posting.location,
        "url": posting.url,
        "description": posting.description,
        "mode": match.mode,
        "tier": match.tier,
        "score": match.score,
        "seniority": match.seniority,
        "sub": list(match.sub),
        "skills": list(match.skills),
        "evidence": msgspec.to_builtins(match.evidence),
        "posted_at": posting.posted_at,
        "search_text": searchable(posting.title, posting.company, posting.location, " ".join(match.skills), text),
        **_pay_values(match),
    }


def _pay_values(match: Match) -> dict[str, object]:
    pay = match.pay
    if pay is None:
        return {"pay_min": None, "pay_max": None, "pay_currency": None, "pay_source": None}
    return {
        "pay_min": pay.minimum,
        "pay_max": pay.maximum,
        "pay_currency": pay.currency,
        "pay_source": pay.source,
    }


def _touch(session: Session, kept: Sequence[Known], now: datetime) -> None:
    if kept:
        ids = [known.id for known in kept]
        session.execute(update(Posting).where(Posting.id.in_(ids)).values(last_seen=now, closed_at=None))


def _close_absent(session: Session, known: Mapping[str, Known], present: Iterable[str], now: datetime) -> int:
    absent = [known[external_id].id for external_id in known.keys() - set(present)]
    if not absent:
        return 0
    still_open = select(func.count()).select_from(Posting).where(Posting.id.in_(absent), Posting.closed_at.is_(None))
    count = session.scalar(still_open) or 0
    session.execute(update(Posting).where(Posting.id.in_(absent), Posting.closed_at.is_(None)).values(closed_at=now))
    return count


def _refresh_jobs(session: Session, board: Board, now: datetime) -> None:
    """A job is open as long as one of its postings is."""
    mine = Job.id.in_(select(Posting.job_id).where(*_of(board)))
    is_open = exists().where(Posting.job_id == Job.id, Posting.closed_at.is_(None))
    session.execute(update(Job).where(mine, is_open).values(closed_at=None, last_seen=now))
    session.execute(update(Job).where(mine, ~is_open, Job.closed_at.is_(None)).values(closed_at=now))


def _has_postings(session: Session, job_id: int) -> bool:
    return session.scalar(select(exists().where(Posting.job_id == job_id))) or False


def _pass_on(session: Session, job_id: int) -> None:
    """Finds a job that lost its posting another one, or ends it.

    A job that no posting shows any more is deleted, unless the person did something with it: that one is closed.
    """
    heir = session.scalar(select(func.min(Posting.id)).where(Posting.job_id == job_id))
    if heir is not None:
        session.execute(update(Posting).where(Posting.id == heir).values(decision=Decision.ACCEPTED))
        return
    job = session.get_one(Job, job_id)
    if session.scalar(select(Job.id).where(Job.id == job_id, ~is_tracked())):
        session.delete(job)
        return
    job.fingerprint, job.closed_at = None, job.closed_at or job.last_seen
