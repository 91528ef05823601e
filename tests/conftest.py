"""What every test may use: the place of the shared corpus (absent at users'), free ports, settings of its own."""

import logging
import socket
from pathlib import Path

import pytest
import structlog

from iam_job_scout.settings import Settings

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session", autouse=True)
def quiet_logs() -> None:
    """Only errors are logged: what a test expects to go wrong needs no lines, and output tests read their own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The corpus and recorded payloads that lie beside the repository where the project is developed."""
    if not SHARED.is_dir():
        pytest.skip("the shared corpus is not beside this checkout")
    return SHARED


@pytest.fixture
def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listened on a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a data directory of this test's own."""
    return Settings(data_dir=tmp_path, _env_file=None)  # type: ignore[call-arg]
