"""The samples go in through the pipeline, are marked, and leave without a trace."""

from datetime import UTC, datetime

from sqlalchemy import func, select

from iam_job_scout.db import Database
from iam_job_scout.db.models import LOCAL_USER_ID, Board, Job, JobStatus, Posting
from iam_job_scout.jobs.tracking import Change, change_status
from iam_job_scout.scan.samples import load_samples, remove_samples


def count(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_samples_are_marked_and_varied(database: Database) -> None:
    assert load_samples(database) >= 40
    with database.reading() as session:
        assert set(session.scalars(select(Job.sample))) == {True}
        assert len(set(session.scalars(select(Job.seniority)))) >= 4
        assert {"remote", "hybrid", "onsite"} <= set(session.scalars(select(Job.mode)))
        assert {"accepted", "rejected", "duplicate"} == set(session.scalars(select(Posting.decision)))


def test_loading_twice_doubles_nothing(database: Database) -> None:
    first = load_samples(database)
    assert load_samples(database) == first
    assert count(database, Job) == first


def test_removing_takes_all_of_them_and_only_them(database: Database) -> None:
    loaded = load_samples(database)
    with database.writing() as session:
        job_id = session.scalar(select(Job.id).limit(1))
        assert job_id is not None
    change_status(database, job_id, Change(status=JobStatus.SAVED), user_id=LOCAL_USER_ID, now=datetime.now(UTC))
    assert remove_samples(database) == loaded
    assert (count(database, Job), count(database, Posting), count(database, Board)) == (0, 0, 0)
    assert remove_samples(database) == 0
