"""Grafana's own alerting: the critical alert rules, who is told, and by which way.

Prometheus and Alertmanager alert already. Grafana is the second pair of eyes: it evaluates the critical rules itself
and hands what fires to Alertmanager, which groups it with Prometheus' own. What says that this way is broken goes
straight to the people.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml
from observability.grafana.names import FOLDER, RUNBOOKS, SECRETS, SOURCE_UID

from iam_job_scout.stack.files import rule_files

#: How far back a rule's query may look, in seconds; the queries name their own windows.
LOOKBACK = 600
ALERTMANAGER = "alertmanager"
#: Way → the file that holds its address or key, named like the setting.
SECRET_FILES = {"slack": "alert_slack_url", "discord": "alert_discord_url", "pagerduty": "alert_pagerduty_key"}


def _secret(way: str) -> str:
    """What Grafana replaces by the content of the way's file."""
    return f"$__file{{{SECRETS}/{SECRET_FILES[way]}}}"


#: Contact points by name: the type of their receiver and its settings. Addresses and keys are never literal: they are
#: the environment's and the secret files' of the settings that Alertmanager's receivers are made from.
CONTACTS: dict[str, tuple[str, dict[str, Any]]] = {
    ALERTMANAGER: ("prometheus-alertmanager", {"url": "$ALERTMANAGER_URL"}),
    "email": ("email", {"addresses": "$SCOUT_ALERT_EMAIL_TO", "singleEmail": True}),
    "slack": ("slack", {"url": _secret("slack")}),
    "discord": ("discord", {"url": _secret("discord"), "use_discord_username": True}),
    "pagerduty": ("pagerduty", {"integrationKey": _secret("pagerduty"), "severity": "critical"}),
}
#: The ways to people, as the settings name them.
WAYS = tuple(name for name in CONTACTS if name != ALERTMANAGER)
#: As Alertmanager's own route has it.
RHYTHM = {
    "group_by": ["alertname", "area"],
    "group_wait": "30s",
    "group_interval": "5m",
    "repeat_interval": "12h",
}
#: Alerts that cannot go the usual way; Grafana raises the last one itself when Prometheus does not answer.
WAY_IS_BROKEN = "AlertmanagerDown|NotificationsFailing|DatasourceError"


def contact_points(ways: Sequence[str] = WAYS) -> dict[str, Any]:
    """Alertmanager and the given ways. A way that is not set up has to be left out: Grafana would not start."""
    points = [
        {
            "orgId": 1,
            "name": name,
            "receivers": [
                {"uid": f"iam-job-scout-{name}", "type": kind, "settings": settings, "disableResolveMessage": False}
            ],
        }
        for name, (kind, settings) in CONTACTS.items()
        if name == ALERTMANAGER or name in ways
    ]
    return {"apiVersion": 1, "contactPoints": points}


def policies(ways: Sequence[str] = WAYS) -> dict[str, Any]:
    """Everything to Alertmanager, in its own rhythm; alerts on that very way to all the given ones.

    Provisioning replaces the whole tree of the organisation.
    """
    direct = [
        {
            "receiver": way,
            "object_matchers": [["alertname", "=~", WAY_IS_BROKEN]],
            "repeat_interval": "1h",
            "continue": way != ways[-1],
        }
        for way in ways
    ]
    root = {"orgId": 1, "receiver": ALERTMANAGER, **RHYTHM}
    return {"apiVersion": 1, "policies": [{**root, "routes": direct} if direct else root]}


def rules(panels: dict[str, tuple[str, int]]) -> dict[str, Any]:
    """The critical alerts of Prometheus' rule files; `panels` leads from an alert to (dashboard uid, panel id)."""
    groups = [
        {"orgId": 1, "name": area, "folder": FOLDER, "interval": "1m", "rules": found}
        for area, found in _by_area(panels)
    ]
    return {"apiVersion": 1, "groups": groups}


def _by_area(panels: dict[str, tuple[str, int]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for file in rule_files():
        groups = yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
        given = [rule for group in groups for rule in group["rules"] if _is_critical(rule)]
        if given:
            yield file.stem, [_rule(rule, panels.get(rule["alert"])) for rule in given]


def _is_critical(rule: dict[str, Any]) -> bool:
    return "alert" in rule and rule["labels"]["severity"] == "critical"


def _rule(rule: dict[str, Any], panel: tuple[str, int] | None) -> dict[str, Any]:
    """A rule of Prometheus as Grafana takes it: firing for each series that the expression gives, whatever its value.

    No data is fine, it is what a quiet alert gives; an error is not, for then nobody watches. Alerts of one name are
    told apart by their further labels.
    """
    apart = "-".join(value for label, value in rule["labels"].items() if label not in ("severity", "area"))
    made = {
        "uid": "-".join(filter(None, ("scout", _kebab(rule["alert"]), apart))),
        "title": f"{rule['alert']} ({apart})" if apart else rule["alert"],
        "condition": "C",
        "data": [_query(rule["expr"]), _present(), _over_zero()],
        "noDataState": "OK",
        "execErrState": "Error",
        "for": rule["for"],
        "labels": {**rule["labels"], "origin": "grafana"},
        "annotations": {name: _annotation(text) for name, text in rule["annotations"].items()},
    }
    return made if panel is None else {**made, "dashboardUid": panel[0], "panelId": panel[1]}


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def _escape(text: str) -> str:
    """Provisioning takes a dollar for a variable, in every text of a query, an annotation or a setting."""
    return text.replace("$", "$$")


def _annotation(text: str) -> str:
    """Prometheus' template in Grafana's words, where the value of a query goes by the query's letter."""
    found = re.sub(r"\$value\b", "$values.A.Value", text)
    return _escape(re.sub(r"^docs/runbooks/", f"{RUNBOOKS}/", found))


def _query(expr: str) -> dict[str, Any]:
    model = {"refId": "A", "expr": _escape(expr.strip()), "instant": True, "range": False}
    return {**_step("A", SOURCE_UID, model), "relativeTimeRange": {"from": LOOKBACK, "to": 0}}


def _present() -> dict[str, Any]:
    """1 for each series of A, even where its value is 0 or not a number: the expression has compared already."""
    there = " || ".join(f"{check}($A)" for check in ("is_number", "is_nan", "is_inf"))
    return _step("B", "__expr__", {"refId": "B", "type": "math", "expression": _escape(there)})


def _over_zero() -> dict[str, Any]:
    condition = {"evaluator": {"type": "gt", "params": [0]}}
    return _step("C", "__expr__", {"refId": "C", "type": "threshold", "expression": "B", "conditions": [condition]})


def _step(ref: str, source: str, model: dict[str, Any]) -> dict[str, Any]:
    return {"refId": ref, "datasourceUid": source, "relativeTimeRange": {"from": 0, "to": 0}, "model": model}
