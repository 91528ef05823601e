"""Counting jobs."""

from datetime import UTC, datetime, timedelta
from typing import Any

from iam_job_scout.db import Database
from iam_job_scout.db.models import Board
from iam_job_scout.jobs.stats import STATUSES, job_stats, last_success_by_source

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_every_status_is_counted_even_where_there_is_none(database: Database) -> None:
    with database.reading() as session:
        assert job_stats(session, NOW).by_status == dict.fromkeys(STATUSES, 0)


def test_a_closed_job_counts_as_closed_unless_the_person_did_something(database: Database, add_job: Any) -> None:
    add_job(closed_at=NOW)
    add_job(closed_at=NOW, status="applied")
    add_job()
    with database.reading() as session:
        counts = job_stats(session, NOW).by_status
    assert {status: count for status, count in counts.items() if count} == {"closed": 1, "applied": 1, "new": 1}


def test_tiers_are_those_of_open_jobs(database: Database, add_job: Any) -> None:
    add_job()
    add_job(tier="adjacent")
    add_job(tier="adjacent", closed_at=NOW)
    with database.reading() as session:
        assert job_stats(session, NOW).by_tier == {"core": 1, "adjacent": 1}


def test_new_are_those_first_seen_within_seven_days(database: Database, add_job: Any) -> None:
    add_job(first_seen=NOW - timedelta(days=7) + timedelta(seconds=1), sample=True)
    add_job(first_seen=NOW - timedelta(days=7))
    with database.reading() as session:
        stats = job_stats(session, NOW)
    assert (stats.new_this_week, stats.samples) == (1, 1)


def test_a_source_succeeded_when_its_last_board_did(database: Database) -> None:
    with database.writing() as session:
        session.add(Board(source="lever", token="a", company="A", last_success_at=NOW - timedelta(hours=2)))
        session.add(Board(source="lever", token="b", company="B", last_success_at=NOW))
        session.add(Board(source="ashby", token="c", company="C", last_success_at=None))
    with database.reading() as session:
        assert last_success_by_source(session) == {"lever": NOW}
