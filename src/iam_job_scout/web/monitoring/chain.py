"""What Prometheus and Alertmanager say of themselves, of alerts and of silences, and what that means in a word."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from iam_job_scout.errors import StackError
from iam_job_scout.settings import Settings
from iam_job_scout.stack import alertmanager, prometheus
from iam_job_scout.web import formats
from iam_job_scout.web.monitoring.ask import ask, ask_for
from iam_job_scout.web.sanitise import web_address

Shape = TypeVar("Shape")
#: Seconds. A server of this machine that takes longer is as good as away, and the page must not wait for it.
PATIENCE = 0.9
#: What nobody is told of is no trouble: the Watchdog always fires.
QUIET = ("none", "info")
#: Labels that say nothing about which thing is in trouble.
COMMON = {"alertname", "severity", "area", "environment", "job", "outage", "window"}
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Server:
    """One monitoring server: `facts` are what it says about itself, `answers` whether it said anything.

    `link` is where people open it; empty where that is not known.
    """

    name: str
    purpose: str
    setting: str
    url: str
    answers: bool
    facts: tuple[str, ...] = ()
    link: str = ""


@dataclass(frozen=True, kw_only=True)
class Alert:
    """An alert that is pending, firing, silenced or inhibited; `about` are the labels that tell it from its kin."""

    name: str
    severity: str
    state: str
    summary: str
    about: str
    since: datetime
    runbook: str


@dataclass(frozen=True, kw_only=True)
class Silence:
    """A silence that holds: what it covers, who made it and why, and until when."""

    covers: str
    author: str
    comment: str
    until: datetime


@dataclass(frozen=True)
class Verdict:
    """The answer to "is it fine?": `state` is good, warning, bad or none (nobody knows)."""

    state: str
    words: str
    detail: str


@dataclass(frozen=True)
class Chain:
    """All that the page shows of the servers, asked at one moment."""

    prometheus: Server
    alertmanager: Server
    alerts: tuple[Alert, ...]
    silences: tuple[Silence, ...]
    verdict: Verdict


class _Loose(msgspec.Struct):
    """Keys that are not named are left aside."""


class _Target(_Loose):
    health: str = ""
    labels: dict[str, str] = {}


class _Targets(_Loose):
    activeTargets: list[_Target] = []  # noqa: N815 - Prometheus' names, here and below


class _Group(_Loose):
    rules: list[Any] = []


class _Groups(_Loose):
    groups: list[_Group] = []


class _Firing(_Loose):
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    state: str = ""
    activeAt: datetime = LONG_AGO  # noqa: N815


class _Alerts(_Loose):
    alerts: list[_Firing] = []


class _Status(_Loose):
    state: str = ""
    silencedBy: list[str] = []  # noqa: N815
    inhibitedBy: list[str] = []  # noqa: N815


class _Managed(_Loose):
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    startsAt: datetime = LONG_AGO  # noqa: N815
    status: _Status = msgspec.field(default_factory=_Status)


class _Matcher(_Loose):
    name: str = ""
    value: str = ""
    isRegex: bool = False  # noqa: N815
    isEqual: bool = True  # noqa: N815


class _Silence(_Loose):
    matchers: list[_Matcher] = []
    createdBy: str = ""  # noqa: N815
    comment: str = ""
    endsAt: datetime = LONG_AGO  # noqa: N815
    status: _Status = msgspec.field(default_factory=_Status)


class _Flags(_Loose):
    data: dict[str, str] = {}


class _TargetsAnswer(_Loose):
    data: _Targets


class _GroupsAnswer(_Loose):
    data: _Groups


class _AlertsAnswer(_Loose):
    data: _Alerts


def look_at_chain(settings: Settings) -> Chain:
    """Asks both servers at once; one that does not answer is given up on after PATIENCE."""
    with ThreadPoolExecutor(2) as pool:
        asked = pool.submit(_ask_prometheus, prometheus.url(settings))
        told = pool.submit(_ask_alertmanager, alertmanager.url(settings))
    (watching, firing), (telling, managed, silences) = asked.result(), told.result()
    watching = replace(watching, link=_link(settings.prometheus_url, watching, settings))
    telling = replace(telling, link=_link(settings.alertmanager_url, telling, settings))
    alerts = _merge(firing, managed)
    return Chain(watching, telling, alerts, silences, judge(watching, telling, alerts))


def _link(elsewhere: str, server: Server, settings: Settings) -> str:
    """A server of this machine is opened where it is asked; another one where it says that people find it."""
    if not elsewhere:
        return server.url if settings.on_loopback else ""
    flags = _get(server.url, "/api/v1/status/flags", _Flags) if server.answers else None
    return web_address(flags.data.get("web.external-url", "")) if flags else ""


def judge(watching: Server, telling: Server, alerts: tuple[Alert, ...]) -> Verdict:
    """Whether it is fine. What is silenced or inhibited was seen by somebody and does not count."""
    if not watching.answers:
        return Verdict("none", "Nobody is watching", "Prometheus does not answer, so no alert can fire.")
    firing = [alert for alert in alerts if alert.state == "firing"]
    pending = sum(alert.state == "pending" for alert in alerts)
    facts = ", ".join(watching.facts)
    if firing:
        names = ", ".join(dict.fromkeys(alert.name for alert in firing))
        state = "bad" if any(alert.severity == "critical" for alert in firing) else "warning"
        return Verdict(state, "Not fine", f"{formats.plural(len(firing), 'alert')} firing: {names}")
    if not telling.answers:
        return Verdict("warning", "Fine, but nobody would be told", "Alertmanager does not answer.")
    return Verdict("good", "All is fine", f"No alert fires, {pending} pending. {facts}.")


def _ask_prometheus(url: str) -> tuple[Server, list[_Firing]]:
    server = Server(
        name="Prometheus",
        purpose="Scrapes the metrics, keeps 15 days of them, evaluates the alert rules.",
        setting="SCOUT_PROMETHEUS_PORT",
        url=url,
        answers=_answers(url),
    )
    if not server.answers:
        return server, []
    targets = _get(url, "/api/v1/targets?state=active", _TargetsAnswer)
    rules = _get(url, "/api/v1/rules?type=alert", _GroupsAnswer)
    alerts = _get(url, "/api/v1/alerts", _AlertsAnswer)
    facts = []
    if targets:
        up = [target for target in targets.data.activeTargets if target.health == "up"]
        facts.append(f"{len(up)} of {formats.plural(len(targets.data.activeTargets), 'target')} up")
    if rules:
        facts.append(f"{formats.plural(sum(len(group.rules) for group in rules.data.groups), 'alert rule')} loaded")
    return replace(server, facts=tuple(facts)), alerts.data.alerts if alerts else []


def _ask_alertmanager(url: str) -> tuple[Server, list[_Managed], tuple[Silence, ...]]:
    server = Server(
        name="Alertmanager",
        purpose="Groups the alerts and delivers them.",
        setting="SCOUT_ALERTMANAGER_PORT",
        url=url,
        answers=_answers(url),
    )
    if not server.answers:
        return server, [], ()
    alerts = _get(url, "/api/v2/alerts", list[_Managed])
    silences = _get(url, "/api/v2/silences", list[_Silence])
    held = tuple(_silence(silence) for silence in silences or [] if silence.status.state == "active")
    facts = [] if alerts is None else [formats.plural(len(alerts), "active alert")]
    facts += [] if silences is None else [formats.plural(len(held), "silence")]
    return replace(server, facts=tuple(facts)), alerts or [], held


def _merge(firing: list[_Firing], managed: list[_Managed]) -> tuple[Alert, ...]:
    """Prometheus' alerts with what Alertmanager does with them, then those that others sent to it; worst first."""
    found, told = [], list(managed)
    for one in firing:
        twin = next((two for two in told if one.labels.items() <= two.labels.items()), None)
        if twin in told:
            told.remove(twin)
        state = _state(twin.status) if twin and one.state == "firing" else one.state
        found.append(_alert(one.labels, one.annotations, state=state, since=one.activeAt))
    found += [_alert(one.labels, one.annotations, state=_state(one.status), since=one.startsAt) for one in told]
    loud = [alert for alert in found if alert.severity not in QUIET]
    order = {"firing": 0, "pending": 1}
    return tuple(sorted(loud, key=lambda alert: (order.get(alert.state, 2), alert.severity != "critical", alert.name)))


