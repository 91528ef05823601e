"""Opening the database, its transactions, and what a wrong URL says."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.db.models import Scan
from iam_job_scout.errors import DatabaseUnavailable
from iam_job_scout.settings import Settings


def opened_with(url: str, data_dir: Path) -> None:
    open_database(Settings(data_dir=data_dir, database_url=url, _env_file=None))  # type: ignore[call-arg, arg-type]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "must look like"),
        ("mysql://u:p@h/db", "mysql"),
        ("sqlite:////proc/nowhere/x.sqlite", "cannot open the database"),
        ("postgresql://u:secret@127.0.0.1:1/db", "cannot open the database"),
    ],
)
def test_a_wrong_database_url_is_one_line_without_the_password(url: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        opened_with(url, tmp_path)
    message = str(caught.value)
    assert says in message
    assert "secret" not in message
    assert "\n" not in message


def test_sqlite_is_in_wal_mode(settings: Settings) -> None:
    database = open_database(settings)
    with database.reading() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    database.close()


def test_a_stored_moment_comes_back_as_utc(settings: Settings) -> None:
    database = open_database(settings)
    upgrade(database)
    moment = datetime(2026, 11, 1, 12, tzinfo=UTC)
    with database.writing() as session:
        session.add(Scan(id="a", trigger="test", started_at=moment))
    with database.reading() as session:
        assert session.get_one(Scan, "a").started_at == moment
    database.close()


def test_writers_that_first_read_wait_for_each_other(settings: Settings) -> None:
    database = open_database(settings)
    upgrade(database)

    def add_one_after_counting() -> None:
        with database.writing() as session:
            count = session.execute(text("SELECT count(*) FROM scan")).scalar_one()
            session.add(Scan(id=str(count), trigger="test", started_at=datetime.now(UTC)))

    threads = [threading.Thread(target=add_one_after_counting) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM scan")).scalar_one() == 8
    database.close()


def test_an_error_does_not_tell_what_the_statement_was_given(settings: Settings) -> None:
    database = open_database(settings)
    with pytest.raises(OperationalError) as caught, database.reading() as session:
        session.execute(text("SELECT * FROM nowhere WHERE email = :email"), {"email": "dana@example.com"})
    database.close()
    assert "dana@example.com" not in str(caught.value)


def test_what_a_reading_session_changes_is_not_stored(either: Database) -> None:
    moment = datetime(2026, 11, 1, 12, tzinfo=UTC)
    with either.writing() as session:
        session.add(Scan(id="a", trigger="test", started_at=moment))
    with either.reading() as session:
        session.get_one(Scan, "a").trigger = "changed"
        session.add(Scan(id="b", trigger="test", started_at=moment))
        assert session.scalars(select(Scan.id)).all() == ["a"]
    with either.reading() as session:
        assert [(scan.id, scan.trigger) for scan in session.scalars(select(Scan))] == [("a", "test")]


def test_connections_that_broke_while_they_rested_are_replaced(
    postgresql_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iam_job_scout.db.engine._RESTED", 0.0)
    database = open_database(settings.model_copy(update={"database_url": SecretStr(postgresql_url)}))
    with database.reading() as first, database.writing() as second:
        pids = [session.execute(text("SELECT pg_backend_pid()")).scalar_one() for session in (first, second)]
    with psycopg.connect(postgresql_url) as other:
        for pid in pids:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    for kind in (database.reading, database.writing):
        with kind() as session:
            assert session.execute(text("SELECT 1")).scalar_one() == 1
    database.close()
