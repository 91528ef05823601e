"""The database: one model for SQLite and PostgreSQL, opened once and handed around."""

from iam_job_scout.db.engine import Database, open_database

__all__ = ["Database", "open_database"]
