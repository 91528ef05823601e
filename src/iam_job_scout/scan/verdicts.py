"""What a job is made of, and people's words on it: "the same" and "not the same", which hold for ever."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Decision, Job, JobAlias, OpeningLink, OpeningVerdict, Posting
from iam_job_scout.errors import ScoutError
from iam_job_scout.scan.members import is_aggregator
from iam_job_scout.scan.openings import one_at_a_time, regroup

#: The reason that is shown where no rule but a person decided.
SAID_SO = "a person said so"

# What each page of a job asks.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_OF_JOB = select(Posting).where(Posting.job_id == bindparam("job"))
_SHOWN_OF_JOB = select(Posting.id).where(Posting.job_id == bindparam("job"), Posting.decision != Decision.REJECTED)
_SAID_OF = select(OpeningVerdict).where(or_(OpeningVerdict.one_id.in_(_IDS), OpeningVerdict.other_id.in_(_IDS)))
_SAID_AMONG = select(OpeningVerdict).where(
    OpeningVerdict.one_id.in_(_IDS), OpeningVerdict.other_id.in_(_IDS), OpeningVerdict.same
)
_LINKS_AMONG = (
    select(OpeningLink)
    .where(OpeningLink.one_id.in_(_IDS), OpeningLink.other_id.in_(_IDS))
    .order_by(OpeningLink.confidence, OpeningLink.one_id, OpeningLink.other_id)
)


@dataclass(frozen=True)
class SourceLine:
    """One posting of a job, and why it belongs to the first one; the first has no reasons and no confidence."""

    posting_id: int
    source: str
    board: str
    title: str
    company: str
    location: str
    url: str
    first_seen: datetime
    last_seen: datetime
    closed_at: datetime | None
    confidence: float | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Named:
    """A posting that somebody spoke of, and the job that it is part of now, if any."""

    posting_id: int
    title: str
    source: str
    board: str
    location: str
    job_id: int | None


@dataclass(frozen=True)
class VerdictLine:
    """What a person said in one go of a posting and others, which `withdraw` takes back together.

    `about` names the postings: of the same job both, else those that are not this job.
    """

    one_id: int
    other_ids: tuple[int, ...]
    about: tuple[Named, ...]
    same: bool
    user_id: int | None
    at: datetime


def sources_of(session: Session, job_id: int) -> tuple[SourceLine, ...]:
    """Returns the postings of a job, the closest to the employer first: open ones, its own board, the first seen."""
    postings = sorted(session.scalars(_OF_JOB, {"job": job_id}), key=_distance)
    # What stands alone has nobody to be like.
    why = _why(session, [posting.id for posting in postings]) if len(postings) > 1 else {}
    lines = []
    for posting in postings:
        confidence, reasons = why.get(posting.id, (None, ())) if posting is not postings[0] else (None, ())
        lines.append(
            SourceLine(
                posting_id=posting.id,
                source=posting.source,
                board=posting.board,
                title=posting.title,
                company=posting.company,
                location=posting.location,
                url=posting.url,
                first_seen=posting.first_seen,
                last_seen=posting.last_seen,
                closed_at=posting.closed_at,
                confidence=confidence,
                reasons=reasons,
            )
        )
    return tuple(lines)


def places_of(lines: Iterable[SourceLine]) -> tuple[str, ...]:
    """Returns the places of the postings that are open, each once."""
    places = (place for line in lines if line.closed_at is None for place in line.location.split("; ") if place)
    return tuple(dict.fromkeys(places))


def mark_same(session: Session, *, user_id: int | None, job: int, other: int, now: datetime) -> int:
    """Merges two jobs for ever and returns the one that stays. What was said against it before no longer counts."""
    one_at_a_time(session)
    ids, other_ids = _posting_ids(session, job), _posting_ids(session, other)
    if job == other:
        return job
    if not ids or not other_ids:
        raise ScoutError("there is no such job any more")
    _withdraw(session, [(one, two) for one in ids for two in other_ids])
    _say(session, ids[0], other_ids[0], same=True, user_id=user_id, now=now)
    _decide(session, [*ids, *other_ids], now)
    return _job_of(session, ids[0])


def mark_different(session: Session, *, user_id: int | None, job: int, posting: int, now: datetime) -> int:
    """Takes a posting out of its job for ever and returns the job it has then."""
    one_at_a_time(session)
    others = [posting_id for posting_id in _posting_ids(session, job) if posting_id != posting]
    if not others or len(others) == len(_posting_ids(session, job)):
        raise ScoutError("that posting is not one of several postings of this job")
    for other in others:
        _say(session, posting, other, same=False, user_id=user_id, now=now)
    _hand_over(session, posting, others)
    _decide(session, [posting, *others], now)
    return _job_of(session, posting)


def verdicts_of(session: Session, job_id: int) -> tuple[VerdictLine, ...]:
    """Returns what people said of the postings of a job, the latest first."""
    ids = list(session.scalars(_SHOWN_OF_JOB, {"job": job_id}))
    verdicts = list(session.scalars(_SAID_OF, {"ids": ids})) if ids else []
    if not verdicts:
        return ()
    spoken_of = {posting_id for verdict in verdicts for posting_id in (verdict.one_id, verdict.other_id)}
    columns = (Posting.id, Posting.title, Posting.source, Posting.board, Posting.location, Posting.job_id)
    named = {row.id: Named(*row) for row in session.execute(select(*columns).where(Posting.id.in_(spoken_of)))}
    at_once: dict[tuple[datetime, bool, int | None], list[OpeningVerdict]] = {}
    for verdict in verdicts:
        at_once.setdefault((verdict.at, verdict.same, verdict.user_id), []).append(verdict)
    groups = [group for said in at_once.values() for group in ([said] if _shared(said) else [[one] for one in said])]
    lines = [_line(said, named, job_id) for said in groups]
    return tuple(sorted(lines, key=lambda line: (line.at, line.one_id, line.other_ids), reverse=True))


def _shared(said: list[OpeningVerdict]) -> set[int]:
    """The posting that all of this was said of."""
    return set.intersection(*({verdict.one_id, verdict.other_id} for verdict in said))


def _line(said: list[OpeningVerdict], named: Mapping[int, Named], job_id: int) -> VerdictLine:
    one = min(_shared(said))
    others = tuple(sorted({part for verdict in said for part in (verdict.one_id, verdict.other_id)} - {one}))
    about = tuple(named[posting_id] for posting_id in (one, *others))
    if not said[0].same:
        about = tuple(posting for posting in about if posting.job_id != job_id) or about
    return VerdictLine(one, others, about, said[0].same, said[0].user_id, said[0].at)


def withdraw(session: Session, *, one_id: int, other_ids: Collection[int], now: datetime) -> None:
    """Takes back what was said of a posting and others; the rules decide on them again."""
    one_at_a_time(session)
    _withdraw(session, [(one_id, other_id) for other_id in other_ids])
    _decide(session, [one_id, *other_ids], now)


def current_job(session: Session, job_id: int) -> int | None:
    """Returns the job into which one of that id was merged, or None."""
    return session.scalar(select(JobAlias.job_id).where(JobAlias.old_id == job_id))


def _distance(posting: Posting) -> tuple[bool, bool, datetime, int]:
    return posting.closed_at is not None, is_aggregator(posting.source), posting.first_seen, posting.id


def _why(session: Session, ids: list[int]) -> dict[int, tuple[float | None, tuple[str, ...]]]:
    """The surest reason why each posting belongs to any of the others; a person's word is the surest."""
    why: dict[int, tuple[float | None, tuple[str, ...]]] = {}
    for link in session.scalars(_LINKS_AMONG, {"ids": ids}):
        why |= dict.fromkeys((link.one_id, link.other_id), (link.confidence, tuple(link.reasons)))
    for verdict in session.scalars(_SAID_AMONG, {"ids": ids}):
        why |= dict.fromkeys((verdict.one_id, verdict.other_id), (None, (SAID_SO,)))
    return why


