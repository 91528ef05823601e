"""The Grafana server that `scout up` starts where one is found: provisioning, settings, command line.

It listens on this machine alone and lets anybody here look, as Prometheus does; changing anything needs the password
that lies beside its configuration. Alerts stay with Prometheus and Alertmanager, which Grafana shows.
"""

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from iam_job_scout.settings import Settings
from iam_job_scout.stack import alertmanager, prometheus
from iam_job_scout.stack.files import conf_dir, observability_dir, storage_dir

#: The dashboard that opens first.
HOME = "scout-health.json"
#: Where the packages of the distributions put what the program needs beside itself.
PACKAGED_HOME = Path("/usr/share/grafana")
PROVIDER = """\
apiVersion: 1
providers:
- name: iam-job-scout
  orgId: 1
  folder: IAM Job Scout
  folderUid: iam-job-scout
  type: file
  disableDeletion: true
  allowUiUpdates: false
  options: {path: "$SCOUT_DASHBOARDS"}
"""


def local_url(settings: Settings) -> str:
    """Where the server that `scout up` starts listens."""
    return f"http://127.0.0.1:{settings.grafana_port}"


def prepare(settings: Settings) -> None:
    """Writes what Grafana reads at its start, replacing what was there; the password is made once and kept.

    Raises StackError where the installation lacks its dashboards.
    """
    source, place = observability_dir() / "grafana", _place(settings)
    for directory in (place / "dashboards", place / "provisioning"):
        shutil.rmtree(directory, ignore_errors=True)
    for kind in ("datasources", "dashboards", "alerting", "plugins"):
        (place / "provisioning" / kind).mkdir(parents=True)
    shutil.copytree(source / "provisioning" / "datasources", place / "provisioning" / "datasources", dirs_exist_ok=True)
    (place / "provisioning" / "dashboards" / "iam-job-scout.yaml").write_text(PROVIDER, encoding="utf-8")
    (place / "dashboards").mkdir()
    for file in (source / "dashboards").glob("*.json"):
        dashboard = with_runbooks(json.loads(file.read_bytes()), f"{settings.shown_url}/docs/runbooks")
        (place / "dashboards" / file.name).write_text(json.dumps(dashboard), encoding="utf-8")
    _make_password(place / "admin_password")
    storage_dir(settings, "grafana").mkdir(parents=True, exist_ok=True)


def with_runbooks(dashboard: dict[str, Any], address: str) -> dict[str, Any]:
    """The dashboard with links to runbooks that the app itself shows."""
    for variable in dashboard["templating"]["list"]:
        if variable["name"] == "runbooks":
            variable["query"] = address
    return dashboard


def build_argv(program: Path) -> tuple[str, ...]:
    """The command line; `grafana-server` is the older program's name."""
    command = (str(program),) if program.name == "grafana-server" else (str(program), "server")
    home = find_home(program)
    return (*command, f"--homepath={home}") if home else command


def find_home(program: Path) -> Path | None:
    """The directory with Grafana's own files: above the program as it is released, or where packages put it."""
    places = (program.resolve().parents[1], PACKAGED_HOME)
    return next((place for place in places if (place / "conf" / "defaults.ini").is_file()), None)


def build_environment(settings: Settings) -> Mapping[str, str]:
    """Grafana's settings, by the names of its variables."""
    place, storage = _place(settings), storage_dir(settings, "grafana")
    return {
        **os.environ,
        "PROMETHEUS_URL": prometheus.local_url(settings),
        "ALERTMANAGER_URL": alertmanager.local_url(settings),
        "SCOUT_DASHBOARDS": str(place / "dashboards"),
        "GF_PATHS_PROVISIONING": str(place / "provisioning"),
        "GF_PATHS_DATA": str(storage),
        "GF_PATHS_LOGS": str(storage / "log"),
        "GF_PATHS_PLUGINS": str(storage / "plugins"),
        "GF_LOG_MODE": "console",
        "GF_SERVER_HTTP_ADDR": "127.0.0.1",
        "GF_SERVER_HTTP_PORT": str(settings.grafana_port),
        "GF_SERVER_ROOT_URL": local_url(settings),
        "GF_SECURITY_ADMIN_PASSWORD__FILE": str(place / "admin_password"),
        "GF_AUTH_ANONYMOUS_ENABLED": "true",
        "GF_AUTH_ANONYMOUS_ORG_ROLE": "Viewer",
        "GF_USERS_ALLOW_SIGN_UP": "false",
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": str(place / "dashboards" / HOME),
    }


def _place(settings: Settings) -> Path:
    return conf_dir(settings) / "grafana"


def _make_password(file: Path) -> None:
    if not file.is_file():
        with open(file, "x", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as opened:
            opened.write(secrets.token_urlsafe(24))
