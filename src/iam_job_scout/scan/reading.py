"""A listing beside what is stored of its board: what is new, what changed, what is gone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Board, Posting
from iam_job_scout.posting import Board as BoardName
from iam_job_scout.posting import Listing
from iam_job_scout.scan.pipeline import ScoredPosting, content_hash, score


@dataclass(frozen=True, kw_only=True)
class BoardState:
    """A board as the database has it; `tally` are the counts of its last listing."""

    id: int
    name: BoardName
    validators: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    tally: Mapping[str, int] = field(default_factory=dict)
    last_success_at: datetime | None = None
    doubted_at: datetime | None = None


class Known(NamedTuple):
    """A posting as the database has it."""

    id: int
    content_hash: str
    entry: str
    decision: str
    job_id: int | None
    absent_at: datetime | None
    missed: int
    seen_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One listing, ready to be stored: `hashes` has each id of its postings, `scored` those not stored like that."""

    board: BoardState
    listing: Listing
    known: Mapping[str, Known]
    hashes: Mapping[str, str]
    scored: Mapping[str, ScoredPosting]

    @property
    def shown(self) -> frozenset[str]:
        """The ids of all postings that the listing names and that can be stored."""
        return frozenset(self.hashes) | (frozenset(self.listing.unchanged) & self.known.keys())

    @property
    def still_open(self) -> list[str]:
        """The ids of the stored postings that have not closed."""
        return [external_id for external_id, known in self.known.items() if known.closed_at is None]


def board_states(session: Session, board_ids: Iterable[int]) -> list[BoardState]:
    """Reads boards in the order of their ids."""
    columns = (
        Board.id,
        Board.source,
        Board.token,
        Board.company,
        Board.validators,
        Board.tally,
        Board.last_success_at,
        Board.doubted_at,
    )
    rows = session.execute(select(*columns).where(Board.id.in_(tuple(board_ids))).order_by(Board.id))
    return [
        BoardState(
            id=row.id,
            name=BoardName(row.source, row.token, row.company),
            validators={url: (pair[0], pair[1]) for url, pair in row.validators.items()},
            tally=row.tally,
            last_success_at=row.last_success_at,
            doubted_at=row.doubted_at,
        )
        for row in rows
    ]


def read_listings(session: Session, listings: Sequence[tuple[BoardState, Listing]]) -> list[Reading]:
    """Finds out what is new in each listing and classifies that; all else was classified before."""
    told = [board for board, listing in listings if not listing.not_modified]
    known = known_postings(session, [board.name for board in told])
    return [_read(board, listing, known.get((board.name.source, board.name.token), {})) for board, listing in listings]


def known_postings(session: Session, boards: Sequence[BoardName]) -> dict[tuple[str, str], dict[str, Known]]:
    """Returns what is stored of some boards, by source and token, then by external id."""
    columns: tuple[Any, ...] = (
        Posting.id,
        Posting.content_hash,
        Posting.entry,
        Posting.decision,
        Posting.job_id,
        Posting.absent_at,
        Posting.missed,
        Posting.seen_at,
        Posting.closed_at,
    )
    found: dict[tuple[str, str], dict[str, Known]] = {}
    for source in sorted({board.source for board in boards}):
        tokens = [board.token for board in boards if board.source == source]
        statement = select(Posting.board, Posting.external_id, *columns)
        for row in session.execute(statement.where(Posting.source == source, Posting.board.in_(tokens))):
            found.setdefault((source, row[0]), {})[row[1]] = Known._make(row[2:])
    return found


def _read(board: BoardState, listing: Listing, known: Mapping[str, Known]) -> Reading:
    # Of postings that a listing names twice the first one counts.
    first = {posting.external_id: posting for posting in reversed(listing.postings)}
    hashes = {posting.external_id: "" for posting in listing.postings}
    hashes = {external_id: content_hash(first[external_id]) for external_id in hashes}
    scored = {
        external_id: score(first[external_id], digest)
        for external_id, digest in hashes.items()
        if not _is_stored(known.get(external_id), digest, first[external_id].entry)
    }
    return Reading(board=board, listing=listing, known=known, hashes=hashes, scored=scored)


def _is_stored(known: Known | None, digest: str, entry: str) -> bool:
    return known is not None and known.content_hash == digest and known.entry == entry
