"""A scan worker beside no web app: it can be scraped, it is listed, and it goes when it is told to."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from iam_job_scout.db import open_database
from iam_job_scout.presence import list_processes
from iam_job_scout.settings import Settings

SOURCE = Path(__file__).parents[1] / "src"


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    (tmp_path / "boards.csv").write_text("ats,token,company\n")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SCOUT_")}
    given = {"SCOUT_DATA_DIR": str(tmp_path), "SCOUT_BOARDS": str(tmp_path / "boards.csv"), "PYTHONPATH": str(SOURCE)}
    argv = [sys.executable, "-m", "iam_job_scout", "worker"]
    with subprocess.Popen(argv, env=clean | given, cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
        yield process
        process.kill()


def addresses(settings: Settings) -> list[tuple[str, str]]:
    if not (settings.data_dir / "scout.sqlite").exists():
        return []
    database = open_database(settings)
    try:
        return [(process.kind, process.address) for process in list_processes(database)]
    except Exception:  # the tables are not there yet
        return []
    finally:
        database.close()


def test_a_worker_answers_scrapes_on_a_port_that_is_listed(worker: subprocess.Popen[bytes], settings: Settings) -> None:
    deadline = time.monotonic() + 30
    while not (found := addresses(settings)) and time.monotonic() < deadline:
        time.sleep(0.1)
    [(kind, address)] = found
    assert kind == "worker"
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
        exposed = answer.read().decode()
    assert 'iam_scan_runs_total{source="greenhouse",status="failed"} 0' in exposed
    assert "iam_job_scout_info{" in exposed
    assert 'scan_queue_depth{state="waiting"}' in exposed
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    assert addresses(settings) == []
