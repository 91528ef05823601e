"""The real app under load, scraped each second by a real Prometheus with the real rules."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from dashboard_files import ROOT

from board_server import BoardServer
from iam_job_scout.stack.binaries import Server, working_dir
from iam_job_scout.stack.files import rule_files
from iam_job_scout.stack.prometheus import JOB

SCOUT = [sys.executable, "-m", "iam_job_scout"]
PATHS = ("/", "/api/v1/jobs", "/api/v1/stats", "/sources", "/monitoring", "/nowhere", "/health", "/job/1")
TITLES = ("IAM Engineer", "Identity Governance Analyst", "Okta Administrator", "Barista")


@dataclass(frozen=True)
class Prometheus:
    """A server that runs, and the questions that Grafana asks it."""

    url: str

    def ask(self, path: str, **given: str) -> Any:
        """The `data` of an answer; raises AssertionError with Prometheus' own words where it refuses."""
        address = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(given)}"
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{given}: {json.load(error).get('error')}") from error

    def values(self, expr: str, *, instant: bool, seconds: float) -> list[float]:
        """Every number that a panel would draw of the last `seconds`; NaN is none."""
        end = time.time()
        if instant:
            result = self.ask("query", query=expr, time=str(end))["result"]
            found = [series["value"][1] for series in result]
        else:
            given = {"query": expr, "start": str(end - seconds), "end": str(end), "step": "1"}
            result = self.ask("query_range", **given)["result"]
            found = [value for series in result for _, value in series["values"]]
        return [float(value) for value in found if value != "NaN"]


def load_boards(server: BoardServer) -> None:
    """Three boards that answer and one that fails, so that both sides have numbers."""
    for token in ("birch", "cedar", "hazel"):
        server.add(token, *TITLES)
    server.answers["yew"] = (500, b"no")


def write_boards(file: Path) -> None:
    rows = [f"greenhouse,{token},{token.title()}" for token in ("birch", "cedar", "hazel", "yew", "gone")]
    file.write_text("ats,token,company\n" + "\n".join(rows) + "\n")


@contextmanager
def running_app(port: int, upstream: str, directory: Path) -> Iterator[str]:
    """The app with sample jobs, scanning the boards of `upstream` as soon as it is up; yields its URL."""
    write_boards(directory / "boards.csv")
    options = app_options(port, upstream, directory)
    subprocess.run([*SCOUT, "samples", "load"], check=True, timeout=60, **options)
    with running([*SCOUT, "serve"], f"http://127.0.0.1:{port}/health", options) as url:
        yield url.removesuffix("/health")


def scan_again(port: int, upstream: str, directory: Path) -> None:
    """A second scan by the running app, asked for from the command line. Boards that fail are no failure of it."""
    argv = [*SCOUT, "scan", "greenhouse", "--json"]
    subprocess.run(argv, check=True, timeout=60, **app_options(port, upstream, directory))


def app_options(port: int, upstream: str, directory: Path) -> dict[str, Any]:
    """The environment of the app's commands: of SCOUT_ variables, only these."""
    settings = {
        "SCOUT_DATA_DIR": str(directory / "data"),
        "SCOUT_BOARDS": str(directory / "boards.csv"),
        "SCOUT_UPSTREAM": upstream,
        "SCOUT_AUTH": "off",
        "SCOUT_PORT": str(port),
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SCOUT_")}
    environment |= settings | {"PYTHONPATH": str(ROOT / "src")}
    return {"env": environment, "cwd": directory, "stdout": subprocess.DEVNULL}


@contextmanager
def running_prometheus(server: Server, port: int, target: str, directory: Path) -> Iterator[Prometheus]:
    """A Prometheus of its own that scrapes and evaluates each second."""
    (directory / "rules").mkdir()
    for file in rule_files():
        (directory / "rules" / file.name).write_text(re.sub(r"interval: \w+", "interval: 1s", file.read_text()))
    scrape = {"job_name": JOB, "static_configs": [{"targets": [target]}]}
    config = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(directory / "rules" / "*.yml")],
        "scrape_configs": [scrape],
    }
    (directory / "prometheus.yml").write_text(yaml.safe_dump(config))
    argv = [
        str(server.path),
        f"--config.file={directory / 'prometheus.yml'}",
        f"--storage.tsdb.path={directory / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    options: dict[str, Any] = {"cwd": working_dir(server.path)}
    with running(argv, f"http://127.0.0.1:{port}/-/ready", options) as url:
        yield Prometheus(url.removesuffix("/-/ready"))


@contextmanager
def running(argv: list[str], ready_url: str, options: dict[str, Any]) -> Iterator[str]:
    """A process until the end of the block, entered once `ready_url` answers."""
    process = subprocess.Popen(argv, **options)
    try:
        wait_until_answers(ready_url, process)
        yield ready_url
    finally:
        process.terminate()
        process.wait(20)


def wait_until_answers(url: str, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(url, timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError(f"{url} did not answer; exit code {process.poll()}")


def visit(url: str) -> None:
    """One visit by a person: pages that exist and one that does not, and a job saved."""
    for path in PATHS:
        with suppress(urllib.error.HTTPError), urllib.request.urlopen(url + path, timeout=10) as answer:
            answer.read()
    body = json.dumps({"status": "saved"}).encode()
    request = urllib.request.Request(f"{url}/api/v1/jobs/1/status", body, {"Content-Type": "application/json"})
    with suppress(urllib.error.HTTPError), urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()


@contextmanager
def under_load(url: str, pause: float = 0.2) -> Iterator[None]:
    """Visits again and again, in a thread, until the end of the block."""
    ended = threading.Event()

    def go() -> None:
        while not ended.wait(pause):
            visit(url)

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nothing listened on a moment ago, all different."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]
