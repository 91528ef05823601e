"""The arrows between packages point one way, and importing any module starts nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "iam_job_scout"

#: What each part may import besides itself and the packages of others.
BASE = {"errors", "posting", "settings", "version"}
ALLOWED = {
    "errors": set(),
    "posting": set(),
    "settings": {"errors"},
    "settings_shown": {"settings"},
    "logs": {"settings"},
    "monitoring": set(),
    "db": BASE,
    "relevance": BASE,
    "samples": BASE,
    "sources": BASE | {"monitoring"},
    "stack": {"errors", "settings", "monitoring"},
    "doctor": {"errors", "settings", "monitoring", "stack", "version"},
    "bench": {"errors"},
    "accounts": BASE | {"db", "monitoring", "sources"},
    "jobs": BASE | {"db", "relevance", "accounts", "monitoring"},
    "scan": BASE | {"db", "relevance", "samples", "sources", "jobs", "monitoring"},
    "notify": BASE | {"db", "jobs", "accounts", "monitoring"},
    "web": BASE
    | {"settings_shown", "db", "relevance", "sources", "jobs", "scan", "accounts", "monitoring", "stack", "notify"},
    "chores": BASE | {"db", "accounts", "jobs", "notify", "monitoring"},
    "tracing": BASE,
    "presence": BASE | {"db"},
    "api": BASE | {"db", "jobs", "notify", "scan", "accounts", "web", "sources", "monitoring", "presence", "stack"},
    "samplers": BASE | {"db", "jobs", "accounts", "scan", "notify", "monitoring"},
    "main": BASE | {"chores", "tracing", "db", "api", "web", "scan", "sources", "samplers", "monitoring", "presence"},
    "worker": BASE | {"chores", "web", "db", "logs", "presence", "samplers", "scan", "sources", "monitoring"},
    "serve": BASE | {"db", "accounts", "logs", "main", "sources"},
    "cli": BASE
    | {"accounts", "db", "logs", "scan", "serve", "sources", "stack", "relevance", "worker", "doctor", "bench"}
    | {"jobs", "notify", "web", "api", "reference", "settings_shown"},
    "reference": BASE | {"main", "cli", "settings_shown"},
    "__main__": {"cli"},
    "__init__": set(),
}


def part_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_parts(path: Path) -> set[str]:
    parts = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").startswith("iam_job_scout"):
            below = (node.module or "").split(".")[1:2]
            parts |= set(below) or {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            parts |= {a.name.split(".")[1] for a in node.names if a.name.startswith("iam_job_scout.")}
    return {"version" if part == "__version__" else part for part in parts}


MODULES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_imports_only_what_lies_below_it(path: Path) -> None:
    part = part_of(path)
    assert part in ALLOWED, f"say in this test what {part} may import"
    assert imported_parts(path) - {part} <= ALLOWED[part]


def test_importing_everything_starts_no_thread_and_opens_no_file() -> None:
    names = [".".join(("iam_job_scout", *p.relative_to(SOURCE).with_suffix("").parts)) for p in MODULES]
    wanted = [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]
    program = (
        "import importlib, os, threading\n"
        "os.environ['SCOUT_PORT'] = 'nonsense'\n"
        f"for name in {wanted!r}: importlib.import_module(name)\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=SOURCE.parent)
    assert done.returncode == 0, done.stderr
