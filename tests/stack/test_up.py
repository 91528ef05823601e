"""`scout up` as a user runs it: from a source to the page, the metrics, Prometheus, Alertmanager, and down again."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from board_server import BoardServer, running
from iam_job_scout.settings import Settings

from .conftest import wait_until

SOURCE = Path(__file__).parents[2] / "src"
#: Two scrapes, a fetch of the monitoring servers not included.
SECONDS = 90


@dataclass(frozen=True)
class Up:
    """A running `scout up`."""

    settings: Settings
    process: subprocess.Popen[str]
    output: Path

    def said(self) -> str:
        return self.output.read_text()

    def wait_until_it_says(self, pattern: str) -> None:
        deadline = time.monotonic() + SECONDS
        while not re.search(pattern, self.said()):
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.2)

    def stop(self) -> float:
        """Asks it to stop as Ctrl-C does and returns how long that took, in seconds."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)
        return time.monotonic() - started


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def query(settings: Settings, expression: str) -> list[Any]:
    found = json.loads(get(f"http://127.0.0.1:{settings.prometheus_port}/api/v1/query?query={expression}"))
    return list(found["data"]["result"])


def start(settings: Settings, upstream: str, *options: str) -> Up:
    boards = settings.data_dir / "boards.csv"
    boards.write_text("ats,token,company\ngreenhouse,acme,Acme\n")
    environment = os.environ | {
        "PYTHONPATH": str(SOURCE),
        "SCOUT_DATA_DIR": str(settings.data_dir),
        "SCOUT_PORT": str(settings.port),
        "SCOUT_PROMETHEUS_PORT": str(settings.prometheus_port),
        "SCOUT_ALERTMANAGER_PORT": str(settings.alertmanager_port),
        "SCOUT_STACK_BIN": str(settings.stack_bin),
        "SCOUT_BOARDS": str(boards),
        "SCOUT_UPSTREAM": upstream,
    }
    output = settings.data_dir / "output"
    command = [sys.executable, "-m", "iam_job_scout", "up", *options]
    with output.open("w") as written:
        process = subprocess.Popen(
            command, env=environment, stdout=written, stderr=subprocess.STDOUT, text=True, cwd=settings.data_dir
        )
    return Up(settings, process, output)


def children_of(pid: int) -> set[int]:
    found = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, line.split())) for line in found.splitlines()]
    family, size = {pid}, 0
    while len(family) > size:
        size = len(family)
        family |= {child for child, parent in pairs if parent in family}
    return family - {pid}


@pytest.fixture
def upstream(free_port: int) -> Iterator[BoardServer]:
    with running(BoardServer(free_port)) as server:
        server.add("acme", "IAM Engineer", "Okta Administrator")
        yield server


def test_one_command_brings_up_the_whole_chain_and_takes_it_down(
    stack_settings: Settings, upstream: BoardServer
) -> None:
    up = start(stack_settings, upstream.url)
    try:
        up.wait_until_it_says("scan finished")
        up.wait_until_it_says("monitoring works")
        page = get(f"http://127.0.0.1:{stack_settings.port}/")
        assert "Okta Administrator" in page
        metrics = get(f"http://127.0.0.1:{stack_settings.port}/metrics")
        assert len(re.findall("^# TYPE ", metrics, re.MULTILINE)) >= 25
        assert 'iam_jobs{status="new"} 2' in metrics
        wait_until(lambda: len(query(stack_settings, "up")) == 3)  # each server's first scrape has its own moment
        assert {sample["value"][1] for sample in query(stack_settings, "up")} == {"1"}
        alertmanagers = get(f"http://127.0.0.1:{stack_settings.prometheus_port}/api/v1/alertmanagers")
        assert len(json.loads(alertmanagers)["data"]["activeAlertmanagers"]) == 1
        family = children_of(up.process.pid)
        assert len(family) >= 3
    finally:
        seconds = up.stop()
    assert seconds < 5
    assert up.process.returncode == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in family)
    assert "Traceback" not in up.said()


def test_without_any_source_the_samples_are_there_and_it_says_what_it_could_not_reach(
    stack_settings: Settings,
) -> None:
    up = start(stack_settings, "http://127.0.0.1:9", "--demo", "--no-stack")
    try:
        up.wait_until_it_says("no source could be reached")
        assert "sample" in get(f"http://127.0.0.1:{stack_settings.port}/")
    finally:
        up.stop()
    assert "Traceback" not in up.said()


def test_a_taken_port_is_named_with_what_changes_it(stack_settings: Settings, upstream: BoardServer) -> None:
    taken = stack_settings.model_copy(update={"port": upstream.port})
    up = start(taken, upstream.url)
    assert up.process.wait(30) == 1
    said = up.said().strip().splitlines()
    assert str(upstream.port) in said[-1]
    assert "--port" in said[-1]
    assert "Traceback" not in up.said()
