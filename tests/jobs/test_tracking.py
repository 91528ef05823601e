"""Setting a job's status."""

from datetime import UTC, datetime, timedelta
from typing import Any

from iam_job_scout.db import Database
from iam_job_scout.db.models import JobStatus
from iam_job_scout.jobs.search import get_job
from iam_job_scout.jobs.tracking import set_status

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def set_to(database: Database, job_id: int, status: JobStatus, note: str | None, now: datetime = NOW) -> bool:
    """Sets the status; returns whether the job says that something changed."""
    with database.writing() as session:
        job = set_status(session, job_id, status=status, note=note, user_id=None, now=now)
        return job is not None and job.status_at == now


def history(database: Database, job_id: int) -> list[tuple[str, str]]:
    with database.reading() as session:
        detail = get_job(session, job_id)
        assert detail is not None
        return [(event.status, event.note) for event in detail.events]


def test_each_change_is_kept_newest_first(database: Database, add_job: Any) -> None:
    job_id = add_job()
    set_to(database, job_id, JobStatus.SAVED, "nice")
    set_to(database, job_id, JobStatus.APPLIED, "sent")
    assert history(database, job_id) == [("applied", "sent"), ("saved", "nice")]


def test_saying_it_again_records_nothing(database: Database, add_job: Any) -> None:
    job_id = add_job()
    assert set_to(database, job_id, JobStatus.SAVED, "nice")
    assert not set_to(database, job_id, JobStatus.SAVED, "nice", NOW + timedelta(minutes=1))
    assert len(history(database, job_id)) == 1


def test_another_note_is_a_change(database: Database, add_job: Any) -> None:
    job_id = add_job(status="saved", note="old")
    assert set_to(database, job_id, JobStatus.SAVED, "new")


def test_without_a_note_the_note_stays(database: Database, add_job: Any) -> None:
    job_id = add_job(note="kept")
    set_to(database, job_id, JobStatus.SAVED, None)
    assert history(database, job_id) == [("saved", "kept")]
    assert not set_to(database, job_id, JobStatus.SAVED, None, NOW + timedelta(minutes=1))


def test_a_job_that_does_not_exist_is_none(database: Database) -> None:
    with database.writing() as session:
        assert set_status(session, 7, status=JobStatus.SAVED, note=None, user_id=None, now=NOW) is None
