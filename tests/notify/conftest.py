"""A database with a person in it."""

from datetime import UTC, datetime

import pytest

from iam_job_scout.db import Database
from iam_job_scout.db.models import User

#: A Tuesday.
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def ann(database: Database) -> int:
    """A person's id."""
    return add_person(database, "ann@example.org")


@pytest.fixture
def bob(database: Database) -> int:
    """Another person's id."""
    return add_person(database, "bob@example.org")


def add_person(database: Database, email: str) -> int:
    """Stores a person and returns their id."""
    with database.writing() as session:
        user = User(email=email, password_hash="-", role="member", created_at=NOW)
        session.add(user)
        session.flush()
        return user.id