def _state(status: _Status) -> str:
    return "silenced" if status.silencedBy else "inhibited" if status.inhibitedBy else "firing"


def _alert(labels: dict[str, str], annotations: dict[str, str], *, state: str, since: datetime) -> Alert:
    return Alert(
        name=labels.get("alertname", "?"),
        severity=labels.get("severity", "warning"),
        state=state,
        summary=annotations.get("summary", ""),
        about=", ".join(f"{name} {value}" for name, value in labels.items() if name not in COMMON),
        since=since,
        runbook=web_address(annotations.get("runbook_url", "")),
    )


def _silence(given: _Silence) -> Silence:
    signs = {(False, True): "=", (False, False): "!=", (True, True): "=~", (True, False): "!~"}
    covers = (f"{one.name}{signs[one.isRegex, one.isEqual]}{one.value}" for one in given.matchers)
    return Silence(covers=", ".join(covers), author=given.createdBy, comment=given.comment, until=given.endsAt)


def _answers(server: str) -> bool:
    try:
        ask(server, "/-/ready", seconds=PATIENCE)
    except StackError:
        return False
    return True


def _get(server: str, path: str, shape: type[Shape]) -> Shape | None:
    try:
        return ask_for(server, path, shape, seconds=PATIENCE)
    except StackError:
        return None
