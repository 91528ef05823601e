"""A database with a person in it."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from iam_job_scout.db import Database, open_database
from iam_job_scout.db.models import User
from iam_job_scout.settings import Settings
from website import migrated

__all__ = ["NOW", "ann", "bob", "database", "migrated"]

#: A Tuesday.
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def database(settings: Settings, migrated: Path) -> Iterator[Database]:
    """A database of the test's own."""
    shutil.copy(migrated, settings.data_dir / "scout.sqlite")
    opened = open_database(settings)
    yield opened
    opened.close()


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
