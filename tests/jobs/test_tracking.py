"""Where people are with jobs."""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.db.models import LOCAL_USER_ID, Job, JobStatus, Tracking
from iam_job_scout.jobs.tracking import (
    UNTOUCHED,
    Change,
    Tracked,
    change_status,
    forget_jobs,
    history,
    is_tracked,
    status_counts,
    tracked,
)
from iam_job_scout.monitoring.testing import value
from iam_job_scout.settings import Settings

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def change(database: Database, job_id: int, *, user_id: int = LOCAL_USER_ID, at: datetime = NOW, **to: Any) -> Any:
    return change_status(database, job_id, Change(**to), user_id=user_id, now=at)


def events(database: Database, job_id: int, user_id: int = LOCAL_USER_ID) -> list[tuple[str, str]]:
    with database.reading() as session:
        return [(event.status, event.note) for event in history(session, user_id, job_id)]


def state(database: Database, job_id: int, user_id: int = LOCAL_USER_ID) -> Tracked:
    with database.reading() as session:
        return tracked(session, user_id, job_id)


def updates(status: str) -> float:
    return value("iam_job_status_updates_total", status=status) or 0.0


def test_each_change_is_kept_newest_first_and_counted(database: Database, add_job: Any) -> None:
    job_id, before = add_job(), updates("applied")
    change(database, job_id, status=JobStatus.SAVED, note="nice")
    change(database, job_id, status=JobStatus.APPLIED, note="sent")
    assert events(database, job_id) == [("applied", "sent"), ("saved", "nice")]
    assert updates("applied") == before + 1


def test_saying_it_again_records_and_counts_nothing(database: Database, add_job: Any) -> None:
    job_id = add_job()
    change(database, job_id, status=JobStatus.SAVED)
    before = updates("saved")
    said_again = change(database, job_id, status=JobStatus.SAVED, at=NOW + timedelta(minutes=1))
    assert said_again.status_at == NOW
    assert len(events(database, job_id)) == 1
    assert updates("saved") == before


def test_to_leave_a_new_job_new_leaves_no_trace(database: Database, add_job: Any) -> None:
    job_id = add_job()
    assert change(database, job_id, status=JobStatus.NEW, note="") == UNTOUCHED
    with database.reading() as session:
        assert not session.scalar(select(exists(select(Tracking))))


def test_what_is_not_named_stays(database: Database, add_job: Any) -> None:
    job_id, monday = add_job(), date(2026, 11, 9)
    change(database, job_id, status=JobStatus.SAVED, note="kept", follow_up_on=monday)
    change(database, job_id, status=JobStatus.APPLIED)
    now = state(database, job_id)
    assert (now.status, now.note, now.follow_up_on) == ("applied", "kept", monday)
    assert change(database, job_id, follow_up_on=None).follow_up_on is None


def test_another_note_and_another_date_are_changes(database: Database, add_job: Any) -> None:
    job_id = add_job(status="saved", note="old")
    change(database, job_id, note="new")
    change(database, job_id, follow_up_on=date(2026, 12, 1))
    assert events(database, job_id) == [("saved", "new"), ("saved", "new")]


def test_people_do_not_see_or_change_each_others_state(database: Database, add_job: Any, other_user: int) -> None:
    job_id = add_job()
    change(database, job_id, status=JobStatus.APPLIED)
    change(database, job_id, status=JobStatus.HIDDEN, user_id=other_user)
    assert state(database, job_id).status == "applied"
    assert state(database, job_id, other_user).status == "hidden"
    assert events(database, job_id) == [("applied", "")]


def test_nobody_is_nowhere(database: Database, add_job: Any) -> None:
    job_id = add_job(status="saved")
    with database.reading() as session:
        assert tracked(session, None, job_id) == UNTOUCHED


def test_a_job_that_does_not_exist_is_none(database: Database) -> None:
    assert change(database, 7, status=JobStatus.SAVED) is None


def test_a_job_that_somebody_touched_cannot_be_deleted(database: Database, add_job: Any) -> None:
    touched, untouched = add_job(), add_job()
    change(database, touched, status=JobStatus.SAVED)
    change(database, touched, status=JobStatus.NEW)
    with database.reading() as session:
        assert session.scalars(select(Job.id).where(~is_tracked())).all() == [untouched]
    with pytest.raises(IntegrityError), database.writing() as session:
        session.delete(session.get_one(Job, touched))


def test_samples_may_be_forgotten(database: Database, add_job: Any) -> None:
    job_id = add_job()
    change(database, job_id, status=JobStatus.SAVED)
    with database.writing() as session:
        forget_jobs(session, [job_id])
        session.delete(session.get_one(Job, job_id))
    assert events(database, job_id) == []


def test_counts_are_those_of_one_person(database: Database, add_job: Any, other_user: int) -> None:
    job_id = add_job(status="saved")
    add_job(status="applied")
    add_job()
    change(database, job_id, status=JobStatus.HIDDEN, user_id=other_user)
    with database.reading() as session:
        assert status_counts(session, LOCAL_USER_ID) == {"saved": 1, "applied": 1}


def all_at_once(database: Database, job_id: int) -> None:
    """Eight changes of one person's job, at the same moment."""
    wanted = [JobStatus.SAVED, JobStatus.APPLIED] * 4
    start = threading.Barrier(len(wanted))

    def go(number: int, status: JobStatus) -> None:
        start.wait()
        change(database, job_id, status=status, note=str(number))

    threads = [threading.Thread(target=go, args=pair) for pair in enumerate(wanted)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_changes_at_the_same_moment_all_leave_their_event(database: Database, add_job: Any) -> None:
    job_id = add_job()
    all_at_once(database, job_id)
    kept = events(database, job_id)
    assert {note for _, note in kept} == set("01234567")
    now = state(database, job_id)
    assert kept[0] == (now.status, now.note)


def test_postgresql_keeps_every_event_too(settings: Settings, postgresql_url: str) -> None:
    database = open_database(settings.model_copy(update={"database_url": SecretStr(postgresql_url)}))
    upgrade(database)
    with database.writing() as session:
        values = dict.fromkeys(("title", "company", "location", "url", "description", "mode", "tier", "seniority"), "")
        lists: dict[str, Any] = {"sub": [], "skills": [], "evidence": []}
        session.add(Job(id=1, **values, **lists, score=1, search_text="", first_seen=NOW, last_seen=NOW))
    all_at_once(database, 1)
    assert {note for _, note in events(database, 1)} == set("01234567")
    database.close()
