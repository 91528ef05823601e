"""Compiles the short way of a request, where there is a C compiler: `python -m iam_job_scout.monitoring.build`.

Without it the same is done in Python, a few millionths of a second slower. Linux only; elsewhere Python it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from .request import SOURCES, source_digest


def build(directory: Path = Path(__file__).parent) -> Path | None:
    """Compile into `directory`. None, and nothing changed, where there is no compiler, or it fails."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    target = directory / f"_request{sysconfig.get_config_var('EXT_SUFFIX')}"
    # Another process may have the old one mapped: the new one takes its name, not its place.
    fresh = target.with_suffix(f".{os.getpid()}")
    defined = [f"-I{sysconfig.get_path('include')}", f'-DSOURCE="{source_digest()}"']
    files = [str(source) for source in SOURCES if source.suffix == ".c"]
    command = [compiler, "-O2", "-fvisibility=hidden", "-shared", "-fPIC", *defined, "-o", str(fresh), *files]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 - the compiler of the PATH, files of ours
        fresh.replace(target)
    except (OSError, subprocess.SubprocessError):
        fresh.unlink(missing_ok=True)
        return None
    return target


if __name__ == "__main__":
    print(build() or "no C compiler that works: requests are measured in Python")  # noqa: T201
