"""The settings page: for owners, whole, with origins, without secrets."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from iam_job_scout.settings import Settings
from iam_job_scout.settings_shown import Origin, show_settings
from website import Site, opened

SECRET = "s3cret-of-somebody"


def test_owners_see_every_setting(site: Site) -> None:
    page = site.signed_in().client.get("/settings?all=true").text
    for name in Settings.model_fields:
        assert f"<code>SCOUT_{name.upper()}</code>" in page


def test_what_was_set_comes_first_with_where(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOUT_DATA_DIR", "/somewhere")
    page = site.signed_in().client.get("/settings").text
    assert re.findall(r"<code>(SCOUT_[A-Z_]+)</code></th>", page) == ["SCOUT_DATA_DIR"]
    assert "<td>environment</td>" in page


def test_nobody_else_sees_them(site: Site) -> None:
    assert site.browser().client.get("/settings").status_code == 303
    for role in ("member", "read-only"):
        assert site.signed_in(email=f"{role}@example.com", role=role).client.get("/settings").status_code == 403


def test_secrets_are_only_said_to_be_set(settings: Settings, migrated: Path) -> None:
    known = {name: SecretStr(SECRET) for name, field in Settings.model_fields.items() if field.annotation is SecretStr}
    known.pop("database_url")
    changed = settings.model_copy(update={**known, "upstream": f"http://me:{SECRET}@gateway.example.org:8080"})
    with opened(changed, migrated) as site:
        page = site.signed_in().client.get("/settings?all=true").text
    assert SECRET not in page
    assert "http://***@gateway.example.org:8080" in page
    assert ">set<" in page


def test_each_origin_is_told_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("SCOUT_LOG_LEVEL=error\nSCOUT_PORT=5001\n")
    (tmp_path / "token").write_text("s3cret")
    monkeypatch.setenv("SCOUT_PORT", "5002")
    monkeypatch.setenv("SCOUT_METRICS_TOKEN_FILE", str(tmp_path / "token"))
    shown = {one.name: one for one in show_settings(Settings(workers=2))}
    origins = {
        name: shown[f"SCOUT_{name}"].origin for name in ("PORT", "LOG_LEVEL", "METRICS_TOKEN", "WORKERS", "HOST")
    }
    assert origins == {
        "PORT": Origin.ENVIRONMENT,
        "LOG_LEVEL": Origin.ENV_FILE,
        "METRICS_TOKEN": Origin.SECRET_FILE,
        "WORKERS": Origin.ARGUMENT,
        "HOST": Origin.DEFAULT,
    }
    assert shown["SCOUT_METRICS_TOKEN"].value == "set"
