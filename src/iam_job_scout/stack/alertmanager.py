"""The Alertmanager server: who gets which alert, its command line, and whether it answers."""

from typing import Any

from iam_job_scout.settings import Settings
from iam_job_scout.stack.binaries import Server
from iam_job_scout.stack.files import conf_dir, storage_dir
from iam_job_scout.stack.links import Link
from iam_job_scout.stack.probe import answers


def url(settings: Settings) -> str:
    """Where the local server listens."""
    return f"http://127.0.0.1:{settings.alertmanager_port}"


def build_config() -> dict[str, Any]:
    """The content of alertmanager.yml."""
    return {
        "route": {
            "receiver": "on-call",
            "group_by": ["alertname", "area"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "4h",
        },
        "receivers": [{"name": "on-call"}],
    }


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
