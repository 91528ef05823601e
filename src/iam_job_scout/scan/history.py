"""What happened to a posting: facts written down when they are seen, and read as the timeline of a job."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Posting as PostingRow
from iam_job_scout.db.models import PostingEvent
from iam_job_scout.posting import Pay, Posting
from iam_job_scout.relevance import AnnualPay, plain_text
from iam_job_scout.scan.raw import unpack

#: What an edit may consist of. Of short fields the timeline shows the old and the new text.
_SHORT = ("title", "company", "location", "employment_type")
_LONG = ("description", "url", "apply_url", "mode", "closes_at")
#: How equal the texts of two postings must be, in percent, for the later one to be a repost of the earlier.
SAME_TEXT = 90.0

_POSTINGS = select(PostingRow.id, PostingRow.source, PostingRow.board, PostingRow.url, PostingRow.first_seen).where(
    PostingRow.job_id == bindparam("job")
)
_EVENTS = select(PostingEvent).where(PostingEvent.posting_id.in_(bindparam("ids", expanding=True)))

Event = dict[str, Any]


@dataclass(frozen=True)
class Happening:
    """One point of a timeline. `detail` goes with `kind`; see PostingEvent, and `first_seen` has none."""

    at: datetime
    kind: str
    posting_id: int
    source: str
    board: str
    url: str
    detail: Mapping[str, Any]


def timeline(session: Session, job_id: int) -> list[Happening]:
    """Everything that happened to the postings of a job, oldest first."""
    rows = session.execute(_POSTINGS, {"job": job_id}).all()
    of_posting = {row[0]: row for row in rows}
    found = [Happening(row[4], "first_seen", row[0], row[1], row[2], row[3], {}) for row in rows]
    for event in session.scalars(_EVENTS, {"ids": list(of_posting)}) if rows else ():
        _, source, board, url, _ = of_posting[event.posting_id]
        found.append(Happening(event.at, event.kind, event.posting_id, source, board, url, event.detail))
    return sorted(found, key=lambda happening: (happening.at, happening.kind != "first_seen", happening.posting_id))


def changes(posting_id: int, old: Posting, new: Posting, *, at: datetime) -> list[Event]:
    """The events of an edit: which fields changed, and the pay that the source states by itself where that did."""
    fields = [name for name in (*_SHORT, *_LONG) if getattr(old, name) != getattr(new, name)]
    found = []
    if fields:
        texts = {name: [getattr(old, name), getattr(new, name)] for name in fields if name in _SHORT}
        found.append(event(posting_id, "edited", at, {"fields": fields, **texts}))
    if old.pay != new.pay:
        found.append(event(posting_id, "pay", at, {"old": stated_pay(old.pay), "new": stated_pay(new.pay)}))
    return found


def pay_change(posting_id: int, old: AnnualPay | None, new: AnnualPay | None, *, at: datetime) -> list[Event]:
    """The event of pay that the text states and that changed; pay of the source's own fields is in `changes`."""
    if old == new or "posted" in {pay.source for pay in (old, new) if pay is not None}:
        return []
    return [event(posting_id, "pay", at, {"old": _annual(old), "new": _annual(new)})]


def event(posting_id: int, kind: str, at: datetime, detail: Event | None = None) -> Event:
    """One row of the table of events."""
    return {"posting_id": posting_id, "kind": kind, "at": at, "detail": detail or {}}


def stated_pay(pay: Pay | None) -> str:
    """Pay as people read it, such as `USD 120,000-150,000 per year`; "" for none."""
    return f"{pay.currency} {_range(pay.minimum, pay.maximum)} per {pay.interval}" if pay else ""


def _annual(pay: AnnualPay | None) -> str:
    return f"{pay.currency} {_range(pay.minimum, pay.maximum)} per year" if pay else ""


def _range(low: float | None, high: float | None) -> str:
    ends = sorted({end for end in (low, high) if end is not None})
    return "-".join(f"{end:,.0f}" if end == int(end) else f"{end:,.2f}" for end in ends)


@dataclass(frozen=True)
class Gone:
    """A posting that has closed, for comparing it with one that is new."""

    id: int
    external_id: str
    url: str
    first_seen: datetime
    closed_at: datetime
    posting: Posting


def gone_postings(session: Session, ids: Sequence[int]) -> list[Gone]:
    """Reads closed postings with their texts, those that closed last first."""
    wanted = select(
        PostingRow.id,
        PostingRow.external_id,
        PostingRow.url,
        PostingRow.first_seen,
        PostingRow.closed_at,
        PostingRow.raw,
    ).where(PostingRow.id.in_(ids))
    rows = session.execute(wanted.order_by(PostingRow.closed_at.desc(), PostingRow.id.desc()))
    return [
        Gone(posting_id, external_id, url, first_seen, closed_at, unpack(raw))
        for posting_id, external_id, url, first_seen, closed_at, raw in rows
        if closed_at is not None
    ]


def repost(posting_id: int, new: Posting, gone: Iterable[Gone], *, at: datetime) -> Event | None:
    """The event of a posting that repeats one which closed before: same title and place, and hardly another text."""
    for earlier in gone:
        if _role(earlier.posting) == _role(new) and _same_text(earlier.posting, new):
            return event(
                posting_id,
                "reposted",
                at,
                {
                    "posting_id": earlier.id,
                    "external_id": earlier.external_id,
                    "url": earlier.url,
                    "first_seen": earlier.first_seen.isoformat(),
                    "closed_at": earlier.closed_at.isoformat(),
                },
            )
    return None


def _role(posting: Posting) -> tuple[str, ...]:
    return tuple(" ".join(text.casefold().split()) for text in (posting.company, posting.title, posting.location))


def _same_text(one: Posting, other: Posting) -> bool:
    texts = (plain_text(one.description), plain_text(other.description))
    return bool(fuzz.ratio(*texts, score_cutoff=SAME_TEXT))
