"""`./scout` on a machine where something is missing: one clear sentence, nothing left half done."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout as it is after cloning, without .venv."""
    for name in ("scout", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def launch(checkout: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(checkout / "scout"), *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(checkout)} | environment,
        capture_output=True,
        text=True,
        timeout=100,
    )


@pytest.mark.parametrize("arguments", [["--help"], ["test"]])
def test_without_a_package_index_it_says_so_in_one_sentence(checkout: Path, arguments: list[str]) -> None:
    done = launch(checkout, *arguments, PIP_NO_INDEX="1", PIP_CONFIG_FILE=os.devnull)
    assert done.returncode == 1
    assert done.stdout == ""
    working, complaint = done.stderr.splitlines()
    assert "setting up .venv" in working
    assert complaint.startswith("scout: could not install the packages")
    assert (checkout / ".install.log").read_text().strip()
    assert not (checkout / ".venv" / "installed.lock").exists()


def test_without_a_recent_python_it_names_what_is_needed(checkout: Path, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("dirname", "readlink", "cmp", "grep"):
        found = shutil.which(tool)
        assert found is not None
        (tools / tool).symlink_to(found)
    done = launch(checkout, "--help", PATH=str(tools))
    assert done.returncode == 1
    (complaint,) = done.stderr.splitlines()
    assert "Python 3.11 or newer is needed" in complaint


@pytest.fixture
def installed(checkout: Path) -> Path:
    """A checkout whose packages are installed: those of this run."""
    real, venv = Path(sys.prefix), checkout / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    (venv / "lib").symlink_to(real / "lib")
    shutil.copy(real / "pyvenv.cfg", venv)
    shutil.copy(checkout / "requirements.lock", venv / "installed.lock")
    shutil.copytree(ROOT / "src", checkout / "src", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    return checkout


def compiled(checkout: Path) -> list[Path]:
    return list(checkout.glob("src/iam_job_scout/monitoring/*.so"))


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler here")
def test_it_compiles_once_and_again_when_the_source_has_changed(installed: Path) -> None:
    assert launch(installed, "--version").returncode == 0
    (built,) = compiled(installed)
    first = built.stat().st_ino
    launch(installed, "--version")
    assert built.stat().st_ino == first
    for name in ("_middleware.c", "_request.h"):
        source = installed / "src/iam_job_scout/monitoring" / name
        source.write_text(source.read_text() + "/* changed */\n")
        done = launch(installed, "--version")
        assert (done.returncode, done.stderr) == (0, "")
        assert built.stat().st_ino != first
        first = built.stat().st_ino


def test_without_a_c_compiler_it_starts_all_the_same(installed: Path, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("dirname", "readlink", "cmp", "touch"):
        (tools / tool).symlink_to(shutil.which(tool) or tool)
    done = launch(installed, "--version", PATH=str(tools))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("scout ")
    assert not compiled(installed)


def test_the_locks_have_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "index" not in text.lower()
        pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert pins
        assert all("==" in pin and pin.endswith("\\") for pin in pins)


def test_the_development_lock_holds_what_the_product_runs_on() -> None:
    def pins(name: str) -> set[str]:
        return {line for line in (ROOT / name).read_text().splitlines() if line[:1].isalnum()}

    assert pins("requirements.lock") <= pins("requirements-dev.lock")
