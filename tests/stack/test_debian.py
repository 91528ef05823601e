import asyncio
import shutil
from pathlib import Path

import pytest

from iam_job_scout.errors import StackError
from iam_job_scout.settings import Settings
from iam_job_scout.stack import debian
from iam_job_scout.stack.processes import Guard

needs_apt = pytest.mark.skipif(not debian.can_fetch(), reason="needs apt and dpkg")


def fetch(settings: Settings) -> list[str]:
    said: list[str] = []
    with Guard() as guard:
        asyncio.run(debian.fetch(settings, guard=guard, say=said.append))
    return said


@needs_apt
def test_without_network_one_line_says_why_and_nothing_is_left(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port}")
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{free_port}")
    with pytest.raises(StackError, match="could not fetch the monitoring servers: ") as caught:
        fetch(settings)
    assert "\n" not in str(caught.value)
    assert "SCOUT_STACK_BIN" in str(caught.value)
    assert list((settings.data_dir / "stack").iterdir()) == []


def test_a_system_without_apt_is_told_what_to_install(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(settings.data_dir))
    with pytest.raises(StackError, match="on a system without apt; install them"):
        fetch(settings)


def test_an_interrupted_fetch_is_cleared_away_by_the_next(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    abandoned = settings.data_dir / "stack" / "fetch-old"
    (abandoned / "root").mkdir(parents=True)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    if not shutil.which("apt-get"):
        pytest.skip("needs apt and dpkg")
    with pytest.raises(StackError):
        fetch(settings)
    assert not abandoned.exists()


def test_built_in_template_paths_become_relative_and_nothing_moves(tmp_path: Path) -> None:
    program = tmp_path / "amtool"
    program.write_bytes(b"before/usr/share/prometheus/alertmanager\0after")
    debian.relocate(program)
    assert program.read_bytes() == b"beforeusr/share/prometheus/alertmanager/\0after"


def test_a_program_without_built_in_paths_is_left_alone(tmp_path: Path) -> None:
    program = tmp_path / "amtool"
    program.write_bytes(b"all inside")
    debian.relocate(program)
    assert program.read_bytes() == b"all inside"
