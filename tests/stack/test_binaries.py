from pathlib import Path

import pytest

from iam_job_scout.errors import StackError
from iam_job_scout.settings import Settings
from iam_job_scout.stack.binaries import Servers, examine, find_program, find_servers, unpacked_root, working_dir


def install(directory: Path, *names: str, says: str = "version 9.9.9 (branch: test)") -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        program = directory / name
        program.write_text(f"#!/bin/sh\necho '{name}, {says}' --web.local-assets\n")
        program.chmod(0o755)
    return directory


@pytest.fixture
def bare(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings on a machine whose PATH holds nothing but a shell."""
    (tmp_path / "path").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return settings


def test_debians_name_of_alertmanager_is_known(bare: Settings, tmp_path: Path) -> None:
    install(tmp_path / "path", "prometheus-alertmanager")
    assert find_program(bare, "alertmanager") == tmp_path / "path" / "prometheus-alertmanager"


def test_what_was_unpacked_comes_after_path(bare: Settings, tmp_path: Path) -> None:
    unpacked = install(unpacked_root(bare) / "usr" / "bin", "prometheus")
    assert find_program(bare, "prometheus") == unpacked / "prometheus"
    install(tmp_path / "path", "prometheus")
    assert find_program(bare, "prometheus") == tmp_path / "path" / "prometheus"


def test_the_chosen_directory_wins_over_path(bare: Settings, tmp_path: Path) -> None:
    install(tmp_path / "path", "prometheus", "alertmanager")
    chosen = install(tmp_path / "chosen", "prometheus", "alertmanager")
    servers = find_servers(bare.model_copy(update={"stack_bin": chosen}))
    assert servers.prometheus.path == chosen / "prometheus"
    assert servers.alertmanager.version == "9.9.9"
    assert servers.promtool is None


def test_a_chosen_directory_without_the_servers_is_an_error_that_names_the_variable(
    bare: Settings, tmp_path: Path
) -> None:
    install(tmp_path / "path", "prometheus", "alertmanager")
    chosen = install(tmp_path / "chosen", "prometheus")
    with pytest.raises(StackError, match=r"SCOUT_STACK_BIN: there is no program alertmanager"):
        find_servers(bare.model_copy(update={"stack_bin": chosen}))


def test_missing_servers_are_named_with_the_way_to_get_them(bare: Settings) -> None:
    with pytest.raises(StackError, match=r"no prometheus and no alertmanager on this machine: install them"):
        find_servers(bare)


def test_a_program_of_another_kind_is_refused(tmp_path: Path) -> None:
    program = install(tmp_path / "bin", "prometheus", says="hello") / "prometheus"
    with pytest.raises(StackError, match="named no version"):
        examine(program)


def test_a_program_of_another_machine_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "prometheus"
    program.write_bytes(b"\x7fELF of another machine")
    program.chmod(0o755)
    with pytest.raises(StackError, match="does not run on this machine"):
        examine(program)


def test_flags_are_known_from_the_programs_own_help(servers: Servers) -> None:
    assert servers.prometheus.accepts("--storage.tsdb.path")
    assert not servers.prometheus.accepts("--no-such-flag")


def test_an_unpacked_program_runs_in_its_tree_and_others_anywhere(tmp_path: Path) -> None:
    (tmp_path / "usr" / "share" / "prometheus").mkdir(parents=True)
    assert working_dir(tmp_path / "usr" / "bin" / "amtool") == tmp_path
    assert working_dir(Path("/usr/bin/prometheus")) is None
    assert working_dir(Path("/prometheus")) is None
