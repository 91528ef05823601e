"""The whole product as `scout up` starts it, with inboxes for its messages."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from real_servers import ROOT, free_ports

# What stands in for Slack, a mail server and the like is shared with the benchmark of alerting.
sys.path.append(str(ROOT / "benchmarks"))
from inboxes import Inboxes, open_inboxes

from iam_job_scout.settings import Settings
from iam_job_scout.stack.binaries import Servers


@dataclass(frozen=True)
class Product:
    """What runs, by its settings, and the environment that a command beside it needs."""

    settings: Settings
    environment: dict[str, str]
    inboxes: Inboxes

    def doctor(self, *arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
        """Runs `scout doctor`; `changed` are settings by their variables' names."""
        argv = [sys.executable, "-m", "iam_job_scout", "doctor", *arguments]
        environment = {**self.environment, **changed, "COLUMNS": "200"}
        return subprocess.run(
            argv, env=environment, cwd=self.settings.data_dir, capture_output=True, text=True, timeout=60
        )


@pytest.fixture(scope="session")
def product(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    directory = tmp_path_factory.mktemp("product")
    (directory / "boards.csv").write_text("ats,token,company\n")
    smtp_port, app, prometheus, alertmanager = free_ports(4)
    with open_inboxes(smtp_port) as inboxes:
        given = {
            "data_dir": str(directory),
            "boards": str(directory / "boards.csv"),
            "port": str(app),
            "prometheus_port": str(prometheus),
            "alertmanager_port": str(alertmanager),
            "stack_bin": str(servers.prometheus.path.parent),
            "upstream": "http://127.0.0.1:9",
            "smtp_host": "127.0.0.1",
            "smtp_port": str(smtp_port),
            "smtp_from": "scout@example.org",
            "smtp_tls": "off",
            "alert_email_to": "me@example.org",
            "alert_slack_url": inboxes.url("slack"),
            "alert_watchdog_url": inboxes.url("watchdog"),
        }
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SCOUT_")}
        environment |= {f"SCOUT_{name.upper()}": value for name, value in given.items()}
        environment["PYTHONPATH"] = str(ROOT / "src")
        settings = Settings(**given, _env_file=None)  # type: ignore[arg-type]
        with running(directory, environment):
            yield Product(settings, environment, inboxes)


@contextmanager
def running(directory: Path, environment: dict[str, str]) -> Iterator[None]:
    """`scout up --demo` until the end of the block, entered once it says that the monitoring works."""
    argv = [sys.executable, "-m", "iam_job_scout", "up", "--demo"]
    said = directory / "up.log"
    with said.open("w") as log:
        process = subprocess.Popen(argv, env=environment, cwd=directory, stdout=log, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 60
        while "monitoring works" not in said.read_text():
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < deadline, said.read_text()
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(20)
