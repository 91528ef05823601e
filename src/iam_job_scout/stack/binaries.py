"""Where the monitoring servers lie on this machine, and what each of them can do.

They are looked for in SCOUT_STACK_BIN, then on PATH, then among the packages unpacked into SCOUT_DATA_DIR/stack.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from iam_job_scout.errors import StackError
from iam_job_scout.settings import Settings

#: Program → the file names it goes by; Debian renames Alertmanager.
FILE_NAMES = {
    "prometheus": ("prometheus",),
    "alertmanager": ("alertmanager", "prometheus-alertmanager"),
    "promtool": ("promtool",),
    "amtool": ("amtool",),
    "grafana": ("grafana", "grafana-server"),
}
HOW_TO_INSTALL = (
    "install them (Debian, Ubuntu: apt install prometheus prometheus-alertmanager; others: prometheus.io/download), "
    "or set SCOUT_STACK_BIN to a directory with `prometheus` and `alertmanager`"
)


@dataclass(frozen=True)
class Server:
    """A server program that runs here; `flags` is its `--help` text, since distributions add and drop flags."""

    path: Path
    version: str
    flags: str

    def accepts(self, flag: str) -> bool:
        """Whether this build knows a flag such as `--web.local-assets`."""
        return flag in self.flags


@dataclass(frozen=True)
class Servers:
    """The two servers that the product needs, and the tools that check their files where they are there."""

    prometheus: Server
    alertmanager: Server
    promtool: Path | None
    amtool: Path | None
    grafana: Path | None


def unpacked_root(settings: Settings) -> Path:
    """The directory that the distribution's packages are unpacked into."""
    return settings.data_dir.absolute() / "stack" / "root"


def working_dir(program: Path) -> Path | None:
    """Where a program of an unpacked package has to run, since it finds its files relative to there; None: anywhere."""
    root = program.parents[2] if len(program.parents) > 3 else Path("/")
    return root if root != Path("/") and (root / "usr/share/prometheus").is_dir() else None


def find_program(settings: Settings, name: str) -> Path | None:
    """The file of a program of FILE_NAMES, or None. SCOUT_STACK_BIN wins, then PATH, then what was unpacked."""
    chosen = [str(settings.stack_bin)] if settings.stack_bin else []
    places = [*chosen, os.environ.get("PATH", os.defpath), str(unpacked_root(settings) / "usr" / "bin")]
    for place in places:
        for file_name in FILE_NAMES[name]:
            if found := shutil.which(file_name, path=place):
                return Path(found).absolute()
    return None


def find_servers(settings: Settings) -> Servers:
    """Finds the programs and runs each server once to see that it works.

    Raises StackError that says which is missing and how to get it.
    """
    found = {name: find_program(settings, name) for name in FILE_NAMES}
    missing = [name for name in ("prometheus", "alertmanager") if found[name] is None]
    if missing:
        raise StackError(f"no {' and no '.join(missing)} on this machine: {HOW_TO_INSTALL}")
    _insist_on_chosen(settings, found)
    return Servers(
        prometheus=examine(_there(found["prometheus"])),
        alertmanager=examine(_there(found["alertmanager"])),
        promtool=found["promtool"],
        amtool=found["amtool"],
        grafana=found["grafana"],
    )


def _insist_on_chosen(settings: Settings, found: dict[str, Path | None]) -> None:
    if settings.stack_bin is None:
        return
    chosen = settings.stack_bin.absolute()
    for name in ("prometheus", "alertmanager"):
        if _there(found[name]).parent != chosen:
            raise StackError(f"SCOUT_STACK_BIN: there is no program {' or '.join(FILE_NAMES[name])} in {chosen}")


def _there(path: Path | None) -> Path:
    if path is None:
        raise StackError(f"a monitoring server vanished; {HOW_TO_INSTALL}")
    return path


def examine(path: Path) -> Server:
    """Runs `--version` and `--help`; raises StackError where the file does not run on this machine."""
    version = _ask(path, "--version").partition("version ")[2].partition(" ")[0]
    if not version:
        raise StackError(f"{path} does not look like a Prometheus program: `--version` named no version")
    return Server(path=path, version=version, flags=_ask(path, "--help"))


def _ask(path: Path, flag: str) -> str:
    try:
        done = subprocess.run([path, flag], capture_output=True, text=True, timeout=20, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise StackError(f"{path} does not run on this machine: {error}") from error
    return done.stdout + done.stderr
