from pathlib import Path

import pytest
import yaml

from iam_job_scout.errors import StackError
from iam_job_scout.monitoring import metrics
from iam_job_scout.stack import slo
from iam_job_scout.stack.files import observability_dir

RULES = observability_dir() / "prometheus" / "rules"
BUCKETS = {"http_request_duration_seconds": metrics.LATENCY_BUCKETS}


def changed(tmp_path: Path, **change: object) -> Path:
    spec = yaml.safe_load((observability_dir() / "prometheus" / "slo.yaml").read_text())
    spec["objectives"][1].update(change)
    file = tmp_path / "slo.yaml"
    file.write_text(yaml.safe_dump(spec))
    return file


def test_the_rules_are_made_from_the_specification() -> None:
    committed = (RULES / slo.GENERATED).read_text()
    assert committed == slo.build_rules(slo.read_spec()), "run `scout stack render --examples`"


def test_thresholds_are_boundaries_of_their_histograms() -> None:
    slo.check_thresholds(slo.read_spec(), BUCKETS)


def test_a_threshold_between_boundaries_is_refused(tmp_path: Path) -> None:
    spec = slo.read_spec(changed(tmp_path, threshold=0.4))
    with pytest.raises(StackError, match=r"latency: 0\.4 is no boundary of http_request_duration_seconds"):
        slo.check_thresholds(spec, BUCKETS)


def test_a_target_so_low_that_its_alert_cannot_fire_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="LatencyBudgetBurn over 1h can never fire"):
        slo.read_spec(changed(tmp_path, target=0.93))


def test_a_misspelt_specification_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"slo\.yaml: .*target"):
        slo.read_spec(changed(tmp_path, target="high"))


def test_sums_are_scaled_by_how_often_the_rates_are_recorded() -> None:
    groups = yaml.safe_load((RULES / "http.yml").read_text())["groups"]
    [recording] = [group for group in groups if group["name"] == "http"]
    assert recording["interval"] == f"{slo.RECORDED_EVERY}s"


def test_the_latency_threshold_is_the_one_that_is_counted() -> None:
    [latency] = [objective for objective in slo.read_spec().objectives if objective.histogram]
    groups = yaml.safe_load((RULES / "http.yml").read_text())["groups"]
    [counted] = [rule for group in groups for rule in group["rules"] if rule.get("record") == latency.bad]
    assert f'le="{latency.threshold}"' in counted["expr"]
