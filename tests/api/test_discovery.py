"""What a Prometheus elsewhere is told, and who is told nothing."""

import shutil
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from starlette.testclient import TestClient

from iam_job_scout.db import open_database
from iam_job_scout.main import create_app
from iam_job_scout.presence import Presence
from iam_job_scout.settings import Settings
from website import Site


def ask(site: Site, client: str = "127.0.0.1", **headers: str) -> Any:
    base = "http://127.0.0.1:5000"
    return TestClient(site.app, base_url=base, client=(client, 50000), headers=headers).get("/sd/prometheus")


def test_every_process_is_a_target_with_its_kind(site: Site) -> None:
    Presence(site.database, "web", "one:5000").report()
    Presence(site.database, "worker", "two:9400").report()
    answer = ask(site)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == [
        {"targets": ["one:5000"], "labels": {"kind": "web"}},
        {"targets": ["two:9400"], "labels": {"kind": "worker"}},
    ]


def test_without_any_process_there_are_no_targets(site: Site) -> None:
    assert ask(site).json() == []


def test_strangers_are_told_nothing(public_site: Site) -> None:
    assert ask(public_site, "203.0.113.9").status_code == 403
    assert ask(public_site, **{"x-forwarded-for": "203.0.113.9"}).status_code == 403


def test_the_bearer_of_the_metrics_token_is_told_all(settings: Settings, migrated: Path) -> None:
    shutil.copy(migrated, settings.data_dir / "scout.sqlite")
    guarded = settings.model_copy(update={"host": "0.0.0.0", "metrics_token": SecretStr("s3cret")})
    database = open_database(guarded)
    site = Site(create_app(guarded, database=database), database)
    assert ask(site, "203.0.113.9").status_code == 401
    assert ask(site, "203.0.113.9", authorization="Bearer wrong").status_code == 401
    assert ask(site, "203.0.113.9", authorization="Bearer s3cret").status_code == 200
    database.close()
