"""The catalogue: every name that other programs rely on, and nothing that promtool would object to."""

import subprocess
import sys

import pytest

from iam_job_scout import monitoring
from iam_job_scout.monitoring import metrics
from iam_job_scout.monitoring.testing import Changes, value
from iam_job_scout.stack.binaries import Servers

FIXED = {
    "http_request_duration_seconds": ("histogram", ("method", "endpoint", "status_code")),
    "db_query_duration_seconds": ("histogram", ("operation", "table")),
    "external_api_duration_seconds": ("histogram", ("api_name", "endpoint")),
    "scan_duration_seconds": ("histogram", ("source",)),
    "http_requests_in_progress": ("gauge", ("method",)),
    "active_user_sessions": ("gauge", ()),
    "external_api_requests_total": ("counter", ("api_name", "status")),
    "db_operations_total": ("counter", ("operation", "table", "status")),
    "application_errors_total": ("counter", ("error_type", "endpoint", "severity")),
    "database_errors_total": ("counter", ("operation", "error_type")),
    "external_api_errors_total": ("counter", ("api_name", "error_type")),
    "scan_errors_total": ("counter", ("source", "error_type")),
    "db_connections_active": ("gauge", ()),
    "db_connections_idle": ("gauge", ()),
    "db_connections_max": ("gauge", ()),
    "event_loop_lag_seconds": ("histogram", ()),
    "scan_queue_depth": ("gauge", ("state",)),
    "iam_jobs": ("gauge", ("status",)),
    "iam_jobs_new_this_week": ("gauge", ()),
    "iam_scan_runs_total": ("counter", ("source", "status")),
    "iam_scan_jobs_found": ("gauge", ("source",)),
    "iam_scan_jobs_new": ("gauge", ("source",)),
    "iam_source_last_success_timestamp_seconds": ("gauge", ("source",)),
    "iam_job_status_updates_total": ("counter", ("status",)),
    "iam_job_scout_info": ("gauge", ("version", "python_version", "environment")),
}

EVERYTHING = """
import sys
from iam_job_scout.monitoring.exposition import Wanted, body
from iam_job_scout.monitoring.metrics import CATALOGUE
for family in CATALOGUE:
    labels = ["x"] * len(family.labels)
    {"counter": lambda: family.inc(*labels), "gauge": lambda: family.set(1, *labels),
     "histogram": lambda: family.observe(0.5, *labels)}[family.kind]()
sys.stdout.buffer.write(body(Wanted()))
"""


@pytest.mark.parametrize("name", FIXED)
def test_a_fixed_name_has_its_type_and_labels(name: str) -> None:
    family = next(family for family in metrics.CATALOGUE if family.name == name)
    assert (family.kind, family.labels) == FIXED[name]


def test_the_request_counter_has_the_labels_of_the_duration() -> None:
    assert metrics.HTTP_REQUESTS.counter_name == "http_requests_total"


def test_promtool_has_nothing_to_say(servers: Servers) -> None:
    if servers.promtool is None:
        pytest.skip("this machine's Prometheus came without promtool")
    text = subprocess.run([sys.executable, "-c", EVERYTHING], check=True, capture_output=True).stdout
    checked = subprocess.run([servers.promtool, "check", "metrics"], input=text, check=False, capture_output=True)
    assert (checked.returncode, checked.stderr) == (0, b"")


def test_each_function_that_records_shows_in_its_metric(seen: Changes) -> None:
    monitoring.record_scan("lever", status="partial", duration_seconds=2.0, found=5, new=1)
    monitoring.record_scan_error("lever", "timeout")
    monitoring.record_status_update("applied")
    monitoring.record_error("ValueError", endpoint="scheduler")
    assert seen.delta("iam_scan_runs_total", source="lever", status="partial") == 1
    assert seen.delta("scan_duration_seconds_sum", source="lever") == 2
    assert value("iam_scan_jobs_found", source="lever") == 5
    assert seen.delta("scan_errors_total", source="lever", error_type="timeout") == 1
    assert seen.delta("iam_job_status_updates_total", status="applied") == 1
    assert seen.delta("application_errors_total", error_type="ValueError", severity="error") == 1


def test_gauges_of_the_business_are_set_whole() -> None:
    monitoring.set_job_counts({"new": 3, "applied": 1})
    monitoring.set_queue_depth({"queued": 4, "running": 1})
    monitoring.set_queue_depth({"running": 2})
    monitoring.set_source_last_success("lever", 1_700_000_000)
    monitoring.set_new_this_week(6)
    monitoring.set_active_sessions(2)
    assert (value("iam_jobs", status="new"), value("iam_jobs", status="hidden")) == (3, 0)
    assert (value("scan_queue_depth", state="queued"), value("scan_queue_depth", state="running")) == (0, 2)
    assert value("iam_source_last_success_timestamp_seconds", source="lever") == 1_700_000_000
    assert (value("iam_jobs_new_this_week"), value("active_user_sessions")) == (6, 2)


def test_what_runs_is_told_by_one_series_only() -> None:
    monitoring.set_app_info(version="1", environment="test")
    monitoring.set_app_info(version="2", environment="test")
    assert value("iam_job_scout_info") == 1
    assert value("iam_job_scout_info", version="2") == 1


def test_an_unknown_status_is_other_and_a_known_source_starts_at_zero(seen: Changes) -> None:
    monitoring.record_scan("ashby", status="exploded", duration_seconds=1)
    monitoring.expect_source("unheard-of")
    assert seen.delta("iam_scan_runs_total", source="ashby", status="other") == 1
    assert value("iam_scan_runs_total", source="unheard-of", status="failed") == 0
