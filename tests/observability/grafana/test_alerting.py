"""Grafana's rules say what Prometheus' critical rules say."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from dashboard_files import GRAFANA, ROOT
from observability.grafana.alerting import RHYTHM
from promql import parse

from iam_job_scout.settings import Settings
from iam_job_scout.stack.files import rule_files
from iam_job_scout.stack.render import DASHBOARDS, render

Rule = dict[str, Any]


@pytest.fixture(scope="module")
def made() -> list[Rule]:
    """Grafana's rules, as it reads them: two dollars are one."""
    text = (GRAFANA / "provisioning" / "alerting" / "rules.yaml").read_text(encoding="utf-8")
    assert not re.search(r"(?<!\$)\$(?!\$)", text), "a single dollar would be taken for a variable"
    return [rule for group in yaml.safe_load(text.replace("$$", "$"))["groups"] for rule in group["rules"]]


@pytest.fixture(scope="module")
def critical() -> list[Rule]:
    groups = [group for file in rule_files() for group in yaml.safe_load(file.read_text())["groups"]]
    rules = [rule for group in groups for rule in group["rules"] if "alert" in rule]
    return [rule for rule in rules if rule["labels"]["severity"] == "critical"]


def test_every_critical_alert_is_there_with_the_same_question(made: list[Rule], critical: list[Rule]) -> None:
    ours = [(rule["title"].partition(" ")[0], rule["data"][0]["model"]["expr"], rule["for"]) for rule in made]
    assert ours == [(rule["alert"], rule["expr"].strip(), rule["for"]) for rule in critical]


def test_the_questions_parse(made: list[Rule]) -> None:
    for rule in made:
        parse(rule["data"][0]["model"]["expr"])


def test_uids_and_titles_are_unique(made: list[Rule]) -> None:
    for key in ("uid", "title"):
        assert len({rule[key] for rule in made}) == len(made)


def test_a_rule_fires_for_every_series_whatever_its_value(made: list[Rule]) -> None:
    """`up == 0` gives zeros: a threshold on the value itself would never fire."""
    for rule in made:
        asked, present, over = (step["model"] for step in rule["data"])
        assert present["expression"] == "is_number($A) || is_nan($A) || is_inf($A)"
        assert (asked["refId"], over["expression"], rule["condition"]) == ("A", "B", "C")
        assert over["conditions"] == [{"evaluator": {"type": "gt", "params": [0]}}]


def test_silence_is_fine_and_an_error_is_not(made: list[Rule]) -> None:
    assert {(rule["noDataState"], rule["execErrState"]) for rule in made} == {("OK", "Error")}


def test_texts_use_the_value_by_its_letter(made: list[Rule]) -> None:
    for rule in made:
        for text in rule["annotations"].values():
            assert "$value " not in text
            assert set(re.findall(r"\$(\w+)", text)) <= {"labels", "values"}


def test_runbooks_exist_where_grafana_serves_them(made: list[Rule]) -> None:
    for rule in made:
        runbook = rule["annotations"]["runbook_url"].removeprefix("/public/runbooks/")
        assert (ROOT / "docs" / "runbooks" / runbook).is_file()


def test_labels_tell_these_alerts_from_those_of_prometheus(made: list[Rule], critical: list[Rule]) -> None:
    assert [rule["labels"] for rule in made] == [{**rule["labels"], "origin": "grafana"} for rule in critical]


def test_alerts_of_prometheus_link_dashboards_that_exist(dashboards: list[dict[str, Any]]) -> None:
    assert set(DASHBOARDS.values()) <= {dashboard["uid"] for dashboard in dashboards}


def test_messages_are_grouped_and_repeated_as_alertmanager_does(tmp_path: Path) -> None:
    config = yaml.safe_load(render(Settings.model_construct(), tmp_path).alertmanager.read_text())
    assert {name: config["route"][name] for name in RHYTHM} == RHYTHM
