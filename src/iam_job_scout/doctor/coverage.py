"""Whether every rule and every panel looks at something that exists: no dead alert, no dead panel."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from iam_job_scout.doctor.asking import ask
from iam_job_scout.doctor.findings import Finding, broken, fine, skipped
from iam_job_scout.doctor.registry import Registry, start_registry
from iam_job_scout.doctor.rules import our_rules
from iam_job_scout.doctor.selectors import find_selectors
from iam_job_scout.errors import StackError
from iam_job_scout.settings import Settings
from iam_job_scout.stack import alertmanager, prometheus
from iam_job_scout.stack.files import observability_dir

UPDATE = "the app and the files under observability/ are of different versions: install one version, render again"


@dataclass(frozen=True)
class Query:
    """An expression and where it stands, for people."""

    where: str
    expr: str


def read_registry(settings: Settings, exposition: str) -> Registry:
    """The registry of the app and of the servers that answer."""
    registry = start_registry(rule.name for rule in our_rules() if ":" in rule.name)
    registry.read(exposition)
    for url in (prometheus.url(settings), alertmanager.url(settings)):
        try:
            registry.read(ask(f"{url}/metrics").body.decode())
        except StackError:
            continue
    return registry


def check_rule_selectors(registry: Registry) -> Finding:
    """Whether each selector of each rule finds, or could find, a series."""
    return _check("rule selectors", [Query(rule.name, rule.query) for rule in our_rules()], registry)


def check_panel_selectors(registry: Registry) -> Finding:
    """The same for the panels of the dashboards."""
    return _check("panel selectors", list(panel_queries()), registry)


def panel_queries() -> Iterator[Query]:
    """Every query of every dashboard."""
    for file in sorted((observability_dir() / "grafana" / "dashboards").glob("*.json")):
        dashboard = json.loads(file.read_text(encoding="utf-8"))
        for panel in _panels(dashboard):
            for target in panel.get("targets", ()):
                if expr := target.get("expr"):
                    yield Query(f"{dashboard['title']}: {panel.get('title', '')}", expr)


def _panels(parent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for panel in parent.get("panels", ()):
        yield panel
        yield from _panels(panel)


def _check(name: str, queries: Sequence[Query], registry: Registry) -> Finding:
    if not queries:
        return skipped(name, "there are none in this installation")
    faults = [
        f"{query.where}: {fault}"
        for query in queries
        for selector in find_selectors(query.expr)
        if (fault := registry.fault(selector))
    ]
    if faults:
        rest = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        return broken(name, f"{faults[0]}{rest}", UPDATE)
    return fine(name, f"all of {len(queries)} expressions find metrics, labels and values that exist")
