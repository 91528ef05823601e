"""The settings: where they come from, and what a wrong one says."""

import re
from pathlib import Path

import pytest

from iam_job_scout.errors import SettingsError
from iam_job_scout.settings import load_settings, parse_roles
from iam_job_scout.settings_shown import example_env


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_nothing_set_means_loopback_port_5000_and_sqlite_in_var() -> None:
    settings = load_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 5000)
    assert settings.sqlalchemy_url == f"sqlite:///{Path.cwd() / 'var' / 'scout.sqlite'}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SCOUT_PORT", "abc"),
        ("SCOUT_PORT", "70000"),
        ("SCOUT_UPSTREAM", "ftp://example.org"),
        ("SCOUT_SCAN_SCHEDULE", "every day"),
        ("SCOUT_AUTH", "maybe"),
        ("SCOUT_LOG_LEVEL", "loud"),
        ("SCOUT_ALERT_SLACK_URL", "hooks.slack.com/services/x"),
        ("SCOUT_PUBLIC_URL", "scout.example.org"),
        ("SCOUT_SMTP_TLS", "maybe"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_variable(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"{name}: ")
    assert "\n" not in str(caught.value)


def test_an_unknown_name_is_refused_wherever_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOUT_PROT", "5001")
    with pytest.raises(SettingsError, match="SCOUT_PROT"):
        load_settings()
    monkeypatch.delenv("SCOUT_PROT")
    (tmp_path / ".env").write_text("SCOUT_PROTT=5001\n")
    with pytest.raises(SettingsError, match="SCOUT_PROTT"):
        load_settings()


def test_the_environment_wins_over_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("SCOUT_PORT=5001\nSCOUT_WORKERS=2\n")
    monkeypatch.setenv("SCOUT_PORT", "5002")
    assert (load_settings().port, load_settings().workers) == (5002, 2)


def test_a_secret_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    monkeypatch.setenv("SCOUT_METRICS_TOKEN_FILE", str(tmp_path / "token"))
    settings = load_settings()
    assert settings.metrics_token.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(settings)


def test_a_secret_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOUT_METRICS_TOKEN_FILE", "nowhere")
    with pytest.raises(SettingsError, match="SCOUT_METRICS_TOKEN_FILE: cannot read nowhere"):
        load_settings()


def test_only_a_loopback_address_goes_without_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOUT_AUTH", "off")
    assert load_settings().auth == "off"
    monkeypatch.setenv("SCOUT_HOST", "0.0.0.0")
    with pytest.raises(SettingsError, match="SCOUT_AUTH=off needs a loopback address"):
        load_settings()


@pytest.mark.parametrize("given", ["postgres://u:p@h/d", "postgresql://u:p@h/d"])
def test_a_postgresql_url_gets_the_driver_that_ships(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOUT_DATABASE_URL", given)
    assert load_settings().sqlalchemy_url == "postgresql+psycopg://u:p@h/d"


def test_the_base_url_is_one_that_a_browser_can_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOUT_HOST", "::1")
    assert load_settings().base_url == "http://[::1]:5000"
    monkeypatch.setenv("SCOUT_HOST", "0.0.0.0")
    assert load_settings().base_url == "http://127.0.0.1:5000"


def test_the_example_file_is_the_one_that_the_settings_make() -> None:
    assert (Path(__file__).parents[1] / ".env.example").read_text() == example_env()


def test_the_example_file_uncommented_is_accepted(tmp_path: Path) -> None:
    lines = [line.removeprefix("# ") for line in example_env().splitlines() if line.startswith("# SCOUT_")]
    (tmp_path / ".env").write_text("\n".join(line for line in lines if not line.endswith("=")))
    assert load_settings().port == 5000


def test_e_mail_without_a_server_or_a_sender_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOUT_ALERT_EMAIL_TO", "me@example.org")
    with pytest.raises(SettingsError, match="SCOUT_ALERT_EMAIL_TO needs SCOUT_SMTP_HOST"):
        load_settings()
    monkeypatch.setenv("SCOUT_SMTP_HOST", "mail.example.org")
    with pytest.raises(SettingsError, match="SCOUT_ALERT_EMAIL_TO needs SCOUT_SMTP_FROM"):
        load_settings()


def test_a_wrong_secret_address_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOUT_ALERT_DISCORD_URL", "s3cret")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"OIDC_ISSUER": "http://idp.example.com", "OIDC_CLIENT_ID": "x"}, "SCOUT_OIDC_ISSUER: must begin with https"),
        ({"OIDC_ISSUER": "https://idp.example.com?x=1", "OIDC_CLIENT_ID": "x"}, "SCOUT_OIDC_ISSUER: must look like"),
        ({"OIDC_ISSUER": "idp"}, "SCOUT_OIDC_ISSUER: must look like"),
        ({"OIDC_ISSUER": "https://idp.example.com"}, "needs SCOUT_OIDC_CLIENT_ID"),
        ({"OIDC_ISSUER": "https://idp.example.com", "OIDC_CLIENT_ID": "x", "HOST": "0.0.0.0"}, "SCOUT_PUBLIC_URL"),
        ({"OIDC_PROVISION": "on"}, "SCOUT_OIDC_ROLES"),
        ({"OIDC_ROLES": "admins=boss"}, "SCOUT_OIDC_ROLES: must look like"),
        ({"OIDC_ROLES": "admins=owner, team=member"}, "SCOUT_OIDC_ROLES: must look like"),
        ({"OIDC_ROLES": "=owner"}, "SCOUT_OIDC_ROLES: must look like"),
        ({"TRUSTED_PROXIES": "nginx"}, "SCOUT_TRUSTED_PROXIES"),
        ({"TRUSTED_PROXIES": "10.0.0.0/8", "AUTH": "off"}, "SCOUT_AUTH=off goes with neither"),
    ],
)
def test_sign_in_that_would_not_work_or_not_be_safe_is_refused(
    given: dict[str, str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"SCOUT_{name}", value)
    with pytest.raises(SettingsError, match=re.escape(says)):
        load_settings()


def test_groups_may_have_names_of_a_directory() -> None:
    assert parse_roles("CN=IAM,OU=Groups=owner; team=member;*=read-only;") == {
        "CN=IAM,OU=Groups": "owner",
        "team": "member",
        "*": "read-only",
    }
