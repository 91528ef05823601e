"""Each source at its own pace, also with a schedule of the user's, and by one process of many."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from iam_job_scout.db import Database
from iam_job_scout.db.models import SourceSchedule
from iam_job_scout.scan import schedule
from iam_job_scout.settings import Settings
from iam_job_scout.sources.registry import SOURCES

NOW = datetime(2026, 11, 2, 12, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def claim(database: Database, settings: Settings, now: datetime) -> list[str]:
    with database.writing() as session:
        schedule.add_missing(session, ["greenhouse", "lever"], now)
    with database.writing() as session:
        return schedule.claim_due(session, ["greenhouse", "lever"], settings, now)


def test_a_source_is_due_at_once_and_then_after_its_pace_but_never_before(
    database: Database, settings: Settings
) -> None:
    assert claim(database, settings, NOW) == ["greenhouse", "lever"]
    assert claim(database, settings, NOW + 0.99 * HOUR) == []
    assert sorted(claim(database, settings, NOW + 1.11 * HOUR)) == ["greenhouse", "lever"]


def test_what_is_most_overdue_comes_first(database: Database, settings: Settings) -> None:
    claim(database, settings, NOW)
    with database.writing() as session:
        session.get_one(SourceSchedule, "lever").next_at = NOW - 5 * HOUR
    assert claim(database, settings, NOW + 2 * HOUR) == ["lever", "greenhouse"]


def test_sources_are_not_all_due_in_the_same_moment(database: Database, settings: Settings) -> None:
    claim(database, settings, NOW)
    with database.reading() as session:
        times = set(session.scalars(select(SourceSchedule.next_at)))
    assert len(times) == 2
    assert all(NOW + HOUR <= then <= NOW + 1.1 * HOUR for then in times)


def test_of_two_processes_that_see_the_same_one_gets_it(database: Database, settings: Settings) -> None:
    assert claim(database, settings, NOW) == ["greenhouse", "lever"]
    assert claim(database, settings, NOW) == []


def test_a_schedule_of_the_users_holds_for_boards_and_not_against_the_terms_of_others(settings: Settings) -> None:
    often = settings.model_copy(update={"scan_schedule": "*/15 * * * *"})
    assert schedule.cadence("greenhouse", often, NOW) == timedelta(minutes=15)
    assert schedule.next_time("greenhouse", often, NOW) == NOW + timedelta(minutes=10)
    slow = max(SOURCES, key=lambda name: SOURCES[name].cadence)
    assert SOURCES[slow].cadence > HOUR
    assert schedule.next_time(slow, often, NOW) >= NOW + SOURCES[slow].cadence


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_no_source_is_asked_more_often_than_it_allows(name: str, settings: Settings) -> None:
    for _ in range(20):
        assert schedule.next_time(name, settings, NOW) >= NOW + SOURCES[name].cadence
