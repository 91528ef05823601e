"""Writes the tables of MONITORING_SUMMARY.md from the metric catalogue and the rule files.

    python -m observability.summary

The prose between the markers stays as it is.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from iam_job_scout.monitoring.catalogue import families
from iam_job_scout.monitoring.families import RequestHistogram
from iam_job_scout.stack.files import rule_files

ROOT = Path(__file__).parents[1]
SUMMARY = ROOT / "MONITORING_SUMMARY.md"
#: Which metrics belong to which signal, by the beginnings of their names; the first that fits.
SIGNALS = (
    ("Business", ("iam_",)),
    ("The monitoring itself", ("monitoring_",)),
    ("Errors", ("application_errors", "database_errors", "external_api_errors", "scan_errors", "http_background")),
    ("Latency", ("http_request_duration", "http_stream", "http_event", "http_request_phase", "http_request_db")),
    ("Latency", ("db_query_duration", "db_connection_wait", "external_api_duration", "scan_duration")),
    ("Saturation", ("db_connection", "event_loop", "scan_queue")),
    ("Traffic", ("",)),
)
ORDER = ("Latency", "Traffic", "Errors", "Saturation", "Business", "The monitoring itself")


def metric_rows() -> dict[str, list[str]]:
    """Returns a table row for each metric of the catalogue, by signal."""
    found: dict[str, list[str]] = {signal: [] for signal in ORDER}
    for name, kind, labels, meaning in _metrics():
        found[_signal(name)].append(f"| `{name}` | {kind} | {', '.join(labels) or '–'} | {meaning} |")
    return found


def _metrics() -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    for family in families():
        yield family.name, family.kind, family.labels, family.documentation
        if isinstance(family, RequestHistogram):
            yield family.counter_name, "counter", family.labels, family.counter_documentation


def alert_rows() -> Iterator[str]:
    """Returns a table row for each alert, in the order of the areas."""
    for file in rule_files():
        for group in yaml.safe_load(file.read_text())["groups"]:
            yield from (_alert_row(file.stem, rule) for rule in group["rules"] if "alert" in rule)


def render(text: str) -> str:
    """Returns the document with its tables made anew."""
    metrics = [
        f"### {signal}\n\n| metric | type | labels | what it is |\n|---|---|---|---|\n" + "\n".join(rows)
        for signal, rows in metric_rows().items()
    ]
    alerts = "| alert | area | severity | for | means |\n|---|---|---|---|---|\n" + "\n".join(alert_rows())
    return _between(_between(text, "metrics", "\n\n".join(metrics)), "alerts", alerts)


def _signal(name: str) -> str:
    return next(signal for signal, starts in SIGNALS if name.startswith(starts))


def _alert_row(area: str, rule: dict[str, Any]) -> str:
    name, severity = rule["alert"], rule["labels"]["severity"]
    link = f"[{name}](docs/runbooks/{name}.md)"
    meaning = _first_sentence(ROOT / "docs" / "runbooks" / f"{name}.md")
    return f"| {link} | {area.removesuffix('_slo')} | {severity} | {rule.get('for', '0s')} | {meaning} |"


def _first_sentence(runbook: Path) -> str:
    prose = runbook.read_text().partition("## Meaning\n\n")[2].partition("\n\n")[0]
    return re.split(r"(?<=[.:])\s", " ".join(prose.split()))[0].rstrip(".:")


def _between(text: str, name: str, table: str) -> str:
    pattern = rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)"
    return re.sub(pattern, lambda found: f"{found[1]}{table}{found[2]}", text, flags=re.DOTALL)


def main() -> None:
    """Writes the document."""
    SUMMARY.write_text(render(SUMMARY.read_text()))


if __name__ == "__main__":
    main()
