"""A migrated database and jobs to fill it with."""

from collections.abc import Callable
from typing import Any

import pytest

from iam_job_scout.db import Database
from iam_job_scout.db.models import LOCAL_USER_ID, Tracking, User
from indexed import SEEN, indexed_job

AddJob = Callable[..., int]


@pytest.fixture
def add_job(database: Database) -> AddJob:
    """Stores a job with these values and returns its id; its status and note are those of the local person."""

    def add(**values: Any) -> int:
        tracking = {name: values.pop(name) for name in ("status", "note", "follow_up_on") if name in values}
        job = indexed_job(**values)
        with database.writing() as session:
            session.add(job)
            session.flush()
            if tracking:
                state = {"status": "new", "status_at": SEEN, **tracking}
                session.add(Tracking(**state, user_id=LOCAL_USER_ID, job_id=job.id))
            return job.id

    return add


@pytest.fixture
def other_user(database: Database) -> int:
    """A second person beside the local one."""
    with database.writing() as session:
        user = User(email="sam@example.com", password_hash="-", role="member", created_at=SEEN)
        session.add(user)
        session.flush()
        return user.id
