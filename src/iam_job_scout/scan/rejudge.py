"""Judging again what is stored, without any source: after the rules have changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from iam_job_scout.db import Database
from iam_job_scout.db.models import Decision, Posting
from iam_job_scout.relevance import Tier
from iam_job_scout.scan.changes import verdict
from iam_job_scout.scan.openings import Fresh, settle
from iam_job_scout.scan.pipeline import ScoredPosting, score
from iam_job_scout.scan.raw import unpack
from iam_job_scout.scan.store import refresh_jobs, update_by_id

#: Postings judged in one transaction.
_GROUP = 500
_POSTING: Table = Posting.__table__  # type: ignore[assignment]


@dataclass(frozen=True, kw_only=True)
class Rejudged:
    """A posting on which the rules now say something else."""

    source: str
    board: str
    title: str
    company: str
    url: str
    old: Mapping[str, object]
    new: Mapping[str, object]


def rejudge(database: Database, *, write: bool) -> Iterator[tuple[int, list[Rejudged]]]:
    """Judges all stored postings, group by group; yields how many each had and those that changed.

    Without `write` nothing is stored. A process that dies in between has stored the groups before; the next run goes
    over all of them again.
    """
    last = 0
    while True:
        with database.writing() if write else database.reading() as session:
            rows = list(session.scalars(select(Posting).where(Posting.id > last).order_by(Posting.id).limit(_GROUP)))
            if not rows:
                return
            scored = {row.id: score(unpack(row.raw), row.content_hash) for row in rows}
            changed = [_change(row, scored[row.id]) for row in rows if _differs(row, scored[row.id])]
            if write:
                _write(session, rows, scored)
            last, count = rows[-1].id, len(rows)
        yield count, changed


def _differs(row: Posting, scored: ScoredPosting) -> bool:
    return any(getattr(row, name) != value for name, value in _shown(scored).items())


def _shown(scored: ScoredPosting) -> dict[str, object]:
    return {"tier": scored.match.tier.value, "score": scored.match.score, "rule": scored.match.rule}


def _change(row: Posting, scored: ScoredPosting) -> Rejudged:
    old = {"tier": row.tier, "score": row.score, "rule": row.rule}
    new = _shown(scored)
    return Rejudged(
        source=row.source, board=row.board, title=row.title, company=row.company, url=row.url, old=old, new=new
    )


def _write(session: Session, rows: list[Posting], scored: Mapping[int, ScoredPosting]) -> None:
    now = datetime.now(UTC)
    # Also where tier and score are as before: a job shows more of what the rules say than these two.
    fresh = [
        Fresh(row.id, scored[row.id], Decision(row.decision), row.job_id)
        for row in rows
        if scored[row.id].match.tier is not Tier.NONE or row.job_id is not None
    ]
    update_by_id(session, _POSTING, [{"_id": row.id, **_row(row, scored[row.id])} for row in rows])
    session.expire_all()
    settle(session, fresh, now)
    left = {item.before_job_id for item in fresh if item.before_job_id is not None}
    refresh_jobs(session, [item.posting_id for item in fresh], now, also=left)


def _row(row: Posting, scored: ScoredPosting) -> dict[str, object]:
    rejected = scored.match.tier is Tier.NONE
    decision = row.decision if row.job_id is not None else Decision.ACCEPTED
    return {
        **verdict(scored),
        "decision": Decision.REJECTED if rejected else decision,
        "job_id": None if rejected else row.job_id,
    }
