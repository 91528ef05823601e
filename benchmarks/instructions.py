"""Counting a process's instructions with valgrind: unlike time, they do not depend on who else is working."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence


def need_valgrind() -> None:
    """Raises SystemExit where there is none."""
    if shutil.which("valgrind") is None:
        raise SystemExit("valgrind is not installed; its package is called valgrind nearly everywhere")


def count(script: str, arguments: Sequence[str]) -> int:
    """Returns the instructions of a Python process that runs the script. Raises SystemExit, CalledProcessError."""
    counting = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", "--log-fd=1"]
    # Dictionaries must be laid out alike in each process.
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    command = [*counting, sys.executable, script, *arguments]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
    found = re.search(r"I\s+refs:\s+([\d,]+)", said)
    if found is None:
        raise SystemExit(f"valgrind did not say what it counted: {said.strip()[-200:]}")
    return int(found.group(1).replace(",", ""))
