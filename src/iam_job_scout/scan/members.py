"""The postings that may be one job: all that links, people's words or a common job tie to some of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Decision, OpeningLink, OpeningVerdict, Posting
from iam_job_scout.scan.clusters import Name
from iam_job_scout.scan.likeness import chunks
from iam_job_scout.sources.registry import SOURCES


@dataclass(frozen=True)
class Member:
    """A stored posting, as far as its place in a group is concerned."""

    id: int
    name: Name
    title: str
    company: str
    location: str
    content_hash: str
    accepted: bool
    job_id: int | None
    first_seen: datetime
    closed: bool

    @property
    def distance(self) -> tuple[bool, bool, datetime, Name]:
        """The smaller the closer to the employer: open before closed, the employer's own board, the first seen."""
        return self.closed, is_aggregator(self.name[0]), self.first_seen, self.name


def tied(session: Session, posting_ids: Collection[int], jobs: Collection[int]) -> dict[int, Member]:
    """All postings that links, people's words or a common job connect with these, by id."""
    found: dict[int, Member] = {}
    ids, job_ids = set(posting_ids), set(jobs)
    while ids or job_ids:
        new = _members(session, Posting.id, ids) | _members(session, Posting.job_id, job_ids)
        seen_jobs = {member.job_id for member in found.values()} | job_ids
        found |= new
        job_ids = {member.job_id for member in new.values() if member.job_id is not None} - seen_jobs
        ids = _partners(session, new.keys()) - found.keys()
    return found


def is_aggregator(source: str) -> bool:
    """Whether a source lists the openings of many employers."""
    known = SOURCES.get(source)
    return known is not None and known.aggregator


def _members(session: Session, column: object, values: Collection[int]) -> dict[int, Member]:
    columns = (Posting.id, Posting.source, Posting.board, Posting.external_id, Posting.title, Posting.company)
    more = (Posting.location, Posting.content_hash, Posting.decision, Posting.job_id, Posting.first_seen)
    statement = select(*columns, *more, Posting.closed_at).where(Posting.decision != Decision.REJECTED)
    return {
        row.id: Member(
            id=row.id,
            name=(row.source, row.board, row.external_id),
            title=row.title,
            company=row.company,
            location=row.location,
            content_hash=row.content_hash,
            accepted=row.decision == Decision.ACCEPTED and row.job_id is not None,
            job_id=row.job_id,
            first_seen=row.first_seen,
            closed=row.closed_at is not None,
        )
        for some in chunks(values)
        for row in session.execute(statement.where(column.in_(some)))  # type: ignore[attr-defined]
    }


def _partners(session: Session, posting_ids: Collection[int]) -> set[int]:
    found = set()
    for some in chunks(posting_ids):
        for table in (OpeningLink, OpeningVerdict):
            told = or_(table.one_id.in_(some), table.other_id.in_(some))
            for pair in session.execute(select(table.one_id, table.other_id).where(told)):
                found |= set(pair)
    return found
