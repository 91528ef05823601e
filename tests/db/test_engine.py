"""Opening the database, its transactions, and what a wrong URL says."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from iam_job_scout.db import open_database
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
