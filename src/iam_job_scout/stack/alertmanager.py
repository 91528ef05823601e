"""The Alertmanager server: who gets which alert, its command line, and whether it answers."""

from dataclasses import dataclass
from typing import Any

from iam_job_scout.settings import Settings
from iam_job_scout.stack.binaries import Server
from iam_job_scout.stack.files import conf_dir, storage_dir
from iam_job_scout.stack.links import Link
from iam_job_scout.stack.probe import answers

ON_CALL = "on-call"
#: Gets the alert that always fires; a dead man's switch belongs here.
WATCHDOG = "watchdog"
#: Alerts to look at, not to be told of.
NOBODY = "nobody"


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
    # Without the app there is nothing else to say about it.
    Inhibition('alertname=~"ServiceDown|TargetAbsent"', 'area=~"http|scans|sources|database|jobs"', ("job",)),
    Inhibition('alertname="ScansStopped"', 'alertname=~"SourceLate|SourceDark|ScanFailing|NoNewJobs"', ("job",)),
    Inhibition('alertname="SourceDark"', 'alertname=~"SourceLate|SourceEmpty|ScanFailing"', ("job", "source")),
    Inhibition('alertname="PoolTimeouts"', 'alertname=~"PoolSaturated|PoolWaits"', ("job", "instance")),
    # The urgent window of a budget says more than the patient ones, and the page of the day more than the budget.
    Inhibition('severity="critical"', 'severity="warning"', ("job", "alertname")),
    Inhibition('alertname="HighErrorRate"', 'alertname="AvailabilityBudgetBurn"', ("job",)),
)


def url(settings: Settings) -> str:
    """Where the local server listens."""
    return f"http://127.0.0.1:{settings.alertmanager_port}"


def build_config() -> dict[str, Any]:
    """The content of alertmanager.yml. Nobody is told yet: the receivers are named, but have no addresses."""
    return {
        "route": {
            "receiver": ON_CALL,
            "group_by": ["alertname", "area"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "12h",
            "routes": [
                _route(WATCHDOG, 'alertname="Watchdog"', group_wait="0s", group_interval="1m", repeat_interval="5m"),
                _route(NOBODY, 'severity=~"info|none"'),
                _route(ON_CALL, 'severity="critical"', group_wait="10s", repeat_interval="1h"),
            ],
        },
        "inhibit_rules": [inhibition.describe() for inhibition in INHIBITIONS],
        "receivers": [{"name": name} for name in (ON_CALL, WATCHDOG, NOBODY)],
    }


def _route(receiver: str, matcher: str, **timing: str) -> dict[str, Any]:
    return {"receiver": receiver, "matchers": [matcher], **timing}


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
