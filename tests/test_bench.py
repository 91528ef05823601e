"""Measurements are found and run by name."""

import runpy
import sys

import pytest

from iam_job_scout.bench import BENCHMARKS, list_benchmarks, run_benchmark
from iam_job_scout.errors import ScoutError


def test_every_benchmark_is_listed_with_its_claim() -> None:
    listed = {benchmark.name: benchmark.claim for benchmark in list_benchmarks()}
    assert {"alerting", "storage", "monitoring_overhead", "relevance"} <= set(listed)
    assert all(claim.endswith(".") for claim in listed.values())
    assert all((BENCHMARKS / f"{name}.py").is_file() for name in listed)


def test_parts_of_benchmarks_are_not_listed() -> None:
    assert not {"inboxes", "alert_rig", "faulty_app"} & {benchmark.name for benchmark in list_benchmarks()}


def test_an_unknown_one_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(ScoutError, match=r"no benchmark 'nonsense': there are .*storage"):
        run_benchmark("nonsense", [])


def test_one_is_run_with_its_own_options() -> None:
    assert run_benchmark("storage", ["--help"]) == 0
    assert run_benchmark("storage", ["--nonsense"]) == 2


@pytest.mark.parametrize("name", [benchmark.name for benchmark in list_benchmarks()])
def test_each_says_what_it_takes_when_asked(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    monkeypatch.setattr(sys, "argv", [f"{name}.py", "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(BENCHMARKS / f"{name}.py"), run_name="__main__")
    assert ended.value.code == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("usage: ")
    assert shown.err == ""
