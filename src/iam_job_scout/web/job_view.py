"""What the page of a job shows: frozen values, already written for people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from typing import Any

from sqlalchemy.orm import Session

from iam_job_scout.db.models import Job, JobEvent
from iam_job_scout.jobs.detail import JobDetail
from iam_job_scout.jobs.fit import Gaps, Part, explain, gaps
from iam_job_scout.jobs.fits import offer_of
from iam_job_scout.jobs.listed import outline
from iam_job_scout.jobs.profile import get_profile, wishes
from iam_job_scout.jobs.similar import similar_jobs
from iam_job_scout.relevance import plain_text
from iam_job_scout.relevance.location import Place
from iam_job_scout.scan.history import timeline
from iam_job_scout.scan.verdicts import Named, SourceLine, VerdictLine, sources_of, verdicts_of
from iam_job_scout.sources.registry import SOURCES
from iam_job_scout.web import formats
from iam_job_scout.web.highlight import Span, highlight
from iam_job_scout.web.sanitise import MAX_SHOWN, safe_description, web_address
from iam_job_scout.web.timeline import Happening, happenings
from iam_job_scout.web.views import JobRow, job_row, source_name

_LEVELS = {"director_plus": "Director or above", "unknown": "", "none": ""}
_WHERE = {"title": "title", "description": "description"}
_CONTRACTS = {"contract-to-hire": "Contract to hire", "part-time": "Part time", "unknown": ""}
_SPONSORSHIP = {"offered": "Offered", "refused": "Not offered"}
_PAY_SOURCE = {"parsed": "read from the text", "posted": "stated by the source"}


@dataclass(frozen=True)
class Fact:
    """One line of what the job is; `aside` says where it comes from. An empty value was not stated."""

    name: str
    value: str
    aside: str = ""


@dataclass(frozen=True)
class Reason:
    """One piece of evidence: what earned points, where it stands, and the name of its mark in the text."""

    points: int
    reason: str
    text: str
    where: str
    mark: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """One posting of the job. `why` says why it is taken for the same; it is empty for the first one."""

    posting_id: int
    source: str
    board: str
    url: str
    title: str
    place: str
    seen: str
    closed: bool
    why: str
    attribution: str
    attribution_url: str


@dataclass(frozen=True)
class Spoken:
    """A posting that a person spoke of: its title, where it stands, and the job that it is part of now, if any."""

    title: str
    where: str
    job_id: int | None


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a person said of a posting and others; `about` names the first ones, `more` counts the rest."""

    at: datetime
    same: bool
    about: tuple[Spoken, ...]
    more: int
    one_id: int
    other_ids: tuple[int, ...]


@dataclass(frozen=True)
class ForYou:
    """The job's score for the person, how it comes about, and what the posting asks that they lack."""

    score: int
    parts: tuple[Part, ...]
    gaps: Gaps


@dataclass(frozen=True, kw_only=True)
class JobView:
    """All that the page of a job shows; `title` and `description` are safe HTML with the evidence marked."""

    row: JobRow
    score: int
    title: str
    description: str
    cut: bool
    apply_url: str
    facts: tuple[Fact, ...]
    reasons: tuple[Reason, ...]
    sources: tuple[Source, ...]
    said: tuple[Said, ...]
    timeline: tuple[Happening, ...]
    similar: tuple[JobRow, ...]
    for_you: ForYou | None
    note: str
    follow_up: str


def job_view(session: Session, detail: JobDetail, now: datetime, user_id: int | None) -> JobView:
    """Returns the page of a job as the person sees it."""
    job, lines = detail.job, sources_of(session, detail.job.id)
    reasons, spans = _evidence(job.evidence)
    title = highlight(escape(job.title or "Untitled posting", quote=False), plain_text(job.title), spans["title"])
    text = plain_text(job.description[:MAX_SHOWN])
    description = highlight(safe_description(job.description), text, spans["description"])
    return JobView(
        row=job_row(outline(job), now, status=detail.tracked.status),
        score=min(max(job.score, 0), 100),
        title=title,
        description=description,
        cut=len(job.description) > MAX_SHOWN,
        apply_url=web_address(lines[0].url if lines else job.url),
        facts=tuple(_facts(job)),
        reasons=tuple(_linked(reason, title + description) for reason in reasons),
        sources=tuple(_source(line, now) for line in lines),
        said=tuple(_said(line) for line in verdicts_of(session, job.id)),
        timeline=_timeline(session, detail, now),
        similar=tuple(job_row(other, now) for other in similar_jobs(session, job)),
        for_you=_for_you(session, job, user_id),
        note=detail.tracked.note,
        follow_up=detail.tracked.follow_up_on.isoformat() if detail.tracked.follow_up_on else "",
    )


