"""Sources that installed packages add."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = """
from iam_job_scout.sources.base import Page
from iam_job_scout.sources.greenhouse import Greenhouse

class Guildhall(Greenhouse):
    name = "guildhall"
    label = "Guildhall"

class Impostor(Greenhouse):
    name = "lever"

class Unfit:
    pass

class Broken(Greenhouse):
    name = "broken"
    def __init__(self):
        raise RuntimeError("no\\nluck")
"""
POINTS = """[iam_job_scout.sources]
guildhall = scout_plugin:Guildhall
impostor = scout_plugin:Impostor
unfit = scout_plugin:Unfit
broken = scout_plugin:Broken
missing = no_such_module:Nothing
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A directory with a package that declares five sources, one of them usable."""
    (tmp_path / "scout_plugin.py").write_text(PLUGIN)
    info = tmp_path / "scout_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: scout-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    return tmp_path


def test_a_source_of_a_package_is_one_of_all_and_a_broken_one_is_told_of(site: Path) -> None:
    program = (
        "import json; from iam_job_scout.sources.registry import SOURCES\n"
        "found = {'names': list(SOURCES), 'broken': dict(SOURCES.broken), 'label': SOURCES['guildhall'].label}\n"
        "print(json.dumps(found))"
    )
    source = Path(__file__).parents[2] / "src"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={"PYTHONPATH": f"{source}:{site}"}
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert done.stderr.count("left out") == 4
    assert {"guildhall", "greenhouse", "lever"} < set(found["names"])
    assert found["names"] == sorted(found["names"])
    assert found["label"] == "Guildhall"
    assert found["broken"] == {
        "impostor": "ValueError: there is a source of the name 'lever' already",
        "unfit": "TypeError: is not a subclass of iam_job_scout.sources.base.Source",
        "broken": "RuntimeError: no luck",
        "missing": "ModuleNotFoundError: No module named 'no_such_module'",
    }
