"""The queries: they parse, fit together by type, and name only series and labels that exist."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from dashboard_files import Panel
from promql import grouped_by, labels_of, parse, selectors

from iam_job_scout.monitoring import metrics
from iam_job_scout.monitoring.families import LABEL_OVERFLOW, Family, Histogram, RequestHistogram
from iam_job_scout.monitoring.internal import INTERNAL_ERRORS
from iam_job_scout.stack.files import rule_files

TARGET = {"job", "instance"}
#: What Prometheus makes of scrapes and alerts, and what the process says of itself, with labels beyond the target's.
OTHERS = {
    "up": set[str](),
    "scrape_duration_seconds": set[str](),
    "scrape_samples_scraped": set[str](),
    "ALERTS": {"alertname", "alertstate", "severity", "area"},
    "process_start_time_seconds": set[str](),
    "process_resident_memory_bytes": set[str](),
    "process_cpu_seconds_total": set[str](),
    "process_open_fds": set[str](),
    "process_max_fds": set[str](),
    "python_gc_collections_total": {"generation"},
}
#: The labels of a recorded series by the first part of its name.
LEVELS = {
    "job": {"job"},
    "instance": TARGET,
    "source": {"job", "source"},
    "api": {"job", "api_name"},
    "endpoint": TARGET | {"endpoint"},
    "operation": TARGET | {"operation"},
}


def names_of(family: Family) -> Iterator[tuple[str, set[str]]]:
    labels = set(family.labels)
    if isinstance(family, RequestHistogram):
        yield family.counter_name, labels
    if isinstance(family, Histogram):
        yield from ((f"{family.name}_{part}", labels) for part in ("sum", "count"))
        yield f"{family.name}_bucket", labels | {"le"}
    else:
        yield family.name, labels


@pytest.fixture(scope="module")
def known() -> dict[str, set[str]]:
    """The labels of every series that there can be, by its name."""
    families = (*metrics.CATALOGUE, INTERNAL_ERRORS, LABEL_OVERFLOW)
    exposed = dict(pair for family in families for pair in names_of(family)) | OTHERS
    return {name: labels | TARGET for name, labels in exposed.items()} | recorded()


def recorded() -> dict[str, set[str]]:
    groups = [group for file in rule_files() for group in yaml.safe_load(file.read_text())["groups"]]
    names = [rule["record"] for group in groups for rule in group["rules"] if "record" in rule]
    return {name: LEVELS[name.partition(":")[0]] for name in names}


def every_query(dashboards: list[dict[str, Any]], panels: list[Panel]) -> Iterator[tuple[str, str]]:
    yield from ((panel.name, expr) for panel in panels for expr in panel.exprs)
    for dashboard in dashboards:
        yield from ((dashboard["title"], note["expr"]) for note in dashboard["annotations"]["list"])


def test_every_query_parses_with_fitting_types(dashboards: list[dict[str, Any]], panels: list[Panel]) -> None:
    for _, expr in every_query(dashboards, panels):
        parse(expr)


def test_a_query_of_the_wrong_type_is_refused() -> None:
    with pytest.raises(ValueError, match="expected type"):
        parse("rate(http_requests_total)")


def test_every_series_exists(dashboards: list[dict[str, Any]], panels: list[Panel], known: dict[str, set[str]]) -> None:
    for where, expr in every_query(dashboards, panels):
        assert {selector.name for selector in selectors(expr)} <= set(known), where


def test_matchers_and_groups_name_labels_that_the_series_have(
    dashboards: list[dict[str, Any]], panels: list[Panel], known: dict[str, set[str]]
) -> None:
    for where, expr in every_query(dashboards, panels):
        for selector in selectors(expr):
            assert labels_of(selector) <= known[selector.name], f"{where}: {selector.name}"
        assert grouped_by(expr) <= {label for one in selectors(expr) for label in known[one.name]}, where


def test_legends_name_labels_that_survive_the_query(panels: list[Panel], known: dict[str, set[str]]) -> None:
    for panel in panels:
        for target in panel.body["targets"]:
            expr = target["expr"]
            left = grouped_by(expr) or {label for one in selectors(expr) for label in known[one.name]}
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= left, panel.name


def test_table_columns_are_labels_or_values_of_their_queries(panels: list[Panel], known: dict[str, set[str]]) -> None:
    for panel in [panel for panel in panels if panel.body["type"] == "table"]:
        refs = [target["refId"] for target in panel.body["targets"]]
        values = {"Value"} if len(refs) == 1 else {f"Value #{ref}" for ref in refs}
        labels = {label for expr in panel.exprs for one in selectors(expr) for label in known[one.name]}
        [shown] = [step["options"] for step in panel.body["transformations"] if step["id"] == "organize"]
        assert set(shown["renameByName"]) <= values | labels, panel.name


def test_every_metric_family_of_the_business_is_drawn(panels: list[Panel]) -> None:
    drawn = {selector.name for panel in panels for expr in panel.exprs for selector in selectors(expr)}
    wanted = {family.name for family in metrics.CATALOGUE if family.name.startswith("iam_")}
    assert wanted - {"iam_source_last_success_timestamp_seconds"} <= drawn, "that one is drawn as its recorded age"
