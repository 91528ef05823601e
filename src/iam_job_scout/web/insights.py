"""Insights: what the open jobs say together, as pictures with a table behind each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from iam_job_scout.jobs.indexing import skill_id
from iam_job_scout.jobs.insights import Asked, Insights, insights
from iam_job_scout.jobs.profile import get_profile
from iam_job_scout.relevance.lexicon import lexicon
from iam_job_scout.web import formats
from iam_job_scout.web.rendering import PageFrame, show
from iam_job_scout.web.session import database_of

router = APIRouter(include_in_schema=False)

_MODES = {"remote": "Remote", "hybrid": "Hybrid", "onsite": "On-site", "unknown": "Not stated"}
#: Courses over time begin with the first job, but are no shorter than this.
_FEWEST_WEEKS = 8


@dataclass(frozen=True)
class Picture:
    """A chart with the table that says the same in numbers; `about` says what is counted."""

    id: str
    title: str
    about: str
    chart: Mapping[str, Any]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    wide: bool = False


@router.api_route("/insights", methods=["GET", "HEAD"])
def insights_page(request: Request, frame: PageFrame, field: str = "") -> Response:
    """Shows the insights, of all jobs or of one field; an unknown field is named (422)."""
    fields = lexicon().subfields
    chosen = field if field in fields else ""
    with database_of(request).reading() as session:
        found = insights(session, frame.now, field=chosen)
        profile = get_profile(session, frame.viewer.user_id)
    held = frozenset(map(str, profile.certifications)) if profile else None
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
        pictures=_pictures(found, chosen, held),
    )


def _stats(found: Insights) -> list[tuple[str, str, str]]:
    remote, stated = found.modes.get("remote", 0), found.open_jobs - found.modes.get("unknown", 0)
    share = f"{100 * remote / stated:.0f} %" if stated else "–"
    return [
        ("Open jobs", formats.number(found.open_jobs), "in this view"),
        ("Remote", share, f"{formats.number(remote)} of {formats.number(stated)} that state a work mode"),
        ("Median pay", _money(found.pay.middle), f"{formats.plural(found.pay.n, 'job')} state pay in USD"),
        ("Employers", formats.number(found.employers_in_all), "the largest are below"),
    ]


def _pictures(found: Insights, field: str, held: frozenset[str] | None) -> list[Picture]:
    named = {formats.field_name(name): counts for name, counts in found.fields_by_week.items()}
    fields = {formats.field_name(name): count for name, count in found.fields.items()}
    modes = {_MODES.get(mode, mode): count for mode, count in found.modes.items()}
    posted = "Jobs by the week in which they were posted, and how many in all; the last week is not over."
    named_by = "Open jobs that name the skill, by any of its names."
    only = {"sub": field.lower()} if field else {}
    skill_links = {name: _list(skill=skill_id(name), **only) for name in found.skills}
    # The list has no filter for jobs of two fields at once.
    field_links = {formats.field_name(name): _list(sub=name.lower()) for name in found.fields if field in ("", name)}
    mode_links = {
        _MODES[mode]: _list(mode=mode, **only) for mode in found.modes if mode in _MODES and mode != "unknown"
    }
    return [
        _over_time("fields-weeks", "Demand by field", posted, found.weeks, named),
        _over_time("skills-weeks", "Demand by skill", posted, found.weeks, found.skills_by_week),
        _bars("skills", "Skills named most", named_by, found.skills, skill_links),
        _certifications(found, held),
        _bars("fields", "Fields", "Open jobs of each field; a job may be of several.", fields, field_links),
        _pay(found),
        _bars("employers", "Employers", "Employers with the most open jobs.", found.employers),
        _bars("places", "Places", "Cities, states and countries with the most open jobs.", found.places),
        replace(_bars("modes", "Work mode", "Open jobs by where the work is done.", modes, mode_links), wide=True),
    ]


def _list(**filters: str) -> str:
    """The address of the list with these filters."""
    return f"/?{urlencode(filters)}"


def _over_time(
    name: str, title: str, about: str, weeks: Sequence[datetime], counts: Mapping[str, Sequence[int]]
) -> Picture:
    first = next((at for at in range(len(weeks)) if any(values[at] for values in counts.values())), 0)
    first = max(0, min(first, len(weeks) - _FEWEST_WEEKS))
    series = [{"name": label, "values": list(values[first:])} for label, values in counts.items()]
    chart = {
        "type": "series",
        "label": title,
        "unit": "short",
        "times": [int(week.timestamp()) for week in weeks[first:]],
        "series": series,
        "from_zero": True,
        "sums": True,
        "height": 240,
    }
    rows = tuple(
        (formats.day(week), *(formats.number(values[at]) for values in counts.values()))
        for at, week in reversed(list(enumerate(weeks)))
        if at >= first
    )
    heads = ("Week of", *counts)
    return Picture(name, title, about, chart if series else {}, heads, rows if series else (), wide=True)


def _bars(
    name: str, title: str, about: str, counts: Mapping[str, int], links: Mapping[str, str] | None = None
) -> Picture:
    links = links or {}
    bars = [{"name": label, "value": n, "href": links.get(label)} for label, n in counts.items()]
    rows = tuple((label, formats.number(n)) for label, n in counts.items())
    return Picture(name, title, about, _bar_chart(title, bars), (title, "Open jobs"), rows)


def _bar_chart(label: str, bars: Sequence[Mapping[str, object]], unit: str = "short") -> dict[str, Any]:
    return {"type": "bars", "label": label, "unit": unit, "bars": bars} if bars else {}


def _pay(found: Insights) -> Picture:
    by_field = [(formats.field_name(name), pay) for name, pay in found.pay_by_field.items()]
    by_field.sort(key=lambda one: one[1].middle or 0, reverse=True)
    bars = [
        {"name": name, "value": round(pay.middle), "low": pay.low, "high": pay.high, "note": f"n = {pay.n}"}
        for name, pay in by_field
        if pay.middle is not None
    ]
    rows = tuple(
        (name, _money(pay.low), _money(pay.middle), _money(pay.high), formats.number(pay.n)) for name, pay in by_field
    )
    about = (
        "The middle of each stated yearly range, in USD: the bar holds the middle half of the n jobs, its mark and the"
        " number are their median. Fewer than 8 jobs give no number."
    )
    chart = _bar_chart("Median pay by field", bars, "currencyUSD")
    return Picture("pay", "Pay by field", about, chart, ("Field", "25 %", "Median", "75 %", "Jobs"), rows)


def _certifications(found: Insights, held: frozenset[str] | None) -> Picture:
    opens = {
        asked.name: "held"
        if asked.name in (held or ())
        else formats.number(found.opens(asked.name, held or frozenset()))
        for asked in found.certifications
    }
    bars = [
        {"name": asked.name, "value": asked.jobs, "note": text if text == "held" else f"opens {text}"}
        for asked, text in zip(found.certifications, opens.values(), strict=True)
    ]
    rows = tuple(
        (asked.name, formats.number(asked.jobs), opens[asked.name], _difference(asked))
        for asked in found.certifications
    )
    others = "no other certification" if held is None else "none else that your profile lacks"
    about = (
        f"Open jobs that ask for it; it opens those of them that ask for {others}. The pay difference in the table is"
        " of medians, in USD a year, to jobs that do not ask for it; it says nothing about why."
    )
    heads = ("Certification", "Asked by", "Opens", "Pay difference")
    return Picture("certifications", "Certifications", about, _bar_chart("Certifications", bars), heads, rows)


def _difference(asked: Asked) -> str:
    return "too few" if asked.difference is None else f"{asked.difference:+,.0f} (n = {asked.n})"


def _money(value: float | None) -> str:
    return "too few" if value is None else f"${value:,.0f}"
