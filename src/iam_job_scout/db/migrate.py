"""Bringing the tables to the version of the code, and telling whether they are."""

from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from iam_job_scout.db.engine import Database
from iam_job_scout.errors import DatabaseUnavailable

MIGRATIONS = Path(__file__).parent / "migrations"
#: Key of the PostgreSQL advisory lock that lets one process migrate at a time; any constant serves.
_LOCK = 4_217_001


def upgrade(database: Database) -> None:
    """Runs all missing migrations; safe when several processes do it at once. Raises DatabaseUnavailable."""
    try:
        found = _version(database)
        if found == newest():
            return
        if found > newest():
            raise DatabaseUnavailable(f"the tables are those of a newer version ({found}; this one has {newest()})")
        # Loaded only where there is something to do: Alembic takes longer to load than most commands to run.
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
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
    return _version(database) == newest()


def newest() -> str:
    """The version of the code's tables: the number that the newest migration's file begins with."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _version(database: Database) -> str:
    """The version of the tables; "" where there are none."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""
