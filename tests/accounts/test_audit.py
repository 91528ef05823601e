"""The audit log: what is written, and that nothing is rewritten."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from iam_job_scout.accounts.audit import TERMINAL, Action, Client, Result, read_log, record
from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.settings import Settings

NOW = datetime.now(UTC)


@pytest.fixture
def on_postgresql(settings: Settings, postgresql_url: str) -> Iterator[Database]:
    from pydantic import SecretStr

    database = open_database(settings.model_copy(update={"database_url": SecretStr(postgresql_url)}))
    upgrade(database)
    yield database
    database.close()


def write(database: Database, action: Action = Action.SIGN_IN, *, now: datetime = NOW, actor: str = "a@b.c") -> None:
    with database.writing() as session:
        record(session, action, client=TERMINAL, actor=actor, now=now)


def change(database: Database, statement: str) -> None:
    with database.writing() as session:
        session.execute(text(statement))


def assert_that_rows_stay(database: Database) -> None:
    write(database)
    for statement in ("UPDATE audit_event SET actor = 'x'", "DELETE FROM audit_event"):
        with pytest.raises(DBAPIError, match="audit log is"):
            change(database, statement)
    with database.reading() as session:
        assert [event.actor for event in read_log(session)] == ["a@b.c"]


def assert_that_rows_go_after_a_year(database: Database) -> None:
    write(database, now=NOW - timedelta(days=366))
    with pytest.raises(DBAPIError):
        change(database, "UPDATE audit_event SET actor = 'x'")
    change(database, "DELETE FROM audit_event")
    with database.reading() as session:
        assert read_log(session) == []


def test_rows_are_neither_changed_nor_removed(database: Database) -> None:
    assert_that_rows_stay(database)


def test_rows_may_be_removed_after_a_year(database: Database) -> None:
    assert_that_rows_go_after_a_year(database)


def test_postgresql_keeps_rows_too(on_postgresql: Database) -> None:
    assert_that_rows_stay(on_postgresql)


def test_postgresql_lets_rows_go_after_a_year_too(on_postgresql: Database) -> None:
    assert_that_rows_go_after_a_year(on_postgresql)


def test_nobody_forges_a_second_line(database: Database) -> None:
    client = Client(address="203.0.113.9" + "9" * 99, agent="x\r\nsign-in done", request_id="r" * 99)
    with database.writing() as session:
        target = "a\nb\x1b[2J\ud800"
        record(session, Action.ACCESS, client=client, target=target, detail="d" * 9_000, result=Result.REFUSED)
    with database.reading() as session:
        (event,) = read_log(session)
    assert "\n" not in event.target + event.agent
    assert "\x1b" not in event.target
    assert (len(event.detail), len(event.address), len(event.request_id)) == (1_000, 45, 40)


def test_what_is_undone_leaves_no_record(database: Database) -> None:
    with pytest.raises(RuntimeError), database.writing() as session:
        record(session, Action.ROLE_CHANGED, client=TERMINAL)
        raise RuntimeError
    with database.reading() as session:
        assert read_log(session) == []


def test_the_log_is_read_from_the_newest_by_person_and_kind(database: Database) -> None:
    for number in range(3):
        write(database, actor=f"user{number}@example.com")
    write(database, Action.SIGN_OUT, actor="user0@example.com")
    with database.reading() as session:
        events = read_log(session)
        assert [event.actor[4] for event in events] == ["0", "2", "1", "0"]
        assert len(read_log(session, actor=" USER0@example.com")) == 2
        assert len(read_log(session, action="sign-in")) == 3
        assert [event.actor[4] for event in read_log(session, before=events[1].id, limit=1)] == ["1"]
