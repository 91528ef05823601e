"""The dashboards that Grafana loads, read for the app's own page: what a panel asks and how it is drawn.

They come from the same JSON files; what Grafana knows and this page does not need is left aside.
"""

import json
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from iam_job_scout.errors import StackError
from iam_job_scout.stack.files import observability_dir

#: As a person reads them; others follow by name.
ORDER = (
    "scout-health", "scout-performance", "scout-business", "scout-resources", "scout-service-levels", "scout-scans",
)  # fmt: skip
#: The types of panels that the page can draw.
DRAWN = ("timeseries", "stat", "gauge", "bargauge", "table", "state-timeline")
#: Grafana's colours by the page's own, which change with the scheme; the figures are of the set of series.
COLORS = {
    "green": "good", "orange": "warning", "yellow": "warning", "red": "bad", "blue": "info", "purple": "violet",
    "light-blue": "6", "text": "text", "transparent": "",
}  # fmt: skip


class _Loose(msgspec.Struct):
    """Keys that are not named are left aside; wrong types are refused."""


class _Target(_Loose):
    expr: str
    refId: str  # noqa: N815 - Grafana's names, here and below
    legendFormat: str = ""  # noqa: N815
    instant: bool = False


class _Step(_Loose):
    color: str
    value: float | None = None


class _Thresholds(_Loose):
    steps: list[_Step] = []


class _Mapping(_Loose):
    type: str
    options: dict[str, Any] = {}


class _Defaults(_Loose):
    unit: str = "short"
    decimals: int | None = None
    min: float | None = None
    max: float | None = None
    noValue: str = "no data"  # noqa: N815
    thresholds: _Thresholds = msgspec.field(default_factory=_Thresholds)
    mappings: list[_Mapping] = []
    custom: dict[str, Any] = {}


class _Matcher(_Loose):
    id: str
    options: Any = None


class _Property(_Loose):
    id: str
    value: Any = None


class _Override(_Loose):
    matcher: _Matcher
    properties: list[_Property]


class _Fields(_Loose):
    defaults: _Defaults = msgspec.field(default_factory=_Defaults)
    overrides: list[_Override] = []


class _Place(_Loose):
    w: int = 8
    h: int = 8


class _Link(_Loose):
    title: str
    url: str = ""


class _Transformation(_Loose):
    id: str
    options: dict[str, Any] = {}


class _Panel(_Loose):
    id: int
    type: str
    title: str = ""
    description: str = ""
    gridPos: _Place = msgspec.field(default_factory=_Place)  # noqa: N815
    targets: list[_Target] = []
    links: list[_Link] = []
    fieldConfig: _Fields = msgspec.field(default_factory=_Fields)  # noqa: N815
    transformations: list[_Transformation] = []
    collapsed: bool = False
    panels: list["_Panel"] = []


class _Time(_Loose):
    from_: str = msgspec.field(name="from", default="now-6h")


class _Mark(_Loose):
    name: str
    expr: str = ""
    iconColor: str = "blue"  # noqa: N815
    textFormat: str = ""  # noqa: N815
    enable: bool = True


class _Marks(_Loose):
    marks: list[_Mark] = msgspec.field(name="list", default_factory=list)


class _File(_Loose):
    uid: str
    title: str
    description: str = ""
    time: _Time = msgspec.field(default_factory=_Time)
    annotations: _Marks = msgspec.field(default_factory=_Marks)
    panels: list[_Panel] = []


