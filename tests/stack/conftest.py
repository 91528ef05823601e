"""The real servers, ports for them, and a stack that runs in a process of its own."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from iam_job_scout.settings import Settings
from iam_job_scout.stack.binaries import Servers
from real_servers import free_ports, servers

__all__ = ["servers"]
ROOT = Path(__file__).resolve().parents[2]
# The rig of the alert benchmark is what the tests of the alert flow run.
sys.path.append(str(ROOT / "benchmarks"))
FAKE_APP = Path(__file__).with_name("fake_app.py")


@pytest.fixture
def stack_settings(tmp_path: Path, servers: Servers) -> Settings:
    """Settings with the real servers, three free ports and a data directory of this test's own."""
    return make_settings(tmp_path, stack_bin=servers.prometheus.path.parent)


def make_settings(data_dir: Path, **more: object) -> Settings:
    app, prometheus, alertmanager = free_ports(3)
    ports = {"port": app, "prometheus_port": prometheus, "alertmanager_port": alertmanager}
    return Settings(data_dir=data_dir, **ports, **more, _env_file=None)  # type: ignore[arg-type, call-arg]


@dataclass
class RunningStack:
    """`run_stack` in a process of its own; `lines` grows as it prints."""

    settings: Settings
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, text: str, *, count: int = 1, seconds: float = 60) -> None:
        wait_until(lambda: self.text.count(text) >= count or self.process.poll() is not None, seconds=seconds)
        assert self.text.count(text) >= count, self.text

    def stop(self) -> tuple[int, float]:
        """Sends SIGTERM; returns the exit code and the seconds it took."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20), time.monotonic() - begun

    def descendants(self) -> list[int]:
        """The processes that this stack started, by the test's own directory or ports in their command lines."""
        marks = (str(self.settings.data_dir), f"fake_app.py {self.settings.port}")
        found = {pid for pid, command in processes() if any(mark in command for mark in marks)}
        return sorted(found - {self.process.pid})


def processes() -> Iterator[tuple[int, str]]:
    """Every process that runs, zombies aside, with its command line."""
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            command = (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if command:
            yield int(directory.name), command


def wait_until(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)


PROGRAM = """
import sys
from iam_job_scout.settings import Settings
from iam_job_scout.stack import run_stack
settings = Settings.model_validate_json(sys.argv[1])
sys.exit(run_stack(settings, app_argv=sys.argv[3:] or None, verbose=sys.argv[2] == "verbose"))
"""


@pytest.fixture
def start_stack() -> Iterator[Callable[..., RunningStack]]:
    """Starts a stack for one test: `start_stack(settings, *app_argv)`; it is stopped at the end."""
    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(running_stack(*args, **options))


@pytest.fixture(scope="session")
def live_stack(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A whole stack with the fake app, its chain complete, for tests that only look."""
    settings = make_settings(tmp_path_factory.mktemp("live"), stack_bin=servers.prometheus.path.parent)
    with running_stack(settings) as stack:
        stack.wait_for("monitoring works")
        yield stack


@contextmanager
def running_stack(
    settings: Settings, *app_argv: str, verbose: bool = False, alone: bool = False
) -> Iterator[RunningStack]:
    """Runs the stack with the fake app, with `app_argv`, or `alone`; kills whatever is left at the end."""
    app = () if alone else app_argv or (sys.executable, str(FAKE_APP), str(settings.port))
    given = settings.model_dump_json(
        include={"data_dir", "port", "prometheus_port", "alertmanager_port", "grafana_port", "stack_bin"}
    )
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, given, "verbose" if verbose else "quiet", *app],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    stack = RunningStack(settings, process)
    reader = threading.Thread(target=stack.read, daemon=True)
    reader.start()
    try:
        yield stack
    finally:
        if process.poll() is None:
            stack.stop()
        reader.join(5)
        if process.stdout:
            process.stdout.close()
