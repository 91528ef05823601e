"""The migration that turns the full-text index of SQLite round: what was stored before it is found after it."""

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from alembic import command
from alembic.config import Config
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
    return {job.id for job in find_jobs(session, JobQuery(words="okta", now=NOW, **wanted)).jobs}
