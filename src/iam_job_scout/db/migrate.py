"""Bringing the tables to the version of the code, and telling whether they are."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from iam_job_scout.db.engine import Database
from iam_job_scout.errors import DatabaseUnavailable

MIGRATIONS = Path(__file__).parent / "migrations"
#: Key of the PostgreSQL advisory lock that lets one process migrate at a time; any constant serves.
_LOCK = 4_217_001


def upgrade(database: Database) -> None:
    """Runs all missing migrations; safe when several processes do it at once. Raises DatabaseUnavailable."""
    config = _config()
    try:
        with database.writer.begin() as connection:
            if database.dialect == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except SQLAlchemyError as error:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())[:200]
        raise DatabaseUnavailable(f"cannot bring the tables up to date: {reason}") from error


def is_current(database: Database) -> bool:
    """Whether the tables are at the version of the code. Raises SQLAlchemyError where the database is away."""
    with database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current == ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
