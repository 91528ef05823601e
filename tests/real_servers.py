"""Prometheus and Alertmanager for the tests, and free ports for them."""

import fcntl
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from iam_job_scout.errors import StackError
from iam_job_scout.settings import Settings
from iam_job_scout.stack.binaries import Servers
from iam_job_scout.stack.obtain import get_servers

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def servers() -> Servers:
    """The servers and their tools, fetched once into the checkout's own data directory where the machine has none."""
    data_dir = ROOT / "var"
    data_dir.mkdir(exist_ok=True)
    with (data_dir / "fetch.lock").open("w") as lock:  # several test processes may start at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            settings = Settings(data_dir=data_dir, _env_file=None)  # type: ignore[call-arg]
            # In a thread: a browser that another test has open keeps an event loop running in this one.
            with ThreadPoolExecutor(1) as thread:
                return thread.submit(get_servers, settings, say=lambda _: None).result()
        except StackError as error:
            pytest.skip(f"no real servers: {error}")


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nothing listened on a moment ago, all different."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]
