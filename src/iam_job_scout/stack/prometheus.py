"""The Prometheus server: its configuration, its command line, and what it says about itself."""

from typing import Any

import msgspec

from iam_job_scout.errors import StackError
from iam_job_scout.settings import Settings
from iam_job_scout.stack.binaries import Server, working_dir
from iam_job_scout.stack.files import conf_dir, storage_dir
from iam_job_scout.stack.links import Link
from iam_job_scout.stack.probe import fetch_as

JOB = "iam-job-scout"
INTERVAL = "15s"
RETENTION = "15d"
#: What the servers say of their own runtime and of each request to them, two thirds of their samples, unread here.
UNREAD = "go_.+|net_conntrack_.+|promhttp_.+|(prometheus|alertmanager)_http_.+|.+_bucket"
#: One native series per histogram beside the classic ones, which the rules read.
NATIVE_HISTOGRAMS = {"convert_classic_histograms_to_nhcb": True, "always_scrape_classic_histograms": True}
#: An alert that was pending when the server stopped goes on where it was, but fires this long after the start at the
#: soonest. By default no alert whose `for` is under ten minutes goes on: it starts over with each restart.
FOR_GRACE = "30s"
SAMPLE_LIMIT = 20_000
#: Backstops: a scrape beyond them fails whole and raises an alert. An idle app exposes at most 1,000 samples.
SCRAPE_LIMITS = {
    "sample_limit": SAMPLE_LIMIT,
    "label_limit": 20,
    "label_name_length_limit": 60,
    "label_value_length_limit": 250,
    "body_size_limit": "16MB",
}


def url(settings: Settings) -> str:
    """Where the server is asked: the one of the settings, else the local one."""
    return settings.prometheus_url or local_url(settings)


def local_url(settings: Settings) -> str:
    """Where the server that `scout up` starts listens."""
    return f"http://127.0.0.1:{settings.prometheus_port}"


def build_config(
    settings: Settings, *, rule_files: list[str], token_file: str | None, version: str = ""
) -> dict[str, Any]:
    """The content of prometheus.yml; paths are relative to it. The token itself is never part of it.

    `version` is the server's that will read it; an unknown one is taken to know all that the settings ask for.
    """
    scrape_app: dict[str, Any] = {"job_name": JOB, **SCRAPE_LIMITS}
    if settings.native_histograms and knows_native_histograms(version):
        scrape_app |= NATIVE_HISTOGRAMS
    if token_file:
        scrape_app["authorization"] = {"credentials_file": token_file}
    scrape_app["static_configs"] = [{"targets": [_scraped_address(settings)]}]
    return {
        "global": {
            "scrape_interval": INTERVAL,
            "scrape_timeout": "10s",
            "evaluation_interval": INTERVAL,
            "external_labels": {"environment": settings.environment},
        },
        "rule_files": rule_files,
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{settings.alertmanager_port}"]}]}]},
        "scrape_configs": [
            scrape_app,
            _scrape("prometheus", settings.prometheus_port),
            _scrape("alertmanager", settings.alertmanager_port),
        ],
    }


def _scraped_address(settings: Settings) -> str:
    """The port of /metrics alone where there is one; the app's own port otherwise."""
    app = settings.base_url.removeprefix("http://")
    return f"{app.rpartition(':')[0]}:{settings.metrics_port}" if settings.metrics_port else app


def knows_native_histograms(version: str) -> bool:
    """Whether a server of this version stores what NATIVE_HISTOGRAMS asks for without a feature flag."""
    major, minor = (int(part) for part in (version or "99.0").split(".")[:2])
    return (major, minor) >= (3, 8)


def _scrape(job: str, port: int) -> dict[str, Any]:
    return {
        "job_name": job,
        "static_configs": [{"targets": [f"127.0.0.1:{port}"]}],
        "metric_relabel_configs": [{"source_labels": ["__name__"], "regex": UNREAD, "action": "drop"}],
    }


