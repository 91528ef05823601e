"""A job's timeline in words: what happened to its postings, and what the person did with it, the latest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from iam_job_scout.db.models import Job, JobEvent, JobStatus
from iam_job_scout.scan.history import Happening as PostingHappening
from iam_job_scout.scan.merges import KIND as MERGED
from iam_job_scout.web import formats
from iam_job_scout.web.sanitise import web_address
from iam_job_scout.web.views import Moment, moment, source_name, status_name

_FIELDS = {
    "description": "text",
    "url": "address",
    "apply_url": "apply link",
    "employment_type": "terms",
    "mode": "work mode",
    "closes_at": "deadline",
}
#: Points of one timeline; a board that edits its postings daily must not bury the rest.
MAX_POINTS = 60


@dataclass(frozen=True, kw_only=True)
class Happening:
    """A point on a timeline; `kind` colours it."""

    at: Moment
    kind: str
    what: str
    note: str = ""
    where: str = ""
    url: str = ""


def happenings(
    job: Job, seen: Sequence[PostingHappening], events: Iterable[JobEvent], *, now: datetime
) -> tuple[Happening, ...]:
    """Returns the timeline, the latest first."""
    mine = sorted(events, key=lambda event: (event.at, event.id))
    points = [(event.at, 4, _changed(event, before, now)) for event, before in zip(mine, [None, *mine], strict=False)]
    several = len({happening.posting_id for happening in seen}) > 1
    points += ((happening.at, 2, _happened(happening, several=several, now=now)) for happening in seen)
    if job.posted_at:
        points.append((job.posted_at, 0, Happening(at=moment(job.posted_at, now), kind="posted", what="Posted")))
    if not seen:
        points.append((job.first_seen, 1, Happening(at=moment(job.first_seen, now), kind="seen", what="First seen")))
    if job.closed_at:
        what = "Closed: no board shows it any more"
        points.append((job.closed_at, 3, Happening(at=moment(job.closed_at, now), kind="closed", what=what)))
    else:
        at = moment(job.last_seen, now)
        points.append((job.last_seen, 3, Happening(at=at, kind="seen", what="Last seen, still open")))
    points.sort(key=lambda point: point[:2], reverse=True)
    return tuple(point for _, _, point in points[:MAX_POINTS])


def _changed(event: JobEvent, before: JobEvent | None, now: datetime) -> Happening:
    """What the person changed, and nothing of what stayed as it was before."""
    status = before.status if before else JobStatus.NEW.value
    noted, follow_up = (before.note, before.follow_up_on) if before else ("", None)
    changes = []
    if event.status != status:
        changes.append(f"set to {status_name(event.status).lower()}")
    if event.follow_up_on != follow_up:
        day = event.follow_up_on
        changes.append(f"follow-up on {formats.day(_noon(day))}" if day else "no follow-up any more")
    if event.note != noted:
        changes.append("note" if event.note else "note removed")
    what = ", ".join(changes) or f"set to {status_name(event.status).lower()}"
    note = event.note if event.note != noted else ""
    return Happening(at=moment(event.at, now), kind="yours", what=what[:1].upper() + what[1:], note=note)


def _happened(happening: PostingHappening, *, several: bool, now: datetime) -> Happening:
    what, note = _words(happening)
    board = "" if happening.board in ("all", happening.source) else f" {happening.board}"
    return Happening(
        at=moment(happening.at, now),
        kind=happening.kind,
        what=what,
        note=note,
        where=f"{source_name(happening.source)}{board}" if several else "",
        url=web_address(str(happening.detail.get("url", ""))),
    )


def _words(happening: PostingHappening) -> tuple[str, str]:
    detail = happening.detail
    if happening.kind == "edited":
        fields = [str(field) for field in detail.get("fields", ())]
        changes = [f"{_pair(detail[name])}" for name in ("title", "location") if _is_pair(detail.get(name))]
        return f"Edited: {', '.join(_FIELDS.get(field, field) for field in fields)}", "\n".join(changes)
    if happening.kind == "pay":
        return "Pay changed", f"{detail.get('old') or 'not stated'} → {detail.get('new') or 'not stated'}"
    if happening.kind == "closed":
        return "Closed", "It was not seen for too long." if detail.get("why") == "aged out" else ""
    if happening.kind == MERGED:
        return "Merged", f"With job {detail.get('job')}, which showed the same opening."
    if happening.kind == "reposted":
        return "Posted again", "The same text was posted before and had closed."
    return {"first_seen": "First seen", "reopened": "Open again"}.get(happening.kind, "Changed"), ""


def _is_pair(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2


def _pair(value: Sequence[object]) -> str:
    return f"{value[0]} → {value[1]}"


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001 - a date in the person's own calendar
