import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from iam_job_scout.monitoring import metrics
from iam_job_scout.monitoring.families import LABEL_OVERFLOW, Family, Histogram, RequestHistogram
from iam_job_scout.monitoring.internal import INTERNAL_ERRORS
from iam_job_scout.stack.files import observability_dir, rule_files

ROOT = Path(__file__).resolve().parents[2]
AREAS = {"http", "scans", "sources", "database", "jobs", "app", "monitoring"}
CASES = sorted((observability_dir() / "prometheus" / "tests").glob("*_test.yml"))
#: What Prometheus, Alertmanager and the Python runtime expose, and a scrape adds.
FOREIGN = ("prometheus_", "alertmanager_", "process_", "python_", "scrape_", "up")
WORDS = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
NOT_METRICS = {
    *("sum", "max", "min", "by", "on", "and", "or", "unless", "offset", "rate", "increase", "absent", "time", "vector"),
    *("min_over_time", "max_over_time", "sum_over_time", "changes", "histogram_quantile", "count", "topk", "clamp_min"),
}


def run(*argv: object, cwd: Path | None = None) -> str:
    done = subprocess.run([str(part) for part in argv], capture_output=True, text=True, timeout=100, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def exposed_names() -> set[str]:
    names = set()
    for family in (*metrics.CATALOGUE, INTERNAL_ERRORS, LABEL_OVERFLOW):
        suffixes = ("_bucket", "_sum", "_count") if isinstance(family, Histogram) else ("",)
        names |= {f"{family.name}{suffix}" for suffix in suffixes}
        if isinstance(family, RequestHistogram):
            names.add(family.counter_name)
    return names


def selected_names(expression: str) -> set[str]:
    """The metric names of an expression: its words, less labels, strings, durations and functions."""
    bare = re.sub(r'"[^"]*"', "", expression)
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|\b(?:by|on|without) \([^)]*\)", "", bare)
    bare = re.sub(r"\b\d[\w.]*", "", bare)
    return set(WORDS.findall(bare)) - NOT_METRICS


def test_promtool_accepts_every_rule(promtool: Path) -> None:
    run(promtool, "check", "rules", *rule_files())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_alerts_fire_and_stay_quiet_as_their_cases_say(promtool: Path, case: Path) -> None:
    run(promtool, "test", "rules", case.name, cwd=case.parent)


def test_every_alert_says_how_bad_since_when_what_and_what_to_do(alerts: list[Any]) -> None:
    for alert in alerts:
        assert alert.body["labels"]["severity"] in {"critical", "warning", "info", "none"}, alert.name
        assert alert.body["labels"]["area"] == alert.area, alert.name
        assert "for" in alert.body, alert.name
        assert set(alert.body["annotations"]) == {"summary", "description", "runbook_url"}, alert.name
        assert alert.body["annotations"]["runbook_url"] == f"docs/runbooks/{alert.name}.md"


def test_every_area_has_a_file_and_every_file_an_area() -> None:
    assert {file.stem.partition("_")[0] for file in rule_files()} == AREAS


def test_there_is_a_runbook_for_every_alert_and_no_other(alerts: list[Any]) -> None:
    runbooks = {file.stem for file in (ROOT / "docs" / "runbooks").glob("*.md")}
    assert runbooks == {alert.name for alert in alerts}


def test_every_runbook_says_what_it_means_and_how_to_mend_it(alerts: list[Any]) -> None:
    for name in {alert.name for alert in alerts}:
        text = (ROOT / "docs" / "runbooks" / f"{name}.md").read_text()
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["Meaning", "Impact", "Check", "Mend", "Silence"], name


def test_queries_of_the_runbooks_can_be_pasted(promtool: Path, tmp_path: Path) -> None:
    queries = [
        query.strip()
        for file in sorted((ROOT / "docs" / "runbooks").glob("*.md"))
        for query in re.findall(r"```promql\n(.+?)```", file.read_text(), re.DOTALL)
    ]
    recorded = [{"record": f"q:{number}", "expr": query} for number, query in enumerate(queries)]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "runbooks", "rules": recorded}]}))
    assert len(queries) > 40
    run(promtool, "check", "rules", "--lint=none", file)


def test_recorded_names_tell_level_metric_and_operations(recordings: list[Any]) -> None:
    for recording in recordings:
        assert re.fullmatch(r"[a-z]+:[a-z0-9_]+:[a-z0-9_]+", recording.name), recording.name


def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_is_quiet(alerts: list[Any]) -> None:
    fires, quiet = set(), set()
    for case in alert_cases():
        (fires if case["exp_alerts"] else quiet).add(case["alertname"])
    names = {alert.name for alert in alerts}
    assert names - fires == set()
    assert names - quiet == {"Watchdog"}  # which is there to fire always


def alert_cases() -> Iterator[dict[str, Any]]:
    for file in CASES:
        for test in yaml.safe_load(file.read_text())["tests"]:
            yield from test.get("alert_rule_test", ())


def test_every_metric_that_a_rule_names_exists(rules: list[Any], recordings: list[Any]) -> None:
    known = exposed_names() | {recording.name for recording in recordings}
    for rule in rules:
        unknown = {name for name in selected_names(rule.body["expr"]) - known if not name.startswith(FOREIGN)}
        assert not unknown, f"{rule.name}: {unknown}"


def test_every_bucket_that_a_rule_selects_is_a_boundary(rules: list[Any]) -> None:
    histograms: dict[str, Family] = {family.name: family for family in metrics.CATALOGUE}
    for rule in rules:
        for name, boundary in re.findall(r'(\w+)_bucket\{[^}]*le="([^"]+)"', rule.body["expr"]):
            family = histograms[name]
            assert isinstance(family, Histogram)
            assert boundary in {str(float(bucket)) for bucket in family.buckets}, f"{rule.name}: {name} {boundary}"