def build_argv(settings: Settings, server: Server) -> tuple[str, ...]:
    """The command line. Debian's build makes no lock file unless told, others have no such flag."""
    unpacked = working_dir(server.path)
    argv = [
        str(server.path),
        f"--config.file={conf_dir(settings) / 'prometheus.yml'}",
        f"--web.listen-address=127.0.0.1:{settings.prometheus_port}",
        f"--storage.tsdb.path={storage_dir(settings, 'prometheus')}",
        f"--storage.tsdb.retention.time={RETENTION}",
        f"--rules.alert.for-grace-period={FOR_GRACE}",
    ]
    if server.accepts("--storage.tsdb.use-lockfile"):
        argv.append("--storage.tsdb.use-lockfile")
    if unpacked and server.accepts("--web.local-assets"):
        argv.append(f"--web.local-assets={unpacked / 'usr' / 'share' / 'prometheus' / 'web'}")
    return tuple(argv)


class _Target(msgspec.Struct):
    labels: dict[str, str]
    health: str
    lastError: str = ""  # noqa: N815 - Prometheus' own spelling


class _Targets(msgspec.Struct):
    activeTargets: list[_Target]  # noqa: N815


class _Rule(msgspec.Struct):
    name: str
    health: str
    lastError: str = ""  # noqa: N815


class _Group(msgspec.Struct):
    name: str
    rules: list[_Rule]


class _Groups(msgspec.Struct):
    groups: list[_Group]


class _Alertmanager(msgspec.Struct):
    url: str


class _Alertmanagers(msgspec.Struct):
    activeAlertmanagers: list[_Alertmanager]  # noqa: N815


class _TargetsAnswer(msgspec.Struct):
    data: _Targets


class _RulesAnswer(msgspec.Struct):
    data: _Groups


class _AlertmanagersAnswer(msgspec.Struct):
    data: _Alertmanagers


def check_target(settings: Settings) -> Link:
    """Whether the last scrape of the app succeeded."""
    try:
        answer = fetch_as(f"{url(settings)}/api/v1/targets?state=active", _TargetsAnswer)
    except StackError as error:
        return Link("target", False, str(error))
    ours = [target for target in answer.data.activeTargets if target.labels.get("job") == JOB]
    down = [target for target in ours if target.health != "up"]
    if not ours:
        return Link("target", False, f"Prometheus has no target of job {JOB}")
    if down:
        reason = down[0].lastError or "not scraped yet"
        return Link("target", False, f"target {down[0].labels.get('instance', '')} is {down[0].health}: {reason}")
    return Link("target", True, f"target up: {', '.join(target.labels.get('instance', '') for target in ours)}")


def check_rules(settings: Settings) -> Link:
    """Whether rules are loaded and each of them could be evaluated."""
    try:
        groups = fetch_as(f"{url(settings)}/api/v1/rules", _RulesAnswer).data.groups
    except StackError as error:
        return Link("rules", False, str(error))
    rules = [rule for group in groups for rule in group.rules]
    broken = [rule for rule in rules if rule.health == "err"]
    if not rules:
        return Link("rules", False, "Prometheus has loaded no rules")
    if broken:
        return Link("rules", False, f"rule {broken[0].name} cannot be evaluated: {broken[0].lastError}")
    return Link("rules", True, f"{len(rules)} rules loaded")


def check_alertmanager(settings: Settings) -> Link:
    """Whether Prometheus sends its alerts to an Alertmanager; whether that one answers is its own check."""
    try:
        answer = fetch_as(f"{url(settings)}/api/v1/alertmanagers", _AlertmanagersAnswer)
    except StackError as error:
        return Link("alertmanager", False, str(error))
    connected = answer.data.activeAlertmanagers
    if not connected:
        return Link("alertmanager", False, "Prometheus knows no Alertmanager")
    return Link("alertmanager", True, "Alertmanager connected")
