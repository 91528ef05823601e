"""A Prometheus elsewhere that knows nothing but one address finds every process of the fleet."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from alert_rig import FAULTY_APP, SOURCE, fetch, wait_until

from iam_job_scout.db import open_database
from iam_job_scout.presence import Presence
from iam_job_scout.settings import Settings
from iam_job_scout.stack.binaries import Servers, working_dir
from real_servers import free_ports


@pytest.fixture
def targets(servers: Servers, tmp_path: Path) -> Iterator[Any]:
    """Asks a Prometheus that discovers one web process, and a worker that was killed, for its active targets."""
    app, prometheus = free_ports(2)
    sd = {"url": f"http://127.0.0.1:{app}/sd/prometheus", "refresh_interval": "1s"}
    jobs = [{"job_name": "iam-job-scout", "http_sd_configs": [sd]}]
    config = {"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": jobs}
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    server = str(servers.prometheus.path)
    flags = [f"--config.file={tmp_path / 'prometheus.yml'}", f"--storage.tsdb.path={tmp_path / 'tsdb'}"]
    (tmp_path / "app").mkdir()
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with ExitStack() as stack:

        def start(argv: list[str], **options: Any) -> None:
            process = stack.enter_context(subprocess.Popen(argv, **options, **quiet))
            stack.callback(process.terminate)

        start([sys.executable, str(FAULTY_APP), str(app), str(tmp_path / "app")], env={"PYTHONPATH": str(SOURCE)})
        wait_until(lambda: fetch(sd["url"]))
        leave_a_trace(tmp_path / "app")
        listen = f"--web.listen-address=127.0.0.1:{prometheus}"
        start([server, *flags, listen], cwd=working_dir(servers.prometheus.path))
        yield lambda: active(prometheus)


def leave_a_trace(data_dir: Path) -> None:
    database = open_database(Settings(data_dir=data_dir, _env_file=None))  # type: ignore[call-arg]
    Presence(database, "worker", "127.0.0.1:9").report()
    database.close()


def active(port: int) -> dict[str, str]:
    answer = fetch(f"http://127.0.0.1:{port}/api/v1/targets?state=active")
    found = answer["data"]["activeTargets"] if answer else []
    return {target["labels"]["kind"]: target["health"] for target in found}


def test_living_processes_are_scraped_and_a_killed_one_is_seen_down(targets: Any) -> None:
    wait_until(lambda: targets() == {"web": "up", "worker": "down"})
