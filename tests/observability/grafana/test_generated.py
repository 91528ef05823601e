"""The committed files are what the Python definitions make of themselves."""

from pathlib import Path

import pytest
from dashboard_files import DASHBOARDS, GRAFANA
from observability.grafana.pages import build_files

from observability.grafana import __main__ as command

STALE = "run `python -m observability.grafana`"


def test_the_committed_files_are_up_to_date() -> None:
    stale = [name for name, text in build_files().items() if (GRAFANA / name).read_text(encoding="utf-8") != text]
    assert not stale, STALE


def test_nothing_is_committed_that_no_definition_makes() -> None:
    assert {f"dashboards/{file.name}" for file in DASHBOARDS.iterdir()} <= set(build_files())


def test_generating_twice_gives_the_same_text() -> None:
    assert build_files() == build_files()


def test_the_check_finds_a_changed_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "HERE", tmp_path)
    assert command.main(["--check"]) == 1
    assert not list(tmp_path.iterdir())
    assert command.main([]) == 0
    assert command.main(["--check"]) == 0
    changed = tmp_path / "dashboards" / "scout-health.json"
    changed.write_text(changed.read_text().replace("green", "pink"))
    capsys.readouterr()
    assert command.main(["--check"]) == 1
    assert capsys.readouterr().out == "out of date: dashboards/scout-health.json\n"