@dataclass(frozen=True)
class Target:
    """One query of a panel; `legend` names its series, with {{label}} for a label's value."""

    ref: str
    expr: str
    legend: str
    instant: bool


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A panel; `drawing` says in plain values how it is drawn, `runbooks` which alerts watch the same."""

    id: int
    title: str
    type: str
    words: tuple[tuple[str, str], ...]
    runbooks: tuple[str, ...]
    width: int
    height: int
    targets: tuple[Target, ...]
    drawing: dict[str, Any]

    @property
    def drawable(self) -> bool:
        """Whether the page knows how to draw its type."""
        return self.type in DRAWN


@dataclass(frozen=True)
class Section:
    """A row of panels that folds."""

    title: str
    folded: bool
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Mark:
    """A query whose values are moments (in milliseconds) at which something happened."""

    name: str
    expr: str
    text: str
    color: str
    shown: bool


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """A dashboard; `trouble` says why it could not be read, and then it has no panels."""

    uid: str
    title: str
    description: str = ""
    since: str = "now-6h"
    sections: tuple[Section, ...] = ()
    marks: tuple[Mark, ...] = ()
    trouble: str = ""
    panels: dict[int, Panel] = field(default_factory=dict)


def read_dashboards(directory: Path | None = None) -> dict[str, Dashboard]:
    """Every dashboard by its uid, in the order of reading; none where the installation lacks them.

    One that cannot be read says so in `trouble`.
    """
    try:
        place = directory or observability_dir() / "grafana" / "dashboards"
    except StackError:
        return {}
    found = {dashboard.uid: dashboard for dashboard in map(_read, sorted(place.glob("*.json")))}
    known = [uid for uid in ORDER if uid in found]
    return {uid: found[uid] for uid in [*known, *(uid for uid in found if uid not in known)]}


def _read(file: Path) -> Dashboard:
    try:
        return _dashboard(msgspec.json.decode(file.read_bytes(), type=_File))
    except (OSError, msgspec.MsgspecError, json.JSONDecodeError) as error:
        return Dashboard(uid=file.stem, title=file.stem, trouble=f"{file.name} cannot be read: {error}")


def _dashboard(given: _File) -> Dashboard:
    sections = _sections(given.panels)
    return Dashboard(
        uid=given.uid,
        title=given.title,
        description=given.description,
        since=given.time.from_,
        sections=sections,
        marks=tuple(_mark(mark) for mark in given.annotations.marks if mark.expr),
        panels={panel.id: panel for section in sections for panel in section.panels},
    )


def _sections(panels: list[_Panel]) -> tuple[Section, ...]:
    """Panels belong to the row above them, or lie within one that is folded."""
    rows: list[tuple[_Panel | None, list[_Panel]]] = []
    for panel in panels:
        if panel.type == "row":
            rows.append((panel, list(panel.panels)))
        else:
            if not rows:
                rows.append((None, []))
            rows[-1][1].append(panel)
    return tuple(
        Section(row.title if row else "", bool(row and row.collapsed), tuple(_panel(panel) for panel in inner))
        for row, inner in rows
    )


def _mark(given: _Mark) -> Mark:
    return Mark(given.name, given.expr, given.textFormat or given.name, color_of(given.iconColor), given.enable)


def _panel(given: _Panel) -> Panel:
    return Panel(
        id=given.id,
        title=given.title,
        type=given.type,
        words=tuple(_words(given.description)),
        runbooks=tuple(link.title.removeprefix("Runbook: ") for link in given.links if "runbooks" in link.url),
        width=max(1, min(given.gridPos.w, 24)),
        height=max(1, min(given.gridPos.h, 16)),
        targets=tuple(Target(one.refId, one.expr, one.legendFormat, one.instant) for one in given.targets),
        drawing=_drawing(given),
    )


def _words(description: str) -> list[tuple[str, str]]:
    """The paragraphs of a description, each with the word that it begins with in bold."""
    paragraphs = [text.strip() for text in description.split("\n\n") if text.strip()]
    split = [text.removeprefix("**").partition(":** ") for text in paragraphs]
    return [(head, rest) if rest else ("", head) for head, _, rest in split]


def _drawing(given: _Panel) -> dict[str, Any]:
    fields, custom = given.fieldConfig.defaults, given.fieldConfig.defaults.custom
    stacking, style = custom.get("stacking"), custom.get("thresholdsStyle")
    return {
        "unit": fields.unit,
        "decimals": fields.decimals,
        "min": fields.min,
        "max": fields.max,
        "empty": fields.noValue,
        "why": dict(_words(given.description)).get("Empty", ""),
        "steps": _steps(fields.thresholds.steps),
        "states": _states(fields.mappings),
        "stacked": isinstance(stacking, dict) and stacking.get("mode") == "normal",
        "bars": custom.get("drawStyle") == "bars",
        "limits": isinstance(style, dict) and style.get("mode", "off") != "off",
        "colors": _colors(given.fieldConfig.overrides),
        "columns": _columns(given),
    }


def color_of(grafana: str) -> str:
    """The page's name of a colour; grey for one that it does not know."""
    return COLORS.get(grafana, "muted")


def _steps(steps: list[_Step]) -> list[dict[str, Any]]:
    return [{"value": step.value, "color": color_of(step.color)} for step in steps]


def _states(mappings: list[_Mapping]) -> dict[str, dict[str, str]]:
    """The text and colour of each value that has one."""
    return {
        value: {"text": str(shown.get("text", value)), "color": color_of(str(shown.get("color", "")))}
        for mapping in mappings
        if mapping.type == "value"
        for value, shown in mapping.options.items()
        if isinstance(shown, dict)
    }


def _colors(overrides: list[_Override]) -> dict[str, str]:
    """The fixed colour of a query's series, by the query's letter."""
    return {
        str(override.matcher.options): color_of(str(prop.value.get("fixedColor")))
        for override in overrides
        if override.matcher.id == "byFrameRefID"
        for prop in override.properties
        if prop.id == "color" and isinstance(prop.value, dict)
    }


def _columns(given: _Panel) -> list[dict[str, Any]]:
    """The columns of a table in their order: the field that they show, heading, unit and thresholds."""
    named = next((one.options for one in given.transformations if one.id == "organize"), {})
    headings: dict[str, str] = named.get("renameByName", {})
    places: dict[str, int] = named.get("indexByName", {})
    overrides = given.fieldConfig.overrides
    looks = {
        heading: [one.properties for one in overrides if one.matcher.options == heading]
        for heading in headings.values()
    }
    return [
        {"field": name, "name": heading, **_column_look(list(chain.from_iterable(looks[heading])))}
        for name, heading in sorted(headings.items(), key=lambda item: places.get(item[0], 99))
    ]


def _column_look(properties: list[_Property]) -> dict[str, Any]:
    given = {prop.id: prop.value for prop in properties}
    steps = given.get("thresholds", {}).get("steps", []) if isinstance(given.get("thresholds"), dict) else []
    return {"unit": given.get("unit"), "steps": _steps(msgspec.convert(steps, list[_Step]))}
