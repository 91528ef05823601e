"""Runs the measurements that lie in benchmarks/ of a checkout."""

import ast
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from iam_job_scout.errors import ScoutError

SOURCE = Path(__file__).parents[1]
BENCHMARKS = SOURCE.parent / "benchmarks"


@dataclass(frozen=True)
class Benchmark:
    """A script that can be run by name, and the first line of what it says about itself."""

    name: str
    claim: str


def list_benchmarks() -> list[Benchmark]:
    """The scripts that say how to run them; empty where this is no checkout."""
    found = []
    for file in sorted(BENCHMARKS.glob("*.py")):
        text = file.read_text(encoding="utf-8")
        if f"python benchmarks/{file.name}" in text:
            claim = ast.get_docstring(ast.parse(text)) or ""
            found.append(Benchmark(file.stem, claim.partition("\n")[0]))
    return found


def run_benchmark(name: str, arguments: Sequence[str]) -> int:
    """Runs one to its end and returns its exit code. Raises ScoutError where there is none of that name."""
    names = [benchmark.name for benchmark in list_benchmarks()]
    if name not in names:
        known = (
            f"there are {', '.join(names)}" if names else "they come with a checkout, not with the installed package"
        )
        raise ScoutError(f"no benchmark {name!r}: {known}")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SOURCE), os.environ.get("PYTHONPATH", "")])}
    argv = [sys.executable, str(BENCHMARKS / f"{name}.py"), *arguments]
    return subprocess.run(argv, env=environment, check=False).returncode  # noqa: S603
