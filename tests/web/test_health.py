"""Alive, and ready."""

from pathlib import Path
from typing import Any

from sqlalchemy import text

from iam_job_scout.db.models import Job


def test_a_process_that_lives_says_so_without_the_database(site: Any) -> None:
    site.database.close()
    Job.metadata.drop_all(site.database.engine)
    answer = site.browser().client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_means_that_the_tables_are_those_of_this_version(site: Any) -> None:
    assert site.browser().client.get("/ready").json() == {"status": "ready"}


def test_tables_of_another_version_are_named_as_the_reason(site: Any) -> None:
    with site.database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    answer = site.browser().client.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["the tables are of another version; run `./scout db upgrade`"]


def test_a_database_that_cannot_be_reached_is_named_without_its_address(site: Any) -> None:
    path = site.database.engine.url.database
    site.database.close()
    Path(path).write_bytes(b"this is no database" * 100)
    answer = site.browser().client.get("/ready")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["the database cannot be reached"])


def test_probes_may_ask_with_head(site: Any) -> None:
    client = site.browser().client
    for path in ("/health", "/ready", "/"):
        answer = client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
