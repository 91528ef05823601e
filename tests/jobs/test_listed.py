"""Reading the jobs of a list: the same outlines from either database, and from a whole job."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import InvalidRequestError

from iam_job_scout.db import Database
from iam_job_scout.jobs.listed import outline, read_jobs, read_outlines
from indexed import indexed_job

NOW = datetime(2026, 11, 1, 12, 30, 15, 250_000, tzinfo=UTC)


def add(database: Database, **values: Any) -> int:
    hostile = {"title": "Ärger\u202e <b>", "skills": ["Okta", 'a "b"', "Ö \U0001f600"], "description": "Ω" * 9}
    several = {"location": "Austin, TX; Berlin", "sub": ["IGA"], "pay_min": 150_000, "pay_currency": "USD"}
    with database.writing() as session:
        job = indexed_job(**{**hostile, **several, "first_seen": NOW, **values})
        session.add(job)
        session.flush()
        return job.id


def test_outlines_say_the_same_as_whole_jobs(either: Database) -> None:
    ids = [add(either), add(either, posted_at=NOW - timedelta(days=3), closed_at=NOW, sample=True, skills=[])]
    with either.reading() as session:
        found = read_outlines(session, ids, texts=True)
        assert found == [outline(job) for job in read_jobs(session, ids)]
        assert [job.posted for job in found] == [NOW, NOW - timedelta(days=3)]
        assert hash(found[0]) != hash(found[1])


def test_jobs_come_in_the_order_asked_for_without_those_that_are_gone(database: Database) -> None:
    first, second = add(database), add(database)
    with database.reading() as session:
        for read in (read_jobs, read_outlines):
            assert [job.id for job in read(session, [second, 99, first])] == [second, first]
            assert read(session, []) == []


def test_lists_read_no_more_than_they_show(database: Database) -> None:
    ids = [add(database)]
    with database.reading() as session:
        assert read_outlines(session, ids)[0].description == ""
        with pytest.raises(InvalidRequestError):
            _ = read_jobs(session, ids)[0].evidence
