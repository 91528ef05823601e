"""What the templates show of a job: frozen values, already written for people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from iam_job_scout.db.models import Decision, Job, JobEvent, JobStatus, Posting
from iam_job_scout.jobs.detail import JobDetail
from iam_job_scout.jobs.tracking import UNTOUCHED, Tracked
from iam_job_scout.sources.registry import SOURCES
from iam_job_scout.web import formats
from iam_job_scout.web.sanitise import safe_description, web_address

#: Chips of a row; the others are a number.
MAX_CHIPS = 4

#: What a person calls a status, in the order of an application.
STATUS_NAMES = {
    JobStatus.NEW: "New",
    JobStatus.SAVED: "Saved",
    JobStatus.APPLIED: "Applied",
    JobStatus.INTERVIEW: "Interview",
    JobStatus.OFFER: "Offer",
    JobStatus.REJECTED: "Rejected",
    JobStatus.HIDDEN: "Hidden",
}
_NAMES_BY_VALUE = {status.value: name for status, name in STATUS_NAMES.items()}
_SENIORITY = {"director_plus": "Director or above", "unknown": "", "none": ""}
_FIELDS = {"title": "title", "description": "description"}


@dataclass(frozen=True)
class Moment:
    """A time as a `<time>` shows it: in short, as part of a sentence, in full, and for machines."""

    short: str
    ago: str
    full: str
    iso: str


@dataclass(frozen=True, kw_only=True)
class JobRow:
    """One job of a list. Empty texts are unknown; `mode_in_place` says that the place names the mode already."""

    id: int
    title: str
    company: str
    place: str
    more_places: int
    all_places: str
    mode: str
    mode_in_place: bool
    pay: str
    pay_in_full: str
    posted: Moment
    chips: tuple[str, ...]
    more_chips: tuple[str, ...]
    score: int
    tier: str
    status: str
    status_name: str
    closed: Moment | None
    sample: bool


@dataclass(frozen=True)
class Reason:
    """One piece of evidence: what earned points, where it stands, and how wide its bar is (per cent)."""

    points: int
    reason: str
    text: str
    where: str
    width: int


@dataclass(frozen=True, kw_only=True)
class SeenAt:
    """One posting of a job: where it was seen, and until when; a source that is one list for all names no board."""

    source: str
    board: str
    url: str
    title: str
    place: str
    seen: str
    closed: bool
    merged: bool
    attribution: str


@dataclass(frozen=True, kw_only=True)
class Happening:
    """A point on a job's timeline."""

    at: Moment
    what: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class JobView:
    """All that the page of a job shows; `description` is safe HTML."""

    row: JobRow
    description: str
    apply_url: str
    seniority: str
    fields: tuple[str, ...]
    pay_source: str
    reasons: tuple[Reason, ...]
    postings: tuple[SeenAt, ...]
    timeline: tuple[Happening, ...]
    note: str
    follow_up: str


def moment(at: datetime, now: datetime) -> Moment:
    """Returns a time relative to `now`, with the exact one."""
    return Moment(formats.age(at, now), formats.ago(at, now), formats.exact(at), at.isoformat())


def job_row(job: Job, now: datetime, tracked: Tracked = UNTOUCHED) -> JobRow:
    """Returns the row of a job for a person who is there with it."""
    place, more_places = formats.places(job.location)
    mode = formats.mode_name(job.mode)
    chips = tuple(formats.skill_name(str(skill)) for skill in job.skills or job.sub)
    return JobRow(
        id=job.id,
        title=job.title or "Untitled posting",
        company=job.company,
        place=place,
        more_places=more_places,
        all_places=job.location,
        mode=mode,
        mode_in_place=bool(mode) and mode.casefold() in place.casefold(),
        pay=formats.pay(job.pay_min, job.pay_max, job.pay_currency),
        pay_in_full=formats.pay_in_full(job.pay_min, job.pay_max, job.pay_currency),
        posted=moment(job.posted_at or job.first_seen, now),
        chips=chips[:MAX_CHIPS],
        more_chips=chips[MAX_CHIPS:],
        score=min(max(job.score, 0), 100),
        tier=formats.tier_name(job.tier),
        status=tracked.status,
        status_name=status_name(tracked.status),
        closed=moment(job.closed_at, now) if job.closed_at else None,
        sample=job.sample,
    )


def job_view(detail: JobDetail, now: datetime) -> JobView:
    """Returns the page of a job."""
    job = detail.job
    return JobView(
        row=job_row(job, now, detail.tracked),
        description=safe_description(job.description),
        apply_url=web_address(job.url),
        seniority=_SENIORITY.get(job.seniority, job.seniority.capitalize()),
        fields=tuple(formats.field_name(str(field)) for field in job.sub),
        pay_source=job.pay_source or "",
        reasons=_reasons(job.evidence),
        postings=tuple(_seen_at(posting, now) for posting in detail.postings),
        timeline=tuple(_timeline(job, detail.events, now)),
        note=detail.tracked.note,
        follow_up=detail.tracked.follow_up_on.isoformat() if detail.tracked.follow_up_on else "",
    )


def status_name(status: str) -> str:
    """Returns the name of a status."""
    return _NAMES_BY_VALUE.get(status, status.capitalize())


def source_name(source: str) -> str:
    """Returns the name of a source as its vendor writes it."""
    return SOURCES[source].label if source in SOURCES else source.replace("_", " ").capitalize()


def _reasons(evidence: Iterable[Any]) -> tuple[Reason, ...]:
    items = [item for item in evidence if isinstance(item, Mapping) and isinstance(item.get("points"), int)]
    items.sort(key=lambda item: -item["points"])
    most = max((item["points"] for item in items), default=1) or 1
    return tuple(
        Reason(
            points=item["points"],
            reason=str(item.get("reason", "")),
            text=str(item.get("text", "")),
            where=_FIELDS.get(str(item.get("field")), "posting"),
            width=max(0, round(100 * item["points"] / most)),
        )
        for item in items
    )


def _seen_at(posting: Posting, now: datetime) -> SeenAt:
    source = SOURCES.get(posting.source)
    until = f"closed {formats.ago(posting.closed_at, now)}" if posting.closed_at else ""
    return SeenAt(
        source=source_name(posting.source),
        board="" if posting.board in ("all", posting.source) else posting.board,
        url=web_address(posting.url),
        title=posting.title,
        place=posting.location,
        seen=until or f"seen {formats.ago(posting.last_seen, now)}",
        closed=posting.closed_at is not None,
        merged=posting.decision == Decision.DUPLICATE,
        attribution=source.attribution if source else "",
    )


def _timeline(job: Job, events: Iterable[JobEvent], now: datetime) -> list[Happening]:
    points = [(event.at, 2, f"Set to {status_name(event.status).lower()}", event.note) for event in events]
    points.append((job.first_seen, 1, "First seen", ""))
    if job.posted_at:
        points.append((job.posted_at, 0, "Posted", ""))
    if job.closed_at:
        points.append((job.closed_at, 3, "Closed: the posting is gone", ""))
    else:
        points.append((job.last_seen, 3, "Last seen, still open", ""))
    points.sort(key=lambda point: point[:2], reverse=True)
    return [Happening(at=moment(at, now), what=what, note=note) for at, _, what, note in points]
