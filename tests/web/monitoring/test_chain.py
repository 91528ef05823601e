"""What the page says of the servers: whether they answer, what fires, what is silenced, and whether it is fine."""

import json
from typing import Any

import pytest

from iam_job_scout.settings import Settings
from iam_job_scout.web.monitoring.chain import Chain, look_at_chain

from .conftest import Answer, server

LABELS = {
    "alertname": "SourceLate",
    "severity": "warning",
    "area": "sources",
    "job": "iam-job-scout",
    "source": "lever",
}
FIRING = {
    "labels": LABELS,
    "annotations": {"summary": "lever is late", "runbook_url": "http://127.0.0.1:5000/docs/runbooks/SourceLate.md"},
    "state": "firing",
    "activeAt": "2026-11-22T10:00:00.123456789Z",
}
CRITICAL = FIRING | {"labels": LABELS | {"alertname": "ServiceDown", "severity": "critical"}}
WATCHDOG = FIRING | {"labels": {"alertname": "Watchdog", "severity": "none"}}
TARGETS = {"data": {"activeTargets": [{"health": "up"}, {"health": "down"}]}}
RULES = {"data": {"groups": [{"rules": [{}, {}]}, {"rules": [{}]}]}}


def managed(alert: dict[str, Any], **status: Any) -> dict[str, Any]:
    """A firing alert as Alertmanager lists it, with a label that Prometheus adds on the way."""
    labels = alert["labels"] | {"environment": "production"}
    return {"labels": labels, "annotations": alert["annotations"], "startsAt": alert["activeAt"], "status": status}


def answers(*alerts: Any, managed: list[Any] | None = None, silences: list[Any] | None = None) -> dict[str, Answer]:
    known = {
        "/api/v1/targets": TARGETS,
        "/api/v1/rules": RULES,
        "/api/v1/alerts": {"data": {"alerts": alerts}},
        "/api/v2/alerts": managed or [],
        "/api/v2/silences": silences or [],
    }
    return {"/-/ready": b"ready", **{path: json.dumps(value).encode() for path, value in known.items()}}


def look(settings: Settings, given: dict[str, Answer]) -> Chain:
    """The chain where one stand-in plays both servers."""
    with server(given) as port:
        return look_at_chain(settings.model_copy(update={"prometheus_port": port, "alertmanager_port": port}))


def test_a_server_that_answers_is_shown_with_what_it_says(settings: Settings) -> None:
    chain = look(settings, answers())
    assert chain.prometheus.facts == ("1 of 2 targets up", "3 alert rules loaded")
    assert chain.alertmanager.facts == ("0 active alerts", "0 silences")


def test_without_alerts_all_is_fine(settings: Settings) -> None:
    verdict = look(settings, answers(WATCHDOG, FIRING | {"state": "pending"})).verdict
    assert (verdict.state, verdict.words) == ("good", "All is fine")
    assert "1 pending" in verdict.detail


@pytest.mark.parametrize(("alert", "state"), [(FIRING, "warning"), (CRITICAL, "bad")])
def test_a_firing_alert_is_not_fine(settings: Settings, alert: dict[str, Any], state: str) -> None:
    verdict = look(settings, answers(alert)).verdict
    assert (verdict.state, verdict.words) == (state, "Not fine")
    assert alert["labels"]["alertname"] in verdict.detail


def test_an_alert_says_what_it_is_about_and_links_its_runbook(settings: Settings) -> None:
    [alert] = look(settings, answers(FIRING, WATCHDOG, managed=[managed(FIRING)])).alerts
    assert (alert.name, alert.state, alert.summary, alert.about) == (
        "SourceLate",
        "firing",
        "lever is late",
        "source lever",
    )
    assert alert.runbook.endswith("/docs/runbooks/SourceLate.md")
    assert f"{alert.since:%H:%M}" == "10:00"


@pytest.mark.parametrize(
    ("status", "state"), [({"silencedBy": ["1"]}, "silenced"), ({"inhibitedBy": ["1"]}, "inhibited")]
)
def test_what_nobody_is_told_of_is_no_trouble(settings: Settings, status: dict[str, Any], state: str) -> None:
    chain = look(settings, answers(CRITICAL, managed=[managed(CRITICAL, **status)]))
    assert [alert.state for alert in chain.alerts] == [state]
    assert chain.verdict.state == "good"


def test_the_worst_comes_first(settings: Settings) -> None:
    chain = look(settings, answers(FIRING | {"state": "pending"}, FIRING, CRITICAL))
    assert [(alert.name, alert.state) for alert in chain.alerts] == [
        ("ServiceDown", "firing"),
        ("SourceLate", "firing"),
        ("SourceLate", "pending"),
    ]


def test_alerts_of_others_are_shown_too(settings: Settings) -> None:
    [alert] = look(settings, answers(managed=[managed(CRITICAL)])).alerts
    assert (alert.name, alert.state) == ("ServiceDown", "firing")


def test_a_silence_says_what_it_covers_and_until_when(settings: Settings) -> None:
    matchers = [
        {"name": "alertname", "value": "Source.+", "isRegex": True, "isEqual": True},
        {"name": "source", "value": "lever", "isRegex": False, "isEqual": False},
    ]
    given = {"matchers": matchers, "createdBy": "dana", "comment": "they migrate", "endsAt": "2026-11-23T01:00:00Z"}
    silences = [given | {"status": {"state": "active"}}, given | {"status": {"state": "expired"}}]
    [silence] = look(settings, answers(silences=silences)).silences
    assert silence.covers == "alertname=~Source.+, source!=lever"
    assert (silence.author, silence.comment, silence.until.hour) == ("dana", "they migrate", 1)


def test_without_prometheus_nobody_is_watching(settings: Settings, free_port: int) -> None:
    given = {"prometheus_port": free_port, "alertmanager_port": free_port}
    chain = look_at_chain(settings.model_copy(update=given))
    assert (chain.prometheus.answers, chain.alertmanager.answers, chain.verdict.state) == (False, False, "none")


def test_without_alertmanager_nobody_would_be_told(settings: Settings, free_port: int) -> None:
    with server(answers()) as port:
        given = {"prometheus_port": port, "alertmanager_port": free_port}
        verdict = look_at_chain(settings.model_copy(update=given)).verdict
    assert verdict.state == "warning"
    assert "nobody would be told" in verdict.words


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"data": 3}', b'{"data": {"activeTargets": [1]}}', b"\xff\xfe", b"[1]"]
)
def test_answers_of_another_shape_break_nothing(settings: Settings, body: bytes) -> None:
    chain = look(settings, dict.fromkeys(answers(), body))
    assert chain.prometheus.answers
    assert chain.alerts == ()


def test_something_else_on_the_port_is_no_server(settings: Settings) -> None:
    chain = look(settings, {})
    assert not chain.prometheus.answers
    assert not chain.alertmanager.answers
