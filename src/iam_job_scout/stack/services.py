"""What `scout up` starts: the app and the servers as services, and the ports they take."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from iam_job_scout.settings import Settings
from iam_job_scout.stack import alertmanager, grafana, prometheus
from iam_job_scout.stack.binaries import Server, Servers, working_dir
from iam_job_scout.stack.files import conf_dir, storage_dir
from iam_job_scout.stack.output import show_all, show_errors, show_worrying
from iam_job_scout.stack.ports import Port
from iam_job_scout.stack.probe import answers
from iam_job_scout.stack.render import render, validate
from iam_job_scout.stack.supervisor import Service

APP = "app"
PROMETHEUS = "prometheus"
ALERTMANAGER = "alertmanager"
GRAFANA = "grafana"


@dataclass(frozen=True)
class Plan:
    """What to start. `app_argv` None: the monitoring servers alone."""

    settings: Settings
    app_argv: tuple[str, ...] | None
    app_env: dict[str, str] = field(default_factory=dict)
    with_servers: bool = True
    verbose: bool = False


def list_ports(plan: Plan) -> list[Port]:
    """The ports that will be listened on."""
    settings, ports = plan.settings, []
    if plan.app_argv:
        ports.append(Port("the app", settings.host, settings.port, "--port or SCOUT_PORT"))
        if settings.metrics_port:
            ports.append(Port("the app's metrics", "127.0.0.1", settings.metrics_port, "SCOUT_METRICS_PORT"))
    if plan.with_servers:
        ports += [
            Port("Prometheus", "127.0.0.1", settings.prometheus_port, "SCOUT_PROMETHEUS_PORT"),
            Port("Alertmanager", "127.0.0.1", settings.alertmanager_port, "SCOUT_ALERTMANAGER_PORT"),
        ]
    return ports


def describe_app(plan: Plan) -> Service | None:
    """The app, whose end is the end of everything; None where only the servers are wanted."""
    if plan.app_argv is None:
        return None
    base_url = plan.settings.base_url
    return Service(
        name=APP,
        argv=plan.app_argv,
        ready=lambda: answers(f"{base_url}/ready"),
        url=base_url,
        vital=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **plan.app_env},
    )


def prepare_servers(plan: Plan, servers: Servers) -> list[Service]:
    """Renders and validates the servers' configuration; raises StackError where it is refused."""
    settings = plan.settings
    for name in (ALERTMANAGER, PROMETHEUS):
        storage_dir(settings, name).mkdir(parents=True, exist_ok=True)
    validate(render(settings, conf_dir(settings), version=servers.prometheus.version), servers)
    return [
        _describe(
            plan,
            ALERTMANAGER,
            server=servers.alertmanager,
            argv=alertmanager.build_argv(settings, servers.alertmanager),
            url=alertmanager.local_url(settings),
        ),
        _describe(
            plan,
            PROMETHEUS,
            server=servers.prometheus,
            argv=prometheus.build_argv(settings, servers.prometheus),
            url=prometheus.local_url(settings),
        ),
    ]


def _describe(plan: Plan, name: str, *, server: Server, argv: tuple[str, ...], url: str) -> Service:
    return Service(
        name=name,
        argv=argv,
        ready=lambda: answers(f"{url}/-/ready"),
        url=url,
        shown=show_all if plan.verbose else show_worrying,
        cwd=working_dir(server.path),
    )


def prepare_grafana(plan: Plan, program: Path) -> Service:
    """Writes Grafana's provisioning; raises StackError where the installation lacks its dashboards."""
    settings = plan.settings
    grafana.prepare(settings)
    url = grafana.local_url(settings)
    return Service(
        name=GRAFANA,
        argv=grafana.build_argv(program),
        ready=lambda: answers(f"{url}/api/health"),
        url=url,
        shown=show_all if plan.verbose else show_errors,
        env=grafana.build_environment(settings),
        cwd=grafana.find_home(program),
    )
