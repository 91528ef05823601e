"""Whether the local monitoring servers answer: short questions to 127.0.0.1, asked for the monitoring page."""

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from iam_job_scout.settings import Settings
from iam_job_scout.web import formats

#: A server of this machine that takes longer is as good as away, and the page must not wait for it.
TIMEOUT = 0.7
_MAX_BYTES = 2_000_000


@dataclass(frozen=True, kw_only=True)
class Server:
    """One monitoring server: `facts` are what it says about itself, `answers` whether it said anything."""

    name: str
    purpose: str
    port: int
    setting: str
    answers: bool
    facts: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """Where a browser on this machine opens it."""
        return f"http://127.0.0.1:{self.port}/"


def local_servers(settings: Settings) -> list[Server]:
    """Asks all servers at once; takes at most a few times TIMEOUT."""
    with ThreadPoolExecutor(2) as pool:
        asked = [
            pool.submit(_prometheus, settings.prometheus_port),
            pool.submit(_alertmanager, settings.alertmanager_port),
        ]
        return [question.result() for question in asked]


def _prometheus(port: int) -> Server:
    answers = _answers(port)
    return Server(
        name="Prometheus",
        purpose="Scrapes the metrics, keeps 15 days of them, evaluates the alert rules.",
        port=port,
        setting="SCOUT_PROMETHEUS_PORT",
        answers=answers,
        facts=_prometheus_facts(port) if answers else (),
    )


def _alertmanager(port: int) -> Server:
    answers = _answers(port)
    return Server(
        name="Alertmanager",
        purpose="Groups the alerts and delivers them.",
        port=port,
        setting="SCOUT_ALERTMANAGER_PORT",
        answers=answers,
        facts=_alertmanager_facts(port) if answers else (),
    )


def _prometheus_facts(port: int) -> tuple[str, ...]:
    targets = _get(port, "/api/v1/targets?state=active")
    rules = _get(port, "/api/v1/rules?type=alert")
    alerts = _get(port, "/api/v1/alerts")
    facts = []
    if targets is not None:
        found = _items(targets, "data", "activeTargets")
        up = sum(1 for target in found if isinstance(target, dict) and target.get("health") == "up")
        facts.append(f"{up} of {len(found)} targets up")
    if rules is not None:
        loaded = [group for group in _items(rules, "data", "groups") if isinstance(group, dict)]
        count = sum(len(_items(group, "rules")) for group in loaded)
        facts.append(f"{formats.plural(count, 'alert rule')} loaded")
    if alerts is not None:
        active = [alert for alert in _items(alerts, "data", "alerts") if isinstance(alert, dict)]
        firing = sum(1 for alert in active if alert.get("state") == "firing")
        facts.append(f"{firing} firing, {len(active) - firing} pending")
    return tuple(facts)


def _alertmanager_facts(port: int) -> tuple[str, ...]:
    alerts = _get(port, "/api/v2/alerts?active=true")
    silences = _get(port, "/api/v2/silences")
    facts = []
    if isinstance(alerts, list):
        facts.append(formats.plural(len(alerts), "active alert"))
    if isinstance(silences, list):
        states = [silence.get("status") for silence in silences if isinstance(silence, dict)]
        active = sum(1 for state in states if isinstance(state, dict) and state.get("state") == "active")
        facts.append(formats.plural(active, "silence"))
    return tuple(facts)


def _items(answer: Any, *path: str) -> list[Any]:
    for name in path:
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer if isinstance(answer, list) else []


def _answers(port: int) -> bool:
    return _fetch(port, "/-/ready") is not None


def _get(port: int, path: str) -> Any:
    body = _fetch(port, path)
    try:
        return json.loads(body) if body is not None else None
    except ValueError:
        return None


def _fetch(port: int, path: str) -> bytes | None:
    """The body of a 200 answer of 127.0.0.1, else None. Follows nothing and goes nowhere else."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read(_MAX_BYTES)
        return body if response.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
