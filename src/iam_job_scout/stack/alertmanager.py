"""The Alertmanager server: who gets which alert, its command line, and whether it answers."""

from dataclasses import dataclass
from typing import Any

from iam_job_scout.settings import Settings
from iam_job_scout.stack.binaries import Server
from iam_job_scout.stack.files import conf_dir, storage_dir
from iam_job_scout.stack.links import Link
from iam_job_scout.stack.probe import answers
from iam_job_scout.stack.receivers import NOBODY, ON_CALL, TEAM, WATCHDOG, Secrets, build_receivers

#: What should wake someone when it is critical; a dark source is critical too, but can wait for the morning.
WAKING = "app|http|database|monitoring"
#: The alert with which `scout doctor --alert-path` tries the way; each try is a message of its own.
PROBE = "AlertPathTest"


@dataclass(frozen=True)
class Inhibition:
    """While `cause` fires, `effects` with the same `equal` labels tell nobody.

    Every alert of both sides has to carry each of the `equal` labels: a label missing on both sides counts as equal
    and would silence strangers.
    """

    cause: str
    effects: str
    equal: tuple[str, ...]

    def describe(self) -> dict[str, Any]:
        """As Alertmanager reads it."""
        return {"source_matchers": [self.cause], "target_matchers": [self.effects], "equal": list(self.equal)}


INHIBITIONS = (
    # Without the app there is nothing else to say about it. One process of many that is down silences nothing.
    Inhibition('outage="whole"', 'area=~"http|scans|sources|database|jobs"', ("job",)),
    Inhibition('alertname="ScansStopped"', 'alertname=~"SourceLate|SourceDark|ScanFailing|NoNewJobs"', ("job",)),
    Inhibition('alertname="SourceDark"', 'alertname=~"SourceLate|SourceEmpty|ScanFailing"', ("job", "source")),
    Inhibition('alertname="PoolTimeouts"', 'alertname=~"PoolSaturated|PoolWaits"', ("job", "instance")),
    # The urgent window of a budget says more than the patient ones, and the page of the day more than the budget.
    Inhibition('severity="critical"', 'severity="warning"', ("job", "alertname")),
    Inhibition('alertname="HighErrorRate"', 'alertname="AvailabilityBudgetBurn"', ("job",)),
)


def url(settings: Settings) -> str:
    """Where the server is asked: the one of the settings, else the local one."""
    return settings.alertmanager_url or local_url(settings)


def local_url(settings: Settings) -> str:
    """Where the server that `scout up` starts listens."""
    return f"http://127.0.0.1:{settings.alertmanager_port}"


def build_config(settings: Settings, secrets: Secrets) -> dict[str, Any]:
    """The content of alertmanager.yml; `secrets` gathers what has to lie in files beside it."""
    return {
        "templates": ["templates/*.tmpl"],
        "route": {
            "receiver": TEAM,
            "group_by": ["alertname", "area"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "12h",
            "routes": [
                _route(WATCHDOG, 'alertname="Watchdog"', group_wait="0s", group_interval="1m", repeat_interval="5m"),
                {
                    **_route(ON_CALL, f'alertname="{PROBE}"', group_wait="0s", group_interval="10s"),
                    "group_by": ["alertname", "probe"],
                },
                _route(NOBODY, 'severity=~"info|none"'),
                _route(ON_CALL, 'severity="critical"', f'area=~"{WAKING}"', group_wait="10s", repeat_interval="1h"),
                _route(TEAM, 'severity="critical"', group_wait="10s", repeat_interval="4h"),
            ],
        },
        "inhibit_rules": [inhibition.describe() for inhibition in INHIBITIONS],
        "receivers": build_receivers(settings, secrets),
    }


def _route(receiver: str, *matchers: str, **timing: str) -> dict[str, Any]:
    return {"receiver": receiver, "matchers": list(matchers), **timing}


def build_argv(settings: Settings, server: Server) -> tuple[str, ...]:
    """The command line. An empty cluster address keeps it from listening for peers on every interface."""
    return (
        str(server.path),
        f"--config.file={conf_dir(settings) / 'alertmanager.yml'}",
        f"--web.listen-address=127.0.0.1:{settings.alertmanager_port}",
        f"--storage.path={storage_dir(settings, 'alertmanager')}",
        "--cluster.listen-address=",
    )


def check_ready(settings: Settings) -> Link:
    """Whether it is ready to take alerts."""
    ok = answers(f"{url(settings)}/-/ready")
    return Link("alertmanager", ok, "Alertmanager ready" if ok else f"Alertmanager does not answer on {url(settings)}")
