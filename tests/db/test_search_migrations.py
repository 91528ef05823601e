"""Migrations of what jobs are found by: what was stored before them is found and counted after them."""

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.orm import Session

from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import MIGRATIONS, upgrade
from iam_job_scout.db.models import Job
from iam_job_scout.jobs.search import JobQuery, find_jobs
from iam_job_scout.settings import Settings
from indexed import indexed_job

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def test_what_was_stored_before_the_index_was_turned_round_is_found_after(settings: Settings) -> None:
    with closing(open_database(settings)) as database:
        upgrade_to(database, "0008")
        with database.writing() as session:
            session.add(a_job(1, title="Okta Engineer"))
            session.add(a_job(2, title="Okta Administrator", closed_at=NOW))
        upgrade(database)
        with database.writing() as session:
            session.get_one(Job, 2).closed_at = None
            session.add(a_job(3, title="Okta Architect", closed_at=NOW))
        with database.reading() as session:
            found = {closed: okta_jobs(session, include_closed=closed) for closed in (False, True)}
        assert found == {False: {1, 2}, True: {1, 2, 3}}


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_marks_stored_before_they_went_into_sets_are_counted_with_new_ones(
    name: str, settings: Settings, request: pytest.FixtureRequest
) -> None:
    if name == "postgresql":
        url = request.getfixturevalue("postgresql_url")
        settings = settings.model_copy(update={"database_url": SecretStr(url)})
    with closing(open_database(settings)) as database:
        upgrade_to(database, "0009")
        with database.writing() as session:
            session.add_all([a_job(1, title="Okta", sub=["IGA"], location="Austin, TX"), a_job(2, title="Okta")])
        upgrade(database)
        with database.writing() as session:
            session.get_one(Job, 2).sources = "source:lever source:ashby"
            session.add(a_job(3, title="Okta", sub=["IGA"], location="Austin, TX", mode="hybrid"))
        with database.reading() as session:
            facets = find_jobs(session, JobQuery(words="okta", now=NOW)).facets
            sets = session.execute(text("SELECT sets FROM job_search ORDER BY id")).scalars().all()
    shown = {
        facet: {value.value: value.count for value in facets[facet]} for facet in ("mode", "sub", "place", "source")
    }
    assert shown == {
        "mode": {"remote": 2, "hybrid": 1},
        "sub": {"iga": 2},
        "place": {"us": 2, "us-tx": 2},
        "source": {"ashby": 1, "lever": 1},
    }
    # Of what the first and the last have (mode, field, place), the last two are the same sets.
    assert sets[0].split()[1:] == sets[2].split()[1:] != []


def upgrade_to(database: Database, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.writer.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def a_job(job_id: int, **values: Any) -> Job:
    texts = dict.fromkeys(("company", "location", "url", "description", "seniority"), "")
    facts = {"mode": "remote", "tier": "core", "score": 50, "skills": [], "sub": [], "evidence": []}
    return indexed_job(id=job_id, **{**texts, **facts, "first_seen": NOW, "last_seen": NOW, **values})


def okta_jobs(session: Session, **wanted: Any) -> set[int]:
    return set(find_jobs(session, JobQuery(words="okta", now=NOW, **wanted)).ids)
