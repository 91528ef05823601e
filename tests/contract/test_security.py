"""SECURITY.md names tests that exist, and tokens look as it says."""

import ast
import re
from pathlib import Path

from iam_job_scout.accounts.tokens import new_token

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def names_in(path: Path) -> set[str]:
    return {node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)}


def test_every_test_that_it_names_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)
    assert len(named) > 50
    missing = [f"{path}::{name}" for path, name in named if name not in names_in(ROOT / path)]
    assert missing == []


def test_every_row_of_the_table_names_a_test() -> None:
    rows = [line for line in TEXT.splitlines() if re.match(r"\| \d+\.\d+\.\d+", line)]
    assert len(rows) > 40
    assert [row for row in rows if "`tests/" not in row] == []


def test_tokens_look_as_secret_scanners_are_told() -> None:
    (pattern,) = re.findall(r"`(scout_pat_\[[^`]+)`", TEXT)
    assert re.fullmatch(pattern, new_token())
