"""The live registry: which metrics exist, with which labels and values."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from iam_job_scout.doctor.selectors import Selector
from iam_job_scout.errors import FetchError
from iam_job_scout.monitoring import metrics
from iam_job_scout.monitoring.families import Family, Histogram, RequestHistogram
from iam_job_scout.monitoring.internal import INTERNAL_ERRORS

SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ")
LABEL = re.compile(r'(\w+)="((?:\\.|[^"\\])*)"')
TYPE = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}
#: What a scrape and the alert rules add to every target.
ADDED = ("up", "ALERTS", "ALERTS_FOR_STATE")
ADDED_LABELS = {"job", "instance", "kind", "environment", "alertname", "alertstate", "severity", "area", "outage"}
FETCH_ERRORS = tuple(each.error_type for each in FetchError.__subclasses__())
STATUS_CODES = (*(str(code) for code in range(100, 600)), metrics.CANCELLED)
#: Values that may come although none has been seen yet, by metric and label.
POSSIBLE: Mapping[tuple[str, str], Iterable[str]] = MappingProxyType(
    {
        ("application_errors_total", "severity"): metrics.SEVERITIES,
        ("external_api_errors_total", "error_type"): FETCH_ERRORS,
        ("external_api_requests_total", "status"): metrics.API_STATUSES,
        ("external_api_calls_total", "status"): metrics.API_STATUSES,
        ("db_operations_total", "status"): metrics.DB_STATUSES,
        ("iam_scan_runs_total", "status"): metrics.SCAN_STATUSES,
        ("http_request_phase_seconds_total", "phase"): metrics.PHASES,
        ("http_requests_total", "status_code"): STATUS_CODES,
        ("http_request_duration_seconds_count", "status_code"): STATUS_CODES,
        ("http_request_duration_seconds_bucket", "status_code"): STATUS_CODES,
    }
)


@dataclass
class Registry:
    """Metric → label → the values seen; `declared` are the catalogue's metrics, which show once they have a sample."""

    seen: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    declared: dict[str, set[str]] = field(default_factory=dict)
    recorded: set[str] = field(default_factory=set)

    def read(self, exposition: str) -> None:
        """Adds what an answer of /metrics shows."""
        for name, kind in TYPE.findall(exposition):
            for suffix in SUFFIXES.get(kind, ("",)):
                self.seen.setdefault(f"{name}{suffix}", {})
        for line in exposition.splitlines():
            if match := SAMPLE.match(line):
                labels = self.seen.setdefault(match[1], {})
                for label, value in LABEL.findall(match[2] or ""):
                    labels.setdefault(label, set()).add(value)

    def declare(self, family: Family) -> None:
        """Adds the labels that a family of the catalogue has."""
        labels = set(family.labels)
        if isinstance(family, Histogram):
            self.declared[f"{family.name}_bucket"] = labels | {"le"}
            self.declared |= {f"{family.name}{suffix}": labels for suffix in ("_sum", "_count")}
        else:
            self.declared[family.name] = labels
        if isinstance(family, RequestHistogram):
            self.declared[family.counter_name] = labels

    def fault(self, selector: Selector) -> str:
        """Why the selector can never find a series; empty where it can."""
        if selector.name in self.recorded or selector.name in ADDED or selector.name.startswith("scrape_"):
            return ""
        if selector.name not in self.seen and selector.name not in self.declared:
            return f"there is no metric {selector.name}"
        labels = self.seen.get(selector.name, {})
        for matcher in selector.matchers:
            if "$" in matcher.value or matcher.label in ADDED_LABELS:
                continue
            if matcher.label not in labels and matcher.label not in self.declared.get(selector.name, ()):
                return f"{selector.name} has no label {matcher.label}"
            values = {*labels.get(matcher.label, ()), *POSSIBLE.get((selector.name, matcher.label), ())}
            chooses = matcher.operator in ("=", "=~") and labels.get(matcher.label)
            if chooses and not any(matcher.accepts(value) for value in values):
                return f"no {selector.name} has {matcher.label}{matcher.operator}{matcher.value!r}"
        return ""


def start_registry(recorded: Iterable[str]) -> Registry:
    """A registry that knows the catalogue's labels and the names that rules record."""
    registry = Registry(recorded=set(recorded))
    for family in (*metrics.CATALOGUE, INTERNAL_ERRORS):
        registry.declare(family)
    return registry
