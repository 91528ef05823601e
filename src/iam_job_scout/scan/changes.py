"""What a listing changes in the database, worked out before anything is written."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from iam_job_scout.db.models import Decision
from iam_job_scout.relevance import Tier
from iam_job_scout.scan import closing, history
from iam_job_scout.scan.pipeline import ScoredPosting
from iam_job_scout.scan.raw import pack
from iam_job_scout.scan.reading import BoardState, Known, Reading
from iam_job_scout.sources.registry import SOURCES

Row = dict[str, Any]


@dataclass
class Changes:
    """Rows to write: `new` without ids, all others by `_id`. `events` lack what needs the ids of new postings."""

    new: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    absent: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)

    @property
    def closed(self) -> list[int]:
        """The ids of the postings that close."""
        return [row["_id"] for row in self.absent if row["closed_at"] is not None]


@dataclass(frozen=True)
class Judgement:
    """What was made of a listing as a whole: why it closes nothing ("" where it may), and since when it is doubted."""

    kept_open: str
    doubted_at: datetime | None
    closed: int


def compare(reading: Reading, changes: Changes, now: datetime) -> Judgement:
    """Adds to `changes` what a listing makes of the postings of its board."""
    _add_present(reading, changes, now)
    board, shown = reading.board, reading.shown
    source = SOURCES.get(board.name.source)
    doubtful = closing.is_doubtful(
        reading.listing,
        shown=len(shown),
        still_open=len(reading.still_open),
        fetched_before=board.tally.get("fetched", 0),
        page_size=source.page_size if source is not None else 0,
    )
    doubted_at = (board.doubted_at or now) if doubtful else None
    kept_open = closing.why_kept_open(
        reading.listing, newest_only=source is not None and source.newest_only, doubted_since=doubted_at, now=now
    )
    needed = source.absences if source is not None else 1
    gone = [reading.known[external_id] for external_id in reading.still_open if external_id not in shown]
    closed = sum(_add_absent(board, known, changes, counts=not kept_open, needed=needed, now=now) for known in gone)
    return Judgement(kept_open, doubted_at, closed)


def _add_present(reading: Reading, changes: Changes, now: datetime) -> None:
    for external_id in reading.shown:
        known = reading.known.get(external_id)
        if known is not None and known.closed_at is not None:
            changes.events.append(history.event(known.id, "reopened", now))
    for external_id in reading.shown - reading.scored.keys():
        known = reading.known[external_id]
        if known.absent_at is not None:
            changes.back.append(known.id)
    for external_id, scored in reading.scored.items():
        known, posting = reading.known.get(external_id), scored.posting
        if known is not None:
            changes.changed.append({"_id": known.id, **_values(scored, known, now)})
            continue
        identity = {"source": posting.source, "board": posting.board, "external_id": posting.external_id}
        changes.new.append({**identity, "first_seen": now, **_values(scored, None, now)})


def _values(scored: ScoredPosting, known: Known | None, now: datetime) -> Row:
    posting, match = scored.posting, scored.match
    rejected = match.tier is Tier.NONE
    had_job = known is not None and known.job_id is not None
    return {
        "url": posting.url,
        "title": posting.title,
        "company": posting.company,
        "location": posting.location,
        "posted_at": posting.posted_at,
        "content_hash": scored.content_hash,
        "entry": posting.entry,
        "seen_at": now,
        "absent_at": None,
        "missed": 0,
        "closed_at": None,
        **verdict(scored),
        # Where a posting belongs is settled afterwards, together with all others of the transaction.
        "decision": Decision.REJECTED if rejected else known.decision if known and had_job else Decision.ACCEPTED,
        "job_id": known.job_id if known is not None and not rejected else None,
        "raw": pack(posting),
    }


def verdict(scored: ScoredPosting) -> Row:
    """The columns that hold what the rules say of a posting."""
    match = scored.match
    evidence = msgspec.to_builtins(match.evidence) if match.tier is Tier.NONE else []
    return {"rule": match.rule, "tier": match.tier, "score": match.score, "evidence": evidence}


def _add_absent(board: BoardState, known: Known, changes: Changes, *, counts: bool, needed: int, now: datetime) -> bool:
    """Notes that an open posting is missing; True where it closes by that."""
    missed = known.missed + counts
    absent = counts and missed >= needed
    closes = absent or closing.has_aged_out(known.absent_at, now)
    if closes or known.absent_at is None or missed != known.missed:
        # Until now each listing of the board has shown it.
        seen_at = known.seen_at if known.absent_at is not None else board.last_success_at or known.seen_at
        row = {"_id": known.id, "absent_at": known.absent_at or now, "missed": missed, "seen_at": seen_at}
        changes.absent.append({**row, "closed_at": now if closes else None})
    if closes:
        changes.events.append(history.event(known.id, "closed", now, {"why": "absent" if absent else "aged out"}))
    return closes