def _evidence(items: Iterable[Any]) -> tuple[tuple[Reason, ...], dict[str, list[Span]]]:
    """The reasons, the weightiest first, and the stretches to mark by field; what has another shape is left out."""
    known = [item for item in items if isinstance(item, Mapping) and isinstance(item.get("points"), int)]
    known.sort(key=lambda item: -item["points"])
    reasons, spans = [], {"title": list[Span](), "description": list[Span]()}
    for number, item in enumerate(known, start=1):
        field, text, mark = str(item.get("field")), str(item.get("text", "")), ""
        start, end = item.get("start"), item.get("end")
        if field in spans and isinstance(start, int) and isinstance(end, int) and 0 <= start < end:
            mark = f"evidence-{number}"
            spans[field].append(Span(start, end, mark, f"+{item['points']}: {item.get('reason', '')}"))
        where = _WHERE.get(field, "posting")
        reasons.append(Reason(item["points"], str(item.get("reason", "")), text, where, mark))
    return tuple(reasons), spans


def _linked(reason: Reason, html: str) -> Reason:
    """The reason as it is where its mark is shown; stretches within one that is marked already have none."""
    return reason if f' id="{reason.mark}"' in html else replace(reason, mark="")


def _facts(job: Job) -> Iterable[Fact]:
    yield Fact("Place", _places(job))
    yield Fact("Work mode", formats.mode_name(job.mode))
    pay = formats.pay_in_full(job.pay_min, job.pay_max, job.pay_currency)
    yield Fact("Pay", pay, _PAY_SOURCE.get(job.pay_source or "", "") if pay else "")
    yield Fact("Level", _LEVELS.get(job.seniority, job.seniority.capitalize()))
    yield Fact("Experience", f"{formats.plural(job.years, 'year')} or more" if job.years else "")
    yield Fact("Contract", _CONTRACTS.get(job.contract, job.contract.capitalize()))
    yield Fact("Clearance", (job.clearance or "")[:1].upper() + (job.clearance or "")[1:])
    yield Fact("Citizenship", job.citizenship or "")
    yield Fact("Sponsorship", _SPONSORSHIP.get(job.sponsorship, ""))
    yield Fact("Certifications", ", ".join(map(str, job.certifications)))
    yield Fact("Fields", ", ".join(formats.field_name(str(field)) for field in job.sub))
    if job.own_product:
        yield Fact("Employer", "Makes IAM products")


def _places(job: Job) -> str:
    names = [_place(Place(**place)) for place in job.places if isinstance(place, Mapping)]
    return " · ".join(dict.fromkeys(name for name in names if name)) or job.location


def _place(place: Place) -> str:
    named = ", ".join(part for part in (place.city, place.state, place.country) if part)
    if place.anywhere:
        return "Remote, anywhere"
    return f"Remote, {named}" if place.remote and named else named or ("Remote" if place.remote else "")


def _source(line: SourceLine, now: datetime) -> Source:
    known = SOURCES.get(line.source)
    return Source(
        posting_id=line.posting_id,
        source=source_name(line.source),
        board=_board(line.source, line.board),
        url=web_address(line.url),
        title=line.title,
        place=line.location,
        seen=f"closed {formats.ago(line.closed_at, now)}"
        if line.closed_at
        else f"seen {formats.ago(line.last_seen, now)}",
        closed=line.closed_at is not None,
        why="; ".join(line.reasons),
        attribution=known.attribution if known else "",
        attribution_url=web_address(known.attribution_url) if known else "",
    )


def _said(line: VerdictLine) -> Said:
    shown = line.about[:2] if line.same else line.about[:1]
    return Said(
        at=line.at,
        same=line.same,
        about=tuple(_spoken(posting) for posting in shown),
        more=len(line.about) - len(shown),
        one_id=line.one_id,
        other_ids=line.other_ids,
    )


def _spoken(posting: Named) -> Spoken:
    place = f", {posting.location}" if posting.location else ""
    where = f"{source_name(posting.source)} {_board(posting.source, posting.board)}".strip() + place
    return Spoken(posting.title or "Untitled posting", where, posting.job_id)


def _board(source: str, board: str) -> str:
    return "" if board in ("all", source) else board


def _timeline(session: Session, detail: JobDetail, now: datetime) -> tuple[Happening, ...]:
    events: tuple[JobEvent, ...] = detail.events
    return happenings(detail.job, timeline(session, detail.job.id), events, now=now)


def _for_you(session: Session, job: Job, user_id: int | None) -> ForYou | None:
    profile = get_profile(session, user_id)
    if profile is None:
        return None
    offer, wanted = offer_of(job), wishes(profile)
    parts = explain(offer, wanted)
    return ForYou(sum(part.points for part in parts), parts, gaps(offer, wanted))
