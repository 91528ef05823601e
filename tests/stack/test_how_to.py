"""What the how-to pages tell people to paste is accepted by the server."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from iam_job_scout.settings import Settings
from iam_job_scout.stack import prometheus
from iam_job_scout.stack.alertmanager import WAKING
from iam_job_scout.stack.binaries import Servers, working_dir

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to"


def snippets(page: str) -> list[Any]:
    text = (HOW_TO / page).read_text()
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.+?)```", text, re.DOTALL)]


@pytest.mark.parametrize("page", ["existing-prometheus.md", "long-term.md"])
def test_promtool_accepts_every_snippet(page: str, settings: Settings, servers: Servers, tmp_path: Path) -> None:
    if servers.promtool is None:
        pytest.skip("no promtool")
    for snippet in snippets(page):
        if "convert_classic_histograms_to_nhcb" in snippet:
            assert snippet == prometheus.NATIVE_HISTOGRAMS  # newer than the promtool that Debian has
            continue
        config = {**prometheus.build_config(settings, rule_files=[], token_file=None), **snippet}
        text = yaml.safe_dump(config).replace("/etc/prometheus/iam-job-scout-token", str(tmp_path / "token"))
        (tmp_path / "token").write_text("s3cret")
        (tmp_path / "prometheus.yml").write_text(text)
        argv = [str(servers.promtool), "check", "config", str(tmp_path / "prometheus.yml")]
        done = subprocess.run(argv, capture_output=True, text=True, cwd=working_dir(servers.promtool), timeout=30)
        assert done.returncode == 0, done.stderr


def test_the_job_of_a_fleet_has_the_limits_that_the_product_uses() -> None:
    [fleet] = snippets("existing-prometheus.md")
    [job] = fleet["scrape_configs"]
    assert job["job_name"] == prometheus.JOB
    assert {name: job[name] for name in prometheus.SCRAPE_LIMITS} == prometheus.SCRAPE_LIMITS


def test_the_page_on_receivers_names_settings_that_exist() -> None:
    text = (HOW_TO / "alert-receivers.md").read_text()
    for name in set(re.findall(r"SCOUT_[A-Z_]+[A-Z]", text)):
        assert name.removeprefix("SCOUT_").removesuffix("_FILE").lower() in {*Settings.model_fields, "data_dir"}, name
    assert ", ".join(sorted(WAKING.split("|"))) == "app, database, http, monitoring"
