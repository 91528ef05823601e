"""The one page about the monitoring says what there is."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_tables_are_the_ones_that_the_catalogue_and_the_rules_make() -> None:
    program = "from observability.summary import SUMMARY, render; t = SUMMARY.read_text(); assert render(t) == t"
    environment = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"run `python -m observability.summary`\n{done.stderr}"
