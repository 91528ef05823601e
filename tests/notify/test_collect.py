"""What is new is told once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session

from iam_job_scout.db import Database
from iam_job_scout.db.models import Delivery, JobAlias, NoticeRules
from iam_job_scout.notify import searches
from iam_job_scout.notify.collect import OVERLAP, collect_one
from iam_job_scout.notify.message import NewJob
from iam_job_scout.notify.schedule import Cadence
from iam_job_scout.notify.searches import SearchForm
from website import Site

from .conftest import NOW

HOME = "https://scout.example.org"
LATER = NOW + timedelta(days=1)


class Jobs:
    """Stands for the search: jobs with the time at which each was first seen."""

    def __init__(self) -> None:
        self.stored: list[tuple[datetime, NewJob]] = []
        self.asked: list[tuple[str, int, datetime]] = []

    def add(self, number: int, seen: datetime) -> None:
        job = NewJob(id=number, title=f"Job {number}", company="A", location="", score=50, skills=())
        self.stored.append((seen, job))

    def __call__(self, session: Session, query: str, *, user_id: int, after: datetime, limit: int) -> list[NewJob]:
        self.asked.append((query, user_id, after))
        return [job for seen, job in self.stored if seen > after][:limit]


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()


def save(database: Database, user_id: int, query: str = "q=okta", cadence: Cadence = Cadence.DAILY) -> int:
    with database.writing() as session:
        known = searches.channels_of(session, user_id)
        channel = (
            known[0] if known else searches.add_channel(session, user_id, name="", address="ntfy://topic", now=NOW)
        )
        form = SearchForm(name="Mine", query=query, cadence=cadence, channel_id=channel.id)
        return searches.save_search(session, user_id, form, now=NOW).id


def deliveries(database: Database) -> Sequence[Delivery]:
    with database.reading() as session:
        return session.scalars(select(Delivery).order_by(Delivery.id)).all()


def collect_all(database: Database, jobs: Jobs, now: datetime) -> int:
    looks = 0
    while collect_one(database, jobs, home=HOME, now=now):
        looks += 1
    return looks


def test_a_digest_tells_what_came_since_the_search_was_saved(database: Database, ann: int, jobs: Jobs) -> None:
    save(database, ann)
    jobs.add(1, NOW - timedelta(minutes=1))
    jobs.add(2, NOW + timedelta(minutes=1))
    assert collect_all(database, jobs, NOW) == 0
    assert collect_all(database, jobs, LATER) == 1
    (sent,) = deliveries(database)
    assert (sent.title, sent.jobs, sent.user_id) == ("Mine: Job 2", 1, ann)
    assert jobs.asked == [("q=okta", ann, NOW)]


def test_a_job_is_never_told_twice_however_often_and_by_how_many_searches_it_is_found(
    database: Database, ann: int, jobs: Jobs
) -> None:
    save(database, ann)
    save(database, ann, query="q=pam")
    jobs.add(1, NOW + timedelta(minutes=1))
    assert collect_all(database, jobs, LATER) == 2
    assert collect_all(database, jobs, LATER + timedelta(days=1)) == 2
    assert [sent.jobs for sent in deliveries(database)] == [1]


def test_a_job_that_was_stored_late_by_a_slow_scan_is_not_passed_over(database: Database, ann: int, jobs: Jobs) -> None:
    save(database, ann)
    collect_all(database, jobs, LATER)
    jobs.add(1, LATER - OVERLAP / 2)
    collect_all(database, jobs, LATER + timedelta(days=1))
    assert [sent.jobs for sent in deliveries(database)] == [1]


def test_a_job_that_another_was_merged_into_is_no_news(database: Database, ann: int, jobs: Jobs) -> None:
    save(database, ann)
    jobs.add(1, NOW + timedelta(minutes=1))
    collect_all(database, jobs, LATER)
    kept = Site(app=FastAPI(), database=database).add_job(id=2)
    with database.writing() as session:
        session.add(JobAlias(old_id=1, job_id=kept))
    jobs.add(2, LATER + timedelta(minutes=1))
    collect_all(database, jobs, LATER + timedelta(days=1))
    assert len(deliveries(database)) == 1


def test_each_person_is_told_of_the_same_job(database: Database, ann: int, bob: int, jobs: Jobs) -> None:
    save(database, ann)
    save(database, bob)
    jobs.add(1, NOW + timedelta(minutes=1))
    collect_all(database, jobs, LATER)
    assert {sent.user_id for sent in deliveries(database)} == {ann, bob}


def test_nothing_new_sends_nothing(database: Database, ann: int, jobs: Jobs) -> None:
    save(database, ann)
    assert collect_all(database, jobs, LATER) == 1
    assert deliveries(database) == []


def test_a_message_found_in_quiet_hours_waits_for_their_end(database: Database, ann: int, jobs: Jobs) -> None:
    save(database, ann, cadence=Cadence.INSTANT)
    with database.writing() as session:
        session.add(NoticeRules(user_id=ann, timezone="UTC", digest_hour=7, quiet_from=11, quiet_until=15))
    jobs.add(1, NOW + timedelta(seconds=1))
    collect_all(database, jobs, NOW + timedelta(minutes=2))
    (sent,) = deliveries(database)
    assert sent.due_at == NOW.replace(hour=15)


def test_a_look_that_fails_passes_nothing_over(database: Database, ann: int, jobs: Jobs) -> None:
    save(database, ann)
    jobs.add(1, NOW + timedelta(minutes=1))

    def broken(*_: Any, **__: Any) -> list[NewJob]:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        collect_one(database, broken, home=HOME, now=LATER)
    collect_all(database, jobs, LATER + timedelta(days=1))
    assert [sent.jobs for sent in deliveries(database)] == [1]
