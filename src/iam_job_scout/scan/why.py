"""Why a posting is, or is not, on the list: everything that is known of an address."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Board, Decision, Job, Posting, PostingEvent, ScanBoard
from iam_job_scout.scan.freshness import board_receipts
from iam_job_scout.scan.raw import unpack

#: An address that no posting has may still be that of many boards; so many are told of.
_MOST = 5


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One posting and its decision; `evidence` are the stretches of text that earned points."""

    source: str
    board: str
    external_id: str
    url: str
    title: str
    company: str
    decision: str
    rule: str
    tier: str
    score: int
    evidence: Sequence[Any]
    job_id: int | None
    first_seen: datetime
    last_seen: datetime
    closed_at: datetime | None
    events: Sequence[PostingEvent]


@dataclass(frozen=True, kw_only=True)
class BoardVerdict:
    """A board that the address names, with its newest receipt: what it gave, or why it gave nothing."""

    source: str
    token: str
    company: str
    listed: bool
    receipt: ScanBoard | None


def find_postings(session: Session, url: str) -> list[Verdict]:
    """What was decided on the postings with that address, or of the job with it, the newest first."""
    return [_verdict(session, posting) for posting in _postings(session, url.strip())]


def find_boards(session: Session, url: str) -> list[BoardVerdict]:
    """The boards that the address could belong to, where no posting has it."""
    words = [word for word in _words(url) if not word.isdigit()]
    rows = session.scalars(select(Board).where(Board.token.in_(words)).order_by(Board.source).limit(_MOST))
    found = []
    for board in rows:
        receipt = next(iter(board_receipts(session, board.id, limit=1)), None)
        found.append(
            BoardVerdict(
                source=board.source, token=board.token, company=board.company, listed=board.listed, receipt=receipt
            )
        )
    return found


def _postings(session: Session, url: str) -> list[Posting]:
    for condition in _conditions(url):
        found = list(session.scalars(select(Posting).where(condition).order_by(Posting.id.desc()).limit(_MOST)))
        if found:
            return found
    return _by_apply_url(session, url)


def _conditions(url: str) -> Iterator[Any]:
    plain = url.split("#")[0]
    bare = plain.split("?")[0].rstrip("/")
    yield Posting.url.in_({url, plain, bare, f"{bare}/"})
    words = _words(url)
    if len(words) >= 2 and words[-2] in ("job", "jobs") and words[-1].isdigit() and int(words[-1]) < 2**31:
        # The page of a job in this app.
        host = urlsplit(url).hostname
        if host in (None, "localhost", "127.0.0.1", "::1"):
            yield Posting.job_id == int(words[-1])
    if words:
        yield (Posting.external_id == words[-1]) & Posting.board.in_(words)


def _by_apply_url(session: Session, url: str) -> list[Posting]:
    """Looks into each posting of the boards that the address names; the way to apply has no column of its own."""
    rows = session.scalars(select(Posting).where(Posting.board.in_(_words(url))))
    return [posting for posting in rows if unpack(posting.raw).apply_url == url][:_MOST]


def _words(url: str) -> list[str]:
    return [unquote(part) for part in urlsplit(url).path.split("/") if part]


def _verdict(session: Session, posting: Posting) -> Verdict:
    job = session.get(Job, posting.job_id) if posting.job_id is not None else None
    # An accepted posting is the one that its job was judged by.
    of_job = job is not None and posting.decision == Decision.ACCEPTED
    events = session.scalars(
        select(PostingEvent).where(PostingEvent.posting_id == posting.id).order_by(PostingEvent.id)
    )
    return Verdict(
        source=posting.source,
        board=posting.board,
        external_id=posting.external_id,
        url=posting.url,
        title=posting.title,
        company=posting.company,
        decision=posting.decision,
        rule=posting.rule,
        tier=posting.tier,
        score=posting.score,
        evidence=job.evidence if job is not None and of_job else posting.evidence,
        job_id=posting.job_id,
        first_seen=posting.first_seen,
        last_seen=posting.last_seen,
        closed_at=posting.closed_at,
        events=events.all(),
    )
