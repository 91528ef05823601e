"""The committed dashboards, flattened into their panels."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
GRAFANA = ROOT / "observability" / "grafana"
DASHBOARDS = GRAFANA / "dashboards"
#: Begins the sentence of a description that says why the panel may have nothing to show.
EMPTY = "**Empty:** "


@dataclass(frozen=True)
class Panel:
    """A panel of a committed dashboard; `section` is the title of its row."""

    dashboard: str
    section: str
    body: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.dashboard} / {self.section} / {self.body['title']}"

    @property
    def exprs(self) -> list[str]:
        return [target["expr"] for target in self.body["targets"]]

    @property
    def may_be_empty(self) -> bool:
        return EMPTY in self.body["description"]


def read_dashboards() -> list[dict[str, Any]]:
    return [json.loads(file.read_text(encoding="utf-8")) for file in sorted(DASHBOARDS.glob("*.json"))]


def panels_of(dashboard: dict[str, Any]) -> Iterator[Panel]:
    section = ""
    for body in dashboard["panels"]:
        if body["type"] != "row":
            yield Panel(dashboard["title"], section, body)
            continue
        section = body["title"]
        yield from (Panel(dashboard["title"], section, inner) for inner in body["panels"])


def fill_in(expr: str, *, rate_interval: str = "1m", span: str = "1h", job: str = ".+", instance: str = ".+") -> str:
    """The query as Grafana would send it: every variable replaced, the longest names first."""
    values = {"$__rate_interval": rate_interval, "$__range": span, "$instance": instance, "$job": job}
    for variable, value in values.items():
        expr = expr.replace(variable, value)
    return expr
