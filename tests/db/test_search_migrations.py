"""Migrations of what jobs are found by: what was stored before them is found and counted after them."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from pydantic import SecretStr
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import MIGRATIONS, upgrade
from iam_job_scout.db.models import Job
from iam_job_scout.jobs.indexing import pay_marks
from iam_job_scout.jobs.search import JobQuery, find_jobs
from iam_job_scout.settings import Settings
from indexed import indexed_job

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def test_what_was_stored_before_the_index_was_turned_round_is_found_after(settings: Settings) -> None:
    with closing(open_database(settings)) as database:
        upgrade_to(database, "0008")
        store_before_pay_was_converted(database, a_job(1, title="Okta Engineer"))
        store_before_pay_was_converted(database, a_job(2, title="Okta Administrator", closed_at=NOW))
        upgrade(database)
        with database.writing() as session:
            session.get_one(Job, 2).closed_at = None
            session.add(a_job(3, title="Okta Architect", closed_at=NOW))
        with database.reading() as session:
            found = {closed: okta_jobs(session, include_closed=closed) for closed in (False, True)}
        assert found == {False: {1, 2}, True: {1, 2, 3}}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Database]:
    """A database of one kind and of the other, without tables."""
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else ""
    with closing(open_database(settings.model_copy(update={"database_url": SecretStr(url)}))) as database:
        yield database


def test_marks_stored_before_they_went_into_sets_are_counted_with_new_ones(empty: Database) -> None:
    upgrade_to(empty, "0009")
    store_before_pay_was_converted(empty, a_job(1, title="Okta", sub=["IGA"], location="Austin, TX"))
    store_before_pay_was_converted(empty, a_job(2, title="Okta"))
    upgrade(empty)
    with empty.writing() as session:
        session.get_one(Job, 2).sources = "source:lever source:ashby"
        session.add(a_job(3, title="Okta", sub=["IGA"], location="Austin, TX", mode="hybrid"))
    with empty.reading() as session:
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


@pytest.mark.parametrize(
    "values",
    [
        {"clearance": "secret", "sub": ["IGA", "PAM"], "skills": ["Okta"], "pay_max": 2_000_000},
        {"clearance": None, "location": "Austin, TX", "sources": "source:lever"},
        {"posted_at": datetime(1969, 7, 20, tzinfo=UTC), "closed_at": NOW},
        {"posted_at": datetime(2031, 1, 1, tzinfo=UTC), "facets": ""},
        {"pay_max": 100_000, "pay_currency": "EUR", "sub": ["IGA"]},
        {"pay_max": 2_500_000, "pay_currency": "INR"},
    ],
)
def test_a_job_stored_before_days_had_spans_and_pay_was_converted_is_found_like_one_stored_after(
    empty: Database, values: dict[str, Any]
) -> None:
    upgrade_to(empty, "0010")
    store_before_pay_was_converted(empty, a_job(1, title="Okta Engineer", description="One | two", **values))
    upgrade(empty)
    with empty.writing() as session:
        session.add(a_job(2, title="Okta Engineer", description="One | two", **values))
    before, after = tokens(empty, 1), tokens(empty, 2)
    assert before == after
    assert len([token for token in after if token.startswith("span:")]) == 8
    with empty.reading() as session:
        first, second = session.execute(text("SELECT sets, moment, pay FROM job_search ORDER BY id")).all()
    assert first == second
    assert f"day:{int(first.moment / 86_400)}" in first.sets.split()
    with empty.writing() as session:
        for job in session.scalars(select(Job)):
            session.delete(job)
    assert tokens(empty, 1) == tokens(empty, 2) == []


def store_before_pay_was_converted(database: Database, job: Job) -> None:
    """Stores a job as versions before 0011 did: its pay a number of whatever currency."""
    shared, bar, others = job.facets.partition(" |")
    kept = [mark for mark in shared.split() if not mark.startswith("pay:")]
    facets = " ".join(kept + pay_marks(job.pay_max or 0)) + bar + others
    values = {column.name: getattr(job, column.name) for column in Job.__table__.columns}
    known = {name: value for name, value in values.items() if value is not None and name != "pay_dollars"}
    with database.writing() as session:
        session.execute(insert(Job.__table__).values({**known, "facets": facets}))


def tokens(database: Database, job_id: int) -> list[str]:
    """All that the index has of a job."""
    with database.reading() as session:
        if database.dialect == "postgresql":
            kept = "SELECT unnest(tsvector_to_array(terms)) FROM job_search WHERE id = :id"
            return sorted(session.execute(text(kept), {"id": job_id}).scalars())
        session.execute(text("CREATE VIRTUAL TABLE IF NOT EXISTS temp.token USING fts5vocab(main, job_text, instance)"))
        rows = {"open": 2**32 - job_id, "closed": 2**33 - job_id}
        return sorted(
            session.execute(text("SELECT term FROM temp.token WHERE doc IN (:open, :closed)"), rows).scalars()
        )


def upgrade_to(database: Database, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.writer.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def a_job(job_id: int, **values: Any) -> Job:
    texts = dict.fromkeys(("company", "location", "url", "description", "seniority"), "")
    facts = {"mode": "remote", "tier": "core", "score": 50, "skills": [], "sub": [], "evidence": []}
    job = indexed_job(id=job_id, **{**texts, **facts, "first_seen": NOW, "last_seen": NOW, **values})
    job.facets = values.get("facets", job.facets)
    return job


def okta_jobs(session: Session, **wanted: Any) -> set[int]:
    return set(find_jobs(session, JobQuery(words="okta", now=NOW, **wanted)).ids)
