import re
from collections.abc import Iterator
from typing import Any

import yaml

from iam_job_scout.stack.alertmanager import INHIBITIONS
from iam_job_scout.stack.files import observability_dir

MATCHER = re.compile(r'(\w+)(=~|=)"([^"]*)"')


def fired_labels() -> Iterator[dict[str, str]]:
    """The labels of each alert as its promtool case has it fire."""
    for file in (observability_dir() / "prometheus" / "tests").glob("*_test.yml"):
        for test in yaml.safe_load(file.read_text())["tests"]:
            for case in test.get("alert_rule_test", ()):
                for alert in case["exp_alerts"]:
                    yield {"alertname": case["alertname"], **alert["exp_labels"]}


def matches(matcher: str, labels: dict[str, str]) -> bool:
    name, operator, wanted = MATCHER.fullmatch(matcher).groups()  # type: ignore[union-attr]
    return bool(re.fullmatch(wanted, labels.get(name, "")) if operator == "=~" else labels.get(name) == wanted)


def sides(inhibition: Any) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    fired = list(fired_labels())
    return (
        [labels for labels in fired if matches(inhibition.cause, labels)],
        [labels for labels in fired if matches(inhibition.effects, labels)],
    )


def test_every_inhibition_names_alerts_that_exist() -> None:
    for inhibition in INHIBITIONS:
        causes, effects = sides(inhibition)
        assert causes, inhibition
        assert effects, inhibition
        for name in re.findall(r"[A-Z]\w+", f"{inhibition.cause} {inhibition.effects}"):
            assert any(labels["alertname"] == name for labels in causes + effects), name


def test_a_label_that_has_to_be_equal_is_one_that_every_effect_carries() -> None:
    for inhibition in INHIBITIONS:
        _, effects = sides(inhibition)
        for labels in effects:
            assert set(inhibition.equal) <= set(labels), f"{inhibition}: {labels}"


def test_no_alert_silences_itself() -> None:
    for inhibition in INHIBITIONS:
        causes, effects = sides(inhibition)
        assert not {str(labels) for labels in causes} & {str(labels) for labels in effects}, inhibition
