"""A database with all tables for each test."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from iam_job_scout.db import Database, open_database
from iam_job_scout.settings import Settings
from website import migrated

__all__ = ["migrated"]

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def database(settings: Settings, migrated: object) -> Iterator[Database]:
    shutil.copy(str(migrated), settings.data_dir / "scout.sqlite")
    database = open_database(settings)
    yield database
    database.close()
