"""What people did with jobs that become one, and with jobs that come apart again."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from iam_job_scout.db import Database
from iam_job_scout.db.models import LOCAL_USER_ID, JobEvent, JobStatus, Tracking
from iam_job_scout.jobs.moving import Moved, move_tracking, return_tracking
from iam_job_scout.jobs.tracking import UNTOUCHED, Change, Tracked, change_status, tracked

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
SOON, LATER = date(2026, 11, 26), date(2026, 12, 2)


class Clock:
    """Says another minute each time it is asked."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at


class Person:
    """Somebody who does things with jobs, one a minute; merges happen in between."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, Clock()

    def does(self, job_id: int, *, user_id: int = LOCAL_USER_ID, **to: Any) -> None:
        change_status(self.database, job_id, Change(**to), user_id=user_id, now=self.clock())

    def is_at(self, job_id: int, user_id: int = LOCAL_USER_ID) -> Tracked:
        with self.database.reading() as session:
            return tracked(session, user_id, job_id)

    def merges(self, old_id: int, new_id: int) -> Moved:
        with self.database.writing() as session:
            return move_tracking(session, old_id=old_id, new_id=new_id, now=self.clock())

    def takes_back(self, moved: Moved, *, of: int, others: tuple[Moved, ...] = ()) -> None:
        with self.database.writing() as session:
            return_tracking(session, moved, from_id=of, merges=others)

    def events(self, job_id: int) -> list[str]:
        with self.database.reading() as session:
            mine = select(JobEvent.status).where(JobEvent.job_id == job_id)
            return list(session.scalars(mine.order_by(JobEvent.id)))


@pytest.fixture
def person(database: Database) -> Person:
    return Person(database)


def test_what_was_done_moves_to_the_job_that_stays(person: Person, add_job: Any, other_user: int) -> None:
    old, new = add_job(), add_job()
    person.does(old, status=JobStatus.INTERVIEW, note="spoke to Kim", follow_up_on=SOON)
    person.does(new, status=JobStatus.SAVED, note="nice", follow_up_on=LATER)
    person.does(old, status=JobStatus.SAVED, user_id=other_user)
    person.merges(old, new)
    mine = person.is_at(new)
    assert (mine.status, mine.note, mine.follow_up_on) == ("interview", "nice\nspoke to Kim", SOON)
    assert len(person.events(new)) == 3
    assert person.is_at(new, other_user).status == "saved"
    assert person.is_at(old) == UNTOUCHED


def test_taken_back_each_job_has_what_was_done_with_it(person: Person, add_job: Any, other_user: int) -> None:
    old, new = add_job(), add_job()
    person.does(old, status=JobStatus.INTERVIEW, note="spoke to Kim", follow_up_on=SOON)
    person.does(old, status=JobStatus.APPLIED, user_id=other_user)
    person.does(new, status=JobStatus.SAVED, note="nice", follow_up_on=LATER)
    before = [person.is_at(job) for job in (old, new)], [person.events(job) for job in (old, new)]
    person.takes_back(person.merges(old, new), of=new)
    assert ([person.is_at(job) for job in (old, new)], [person.events(job) for job in (old, new)]) == before
    assert person.is_at(old, other_user).status == "applied"
    assert person.is_at(new, other_user) == UNTOUCHED


def test_what_was_done_after_the_merge_stays_with_the_job_it_was_done_with(person: Person, add_job: Any) -> None:
    old, new = add_job(), add_job()
    person.does(old, status=JobStatus.INTERVIEW)
    person.does(new, status=JobStatus.SAVED)
    merged = person.merges(old, new)
    person.does(new, status=JobStatus.REJECTED, note="no")
    person.takes_back(merged, of=new)
    assert person.is_at(old).status == "interview"
    assert (person.is_at(new).status, person.is_at(new).note) == ("rejected", "no")


def test_of_three_jobs_the_two_that_stay_one_keep_what_was_done_with_both(person: Person, add_job: Any) -> None:
    one, two, three = add_job(), add_job(), add_job()
    person.does(three, status=JobStatus.OFFER, note="three")
    person.does(two, status=JobStatus.APPLIED, note="two")
    person.does(one, status=JobStatus.SAVED, note="one")
    first = person.merges(two, one)
    second = person.merges(three, one)
    person.takes_back(first, of=one, others=(second,))
    assert (person.is_at(one).status, person.is_at(one).note) == ("offer", "one\nthree")
    assert (person.is_at(two).status, person.is_at(two).note) == ("applied", "two")


def test_a_job_that_was_two_comes_back_as_these_two(person: Person, add_job: Any) -> None:
    one, two, three = add_job(), add_job(), add_job()
    person.does(three, status=JobStatus.INTERVIEW, note="three")
    person.does(two, status=JobStatus.SAVED, note="two", follow_up_on=SOON)
    inner = person.merges(three, two)
    both = person.is_at(two)
    outer = person.merges(two, one)
    person.takes_back(outer, of=one, others=(inner,))
    assert person.is_at(two) == both
    assert person.is_at(one) == UNTOUCHED


def test_what_has_no_event_yet_is_not_lost(person: Person, add_job: Any) -> None:
    old, new = add_job(status="applied", note="before events"), add_job(status="saved")
    person.takes_back(person.merges(old, new), of=new)
    assert (person.is_at(old).status, person.is_at(old).note) == ("applied", "before events")
    assert person.is_at(new).status == "saved"
    with person.database.reading() as session:
        assert len(session.scalars(select(Tracking)).all()) == 2
