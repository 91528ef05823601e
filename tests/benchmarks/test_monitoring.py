"""Short runs of what measures the instrumentation."""

import json
import subprocess
import sys
from typing import Any

import monitoring_exposition
import monitoring_instructions
import monitoring_overhead
import pytest

from iam_job_scout.monitoring.testing import Changes


def printed(file: str, *arguments: str) -> Any:
    """What a benchmark prints as JSON, run in a process of its own, as it needs metrics of its own."""
    command = [sys.executable, file, *arguments]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout)


def test_ours_adds_far_less_than_the_way_of_the_tutorials() -> None:
    figures = printed(
        monitoring_overhead.__file__, "--group", "bare", "ours", "naive", "--routes", "1", "--rounds", "12"
    )
    added = {name: monitoring_overhead.summary(figures[name], figures["bare"]).added_us for name in ("ours", "naive")}
    assert added["ours"] < added["naive"] / 4


def test_each_contender_answers_what_its_instructions_are_counted_of(monkeypatch: pytest.MonkeyPatch) -> None:
    # One of them sets it for its process.
    monkeypatch.setenv("MONITORING_COMPILED", "1")
    seen = Changes()
    for make in monitoring_instructions.CONTENDERS.values():
        monitoring_instructions.ask(make(), 3)
    # Only ours counts here, in both ways.
    assert seen.delta("http_requests_total", endpoint="/items/{number}", status_code="200") == 6


def test_a_scrape_says_the_same_as_the_client_library_in_a_fraction_of_its_time_and_memory() -> None:
    figures = printed(monitoring_exposition.__file__, "--samples", "2000", "--json")
    assert figures["equal"]
    assert figures["milliseconds"]["ours"] < figures["milliseconds"]["generate_latest"] / 4
    assert figures["bytes_per_label_set"]["ours"] < figures["bytes_per_label_set"]["prometheus_client"] / 2
