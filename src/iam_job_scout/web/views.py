"""What the templates show of a job: frozen values, already written for people."""

import json
from dataclasses import dataclass, replace
from datetime import datetime

from iam_job_scout.db.models import JobStatus
from iam_job_scout.jobs.indexing import skill_id
from iam_job_scout.jobs.listed import Outline
from iam_job_scout.jobs.query import Reading
from iam_job_scout.relevance import plain_text
from iam_job_scout.sources.registry import SOURCES
from iam_job_scout.web import formats
from iam_job_scout.web.marking import Parts, has_found, mark, quote

#: Chips of a row, and of one with a quotation; the others are a number.
MAX_CHIPS, CHIPS_BESIDE_QUOTE = 4, 2

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


@dataclass(frozen=True)
class Moment:
    """A time as a `<time>` shows it: in short, as part of a sentence, in full, and for machines."""

    short: str
    ago: str
    full: str
    iso: str


@dataclass(frozen=True)
class Why:
    """Where a search was found: title and company with its words marked, the chips that it names, a quotation."""

    title: Parts
    company: Parts
    chips: frozenset[str] = frozenset()
    quote: Parts = ()


@dataclass(frozen=True, kw_only=True)
class JobRow:
    """One job of a list. Empty texts are unknown; `mode_in_place` says that the place names the mode already.

    `fit` is the score for the person who looks, where they have a profile.
    """

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
    why: Why
    score: int
    fit: int | None
    tier: str
    status: str
    status_name: str
    closed: Moment | None
    sample: bool


def moment(at: datetime, now: datetime) -> Moment:
    """Returns a time relative to `now`, with the exact one."""
    age = formats.age(at, now)
    return Moment(age, formats.since(age), formats.exact(at), at.isoformat())


def job_row(
    job: Outline,
    now: datetime,
    *,
    status: JobStatus = JobStatus.NEW,
    fit: int | None = None,
    reading: Reading | None = None,
) -> JobRow:
    """Returns the row of a job for a person who is there with it; `reading` is the search that found it.

    Of `now` it tells nothing but ages.
    """
    place, more_places = formats.places(job.location)
    mode = formats.mode_name(job.mode)
    title = job.title or "Untitled posting"
    skills = list(map(str, json.loads(job.skills)))
    why = _why(job, title, skills, reading)
    chips = [formats.skill_name(str(skill)) for skill in skills or json.loads(job.sub)]
    if why.chips:
        chips.sort(key=lambda chip: chip not in why.chips)
    shown = CHIPS_BESIDE_QUOTE if why.quote else MAX_CHIPS
    return JobRow(
        id=job.id,
        title=title,
        company=job.company,
        place=place,
        more_places=more_places,
        all_places=job.location,
        mode=mode,
        mode_in_place=bool(mode) and mode.casefold() in place.casefold(),
        pay=formats.pay(job.pay_min, job.pay_max, job.pay_currency),
        pay_in_full=formats.pay_in_full(job.pay_min, job.pay_max, job.pay_currency),
        posted=moment(job.posted, now),
        chips=tuple(chips[:shown]),
        more_chips=tuple(chips[shown:]),
        why=why,
        score=min(max(job.score if fit is None else fit, 0), 100),
        fit=fit,
        tier=formats.tier_name(job.tier),
        status=status,
        status_name=status_name(status),
        closed=moment(job.closed_at, now) if job.closed_at else None,
        sample=job.sample,
    )


def _why(job: Outline, title: str, skills: list[str], reading: Reading | None) -> Why:
    if reading is None or not reading.parts:
        return Why(mark(title, None), mark(job.company, None))
    wanted = reading.wanted
    chips = {name for name in skills if skill_id(name) in reading.things or wanted.holds(name)}
    why = Why(mark(title, wanted), mark(job.company, wanted), frozenset(map(formats.skill_name, chips)))
    if chips or has_found(why.title) or has_found(why.company):
        return why
    return replace(why, quote=quote(plain_text(job.description), wanted))


def status_name(status: str) -> str:
    """Returns the name of a status."""
    return _NAMES_BY_VALUE.get(status, status.capitalize())


def source_name(source: str) -> str:
    """Returns the name of a source as its vendor writes it."""
    return SOURCES[source].label if source in SOURCES else source.replace("_", " ").capitalize()
