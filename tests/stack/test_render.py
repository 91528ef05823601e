import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from iam_job_scout.errors import StackError
from iam_job_scout.settings import Settings
from iam_job_scout.stack.binaries import Servers
from iam_job_scout.stack.files import rule_files
from iam_job_scout.stack.render import Rendered, build_examples, render, validate, write_examples

ROOT = Path(__file__).resolve().parents[2]


def test_what_is_rendered_is_accepted_by_the_servers_own_tools(
    settings: Settings, tmp_path: Path, servers: Servers
) -> None:
    guarded = settings.model_copy(update={"metrics_token": SecretStr("s3cret")})
    validate(render(guarded, tmp_path / "conf"), servers)


def test_the_token_is_in_a_file_of_its_owner_alone(settings: Settings, tmp_path: Path) -> None:
    guarded = settings.model_copy(update={"metrics_token": SecretStr("s3cret")})
    rendered = render(guarded, tmp_path)
    token = tmp_path / "metrics_token"
    assert token.read_text() == "s3cret"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert "s3cret" not in rendered.prometheus.read_text()


def test_a_token_that_was_taken_back_leaves_no_file(settings: Settings, tmp_path: Path) -> None:
    render(settings.model_copy(update={"metrics_token": SecretStr("s3cret")}), tmp_path)
    render(settings, tmp_path)
    assert not (tmp_path / "metrics_token").exists()


def test_rules_that_no_longer_exist_are_removed(settings: Settings, tmp_path: Path) -> None:
    rendered = render(settings, tmp_path)
    (tmp_path / "rules" / "old.yml").write_text("groups: []\n")
    assert {file.name for file in rendered.rules} == {file.name for file in rule_files()}
    render(settings, tmp_path)
    assert not (tmp_path / "rules" / "old.yml").exists()


def test_a_refused_configuration_is_told_in_one_line(settings: Settings, tmp_path: Path, servers: Servers) -> None:
    rendered = render(settings, tmp_path)
    rendered.rules[0].write_text("groups: [{name: a, rules: [{alert: A, expr: 'up =='}]}]\n")
    with pytest.raises(StackError, match="promtool refuses") as caught:
        validate(Rendered(rendered.prometheus, rendered.alertmanager, rendered.rules), servers)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["prometheus.yml.example", "prometheus-alerts.yml.example"])
def test_the_examples_at_the_root_are_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text() == build_examples()[name], "run `scout stack render --examples`"


def test_the_examples_are_accepted_by_promtool(tmp_path: Path, servers: Servers) -> None:
    for file in write_examples(tmp_path):
        file.rename(file.with_suffix(""))
    validate(Rendered(tmp_path / "prometheus.yml", tmp_path / "none", ()), Servers(**{**vars(servers), "amtool": None}))
