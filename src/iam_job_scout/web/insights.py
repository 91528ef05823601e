"""Insights: what the open jobs say together, as pictures with a table behind each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from iam_job_scout.jobs.indexing import skill_id
from iam_job_scout.jobs.insights import Insights, insights
from iam_job_scout.jobs.profile import get_profile
from iam_job_scout.relevance.lexicon import lexicon
from iam_job_scout.web import formats
from iam_job_scout.web.rendering import PageFrame, show
from iam_job_scout.web.session import database_of

router = APIRouter(include_in_schema=False)

_MODES = {"remote": "Remote", "hybrid": "Hybrid", "onsite": "On-site", "unknown": "Not stated"}


@dataclass(frozen=True)
class Picture:
    """A chart with the table that says the same in numbers; `about` says what is counted."""

    id: str
    title: str
    about: str
    chart: Mapping[str, Any]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@router.api_route("/insights", methods=["GET", "HEAD"])
def insights_page(request: Request, frame: PageFrame, field: str = "") -> Response:
    """Shows the insights, of all jobs or of one field; an unknown field is named (422)."""
    fields = lexicon().subfields
    chosen = field if field in fields else ""
    with database_of(request).reading() as session:
        found = insights(session, frame.now, field=chosen)
        profile = get_profile(session, frame.viewer.user_id)
    held = frozenset(map(str, profile.certifications)) if profile else frozenset[str]()
    return show(
        request,
        "insights.html",
        frame,
        status_code=422 if field and not chosen else 200,
        problem="There is no such field; all are shown." if field and not chosen else "",
        found=found,
        field=chosen,
        fields=fields,
        stats=_stats(found),
        pictures=_pictures(found),
        certifications=_certifications(found, held),
        has_profile=profile is not None,
    )


def _stats(found: Insights) -> list[tuple[str, str, str]]:
    remote = found.modes.get("remote", 0)
    share = f"{100 * remote / found.open_jobs:.0f} %" if found.open_jobs else "–"
    return [
        ("Open jobs", formats.number(found.open_jobs), "in this view"),
        ("Remote", share, f"{formats.number(remote)} of {formats.number(found.open_jobs)}"),
        ("Median pay", _money(found.pay.middle), f"{formats.plural(found.pay.n, 'job')} state pay in USD"),
        ("Employers", formats.number(found.employers_in_all), "the largest are below"),
    ]


def _pictures(found: Insights) -> list[Picture]:
    named = {formats.field_name(name): counts for name, counts in found.fields_by_week.items()}
    fields = {formats.field_name(name): count for name, count in found.fields.items()}
    skill_links = {name: f"/?skill={quote(skill_id(name))}" for name in found.skills}
    modes = {_MODES.get(mode, mode): count for mode, count in found.modes.items()}
    posted = "Jobs by the week in which they were posted; the last week is not over."
    return [
        _over_time("fields-weeks", "Demand by field", posted, found.weeks, named),
        _over_time("skills-weeks", "Demand by skill", posted, found.weeks, found.skills_by_week),
        _bars(
            "skills",
            "Skills named most",
            "Open jobs that name the skill, by any of its names.",
            found.skills,
            skill_links,
        ),
        _pay(found),
        _bars("fields", "Fields", "Open jobs of each field; a job may be of several.", fields),
        _bars("modes", "Work mode", "Open jobs by where the work is done.", modes),
        _bars("employers", "Employers", "Employers with the most open jobs.", found.employers),
        _bars("places", "Places", "Cities, states and countries with the most open jobs.", found.places),
    ]


def _over_time(
    name: str, title: str, about: str, weeks: Sequence[datetime], counts: Mapping[str, Sequence[int]]
) -> Picture:
    series = [{"name": label, "values": list(values)} for label, values in counts.items()]
    chart = {
        "type": "series",
        "label": title,
        "unit": "short",
        "times": [int(week.timestamp()) for week in weeks],
        "series": series,
        "from_zero": True,
        "height": 240,
    }
    rows = tuple(
        (formats.day(week), *(formats.number(values[at]) for values in counts.values()))
        for at, week in reversed(list(enumerate(weeks)))
    )
    return Picture(name, title, about, chart if series else {}, ("Week of", *counts), rows if series else ())


def _bars(
    name: str, title: str, about: str, counts: Mapping[str, int], links: Mapping[str, str] | None = None
) -> Picture:
    bars = [{"name": label, "value": n, **({"href": links[label]} if links else {})} for label, n in counts.items()]
    chart = {"type": "bars", "label": title, "unit": "short", "bars": bars} if bars else {}
    rows = tuple((label, formats.number(n)) for label, n in counts.items())
    return Picture(name, title, about, chart, (title, "Open jobs"), rows)


def _pay(found: Insights) -> Picture:
    shown = {formats.field_name(name): pay for name, pay in found.pay_by_field.items() if pay.middle is not None}
    bars = [{"name": f"{name} (n = {pay.n})", "value": round(pay.middle or 0)} for name, pay in shown.items()]
    chart = {"type": "bars", "label": "Median pay by field", "unit": "short", "bars": bars} if bars else {}
    rows = tuple(
        (name, _money(pay.low), _money(pay.middle), _money(pay.high), formats.number(pay.n))
        for name, pay in ((formats.field_name(name), pay) for name, pay in found.pay_by_field.items())
    )
    about = "Median of the middle of each stated yearly range, in USD. Fewer than 8 jobs give no number."
    return Picture("pay", "Pay by field", about, chart, ("Field", "25 %", "Median", "75 %", "Jobs"), rows)


def _certifications(found: Insights, held: frozenset[str]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for asked in found.certifications:
        difference = "too few" if asked.difference is None else f"{asked.difference:+,.0f} (n = {asked.n})"
        opens = "held" if asked.name in held else formats.number(found.opens(asked.name, held))
        rows.append((asked.name, formats.number(asked.jobs), opens, difference))
    return rows


def _money(value: float | None) -> str:
    return "too few" if value is None else f"${value:,.0f}"