def _posting_ids(session: Session, job_id: int) -> list[int]:
    """The postings of a job, the one that leads it first."""
    shown = (Posting.job_id == job_id, Posting.decision != Decision.REJECTED)
    return [posting.id for posting in sorted(session.scalars(select(Posting).where(*shown)), key=_distance)]


def _decide(session: Session, posting_ids: Collection[int], now: datetime) -> None:
    """Lets the jobs of these postings be decided anew. No board was asked, so nothing was seen or closed just now."""
    for job_id in regroup(session, posting_ids, jobs=[], now=now):
        shown = session.execute(select(Posting.last_seen, Posting.closed_at).where(Posting.job_id == job_id)).all()
        is_open = any(row.closed_at is None for row in shown)
        closed_at = None if is_open else max(row.closed_at for row in shown)
        values = {"last_seen": max(row.last_seen for row in shown), "closed_at": closed_at}
        session.execute(update(Job).where(Job.id == job_id).values(**values))


def _job_of(session: Session, posting_id: int) -> int:
    return session.execute(select(Posting.job_id).where(Posting.id == posting_id)).scalar_one()  # type: ignore[return-value]


def _hand_over(session: Session, posting: int, others: list[int]) -> None:
    """Lets another posting stand for the job, so that the job stays with those that remain."""
    accepted = (Posting.id.in_(others), Posting.decision == Decision.ACCEPTED)
    if session.scalar(select(exists().where(*accepted))):
        return
    session.execute(update(Posting).where(Posting.id == posting).values(decision=Decision.DUPLICATE))
    session.execute(update(Posting).where(Posting.id == others[0]).values(decision=Decision.ACCEPTED))


def _say(session: Session, one: int, other: int, *, same: bool, user_id: int | None, now: datetime) -> None:
    one_id, other_id = sorted((one, other))
    session.merge(OpeningVerdict(one_id=one_id, other_id=other_id, same=same, user_id=user_id, at=now))
    session.flush()


def _withdraw(session: Session, pairs: Iterable[tuple[int, int]]) -> None:
    for pair in pairs:
        one_id, other_id = sorted(pair)
        said = (OpeningVerdict.one_id == one_id, OpeningVerdict.other_id == other_id)
        session.execute(delete(OpeningVerdict).where(*said))
