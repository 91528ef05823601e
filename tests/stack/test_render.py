import re
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from iam_job_scout.errors import StackError
from iam_job_scout.settings import Settings
from iam_job_scout.stack.binaries import Servers
from iam_job_scout.stack.files import rule_files
from iam_job_scout.stack.render import Rendered, add_links, build_examples, render, validate, write_examples

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


@pytest.fixture
def secretive(settings: Settings) -> Settings:
    """Settings whose every secret contains the word."""
    given = {
        "metrics_token": "hush-1",
        "smtp_user": "scout",
        "smtp_password": "hush-2",
        "smtp_host": "mail.example.org",
        "smtp_from": "scout@example.org",
        "alert_email_to": "me@example.org",
        "alert_slack_url": "https://slack.example.org/hush-3",
        "alert_discord_url": "https://discord.example.org/hush-4",
        "alert_pagerduty_key": "hush-5",
        "alert_webhook_url": "https://hooks.example.org/hush-6",
    }
    return Settings(data_dir=settings.data_dir, **given, _env_file=None)  # type: ignore[arg-type]


def test_files_that_hold_a_secret_are_their_owners_alone(secretive: Settings, tmp_path: Path) -> None:
    render(secretive, tmp_path / "conf")
    files = [file for file in (tmp_path / "conf").rglob("*") if file.is_file()]
    holders = {file for file in files if "hush" in file.read_text()}
    assert {file.name for file in holders} == {
        "metrics_token",
        "smtp_password",
        "slack_url",
        "pagerduty_key",
        "alertmanager.yml",
    }
    assert {stat.S_IMODE(file.stat().st_mode) for file in holders} == {0o600}


def test_secrets_that_can_lie_in_files_are_not_in_the_configuration(secretive: Settings, tmp_path: Path) -> None:
    rendered = render(secretive, tmp_path)
    assert not {"hush-2", "hush-3", "hush-5"} & set(re.findall(r"hush-\d", rendered.alertmanager.read_text()))


def test_a_receiver_that_was_taken_away_leaves_no_secret(
    secretive: Settings, settings: Settings, tmp_path: Path
) -> None:
    render(secretive, tmp_path)
    render(settings, tmp_path)
    assert not any("hush" in file.read_text() for file in tmp_path.rglob("*") if file.is_file())


def test_every_kind_of_receiver_is_accepted_by_amtool(secretive: Settings, tmp_path: Path, servers: Servers) -> None:
    validate(render(secretive, tmp_path / "conf"), servers)


def test_alerts_link_the_runbook_and_the_page_of_the_app(settings: Settings) -> None:
    public = settings.model_copy(update={"public_url": "https://scout.example.org"})
    for file in rule_files():
        for link in re.findall(r"(?:runbook|dashboard)_url: (.+)", add_links(file, public)):
            assert re.fullmatch(r"https://scout\.example\.org/(docs/runbooks/\w+\.md|monitoring/scout-[a-z-]+)", link)


def test_alerts_link_the_dashboard_of_their_area_where_there_is_grafana(settings: Settings) -> None:
    with_grafana = settings.model_copy(
        update={"grafana_url": "https://grafana.example.org", "docs_url": "https://docs.example.org"}
    )
    for file in rule_files():
        text = add_links(file, with_grafana)
        assert "runbook_url: https://docs.example.org/runbooks/" in text or "alert:" not in text
        for name in re.findall(r"dashboard_url: https://grafana\.example\.org/d/(.+)", text):
            assert (ROOT / "observability" / "grafana" / "dashboards" / f"{name}.json").is_file()


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
