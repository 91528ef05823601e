"""The migrations make exactly the tables that the models describe."""

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from iam_job_scout.db import open_database
from iam_job_scout.db.fulltext import TABLES
from iam_job_scout.db.migrate import is_current, upgrade
from iam_job_scout.db.models import Base
from iam_job_scout.errors import DatabaseUnavailable
from iam_job_scout.settings import Settings


def test_a_fresh_database_is_not_current_until_it_is_upgraded(settings: Settings) -> None:
    database = open_database(settings)
    assert not is_current(database)
    upgrade(database)
    assert is_current(database)
    database.close()


def test_tables_of_a_newer_version_are_left_alone(settings: Settings) -> None:
    database = open_database(settings)
    upgrade(database)
    with database.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnavailable, match="newer version"):
        upgrade(database)
    database.close()


def test_migrations_leave_no_difference_to_the_models(settings: Settings) -> None:
    database = open_database(settings)
    upgrade(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": of_the_models})
        assert compare_metadata(context, Base.metadata) == []
    database.close()


def of_the_models(name: str | None, kind: str, _: object) -> bool:
    return kind != "table" or not (name or "").startswith(TABLES)


def test_two_processes_may_upgrade_at_once(settings: Settings) -> None:
    databases = [open_database(settings) for _ in range(4)]
    threads = [threading.Thread(target=upgrade, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(is_current(database) for database in databases)
    for database in databases:
        database.close()
