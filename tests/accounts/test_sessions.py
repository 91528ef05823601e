"""Sessions on the server, with a clock of the tests' own."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from iam_job_scout.accounts.sessions import (
    ABSOLUTE,
    ACTIVE,
    IDLE,
    SEEN_EVERY,
    count_active_sessions,
    end_session,
    find_session,
    remove_ended_sessions,
    start_session,
    touch_session,
)
from iam_job_scout.db import Database
from iam_job_scout.db.models import User, UserSession

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def dana(database: Database) -> None:
    with database.writing() as session:
        session.add(User(id=1, email="dana@example.com", password_hash="-", role="owner", created_at=NOW))


def start(database: Database, now: datetime = NOW) -> str:
    with database.writing() as session:
        return start_session(session, session.get_one(User, 1), now)


def is_live(database: Database, secret: str, now: datetime) -> bool:
    with database.reading() as session:
        return find_session(session, secret, now) is not None


def test_a_session_knows_its_person(database: Database) -> None:
    secret = start(database)
    with database.reading() as session:
        found = find_session(session, secret, NOW)
        assert found is not None
        assert (found.user_id, found.email, found.seen_at) == (1, "dana@example.com", NOW)
        assert len(found.csrf) > 40
        assert secret not in session.scalars(select(UserSession.id_hash)).all()


def test_every_session_has_secrets_of_its_own(database: Database) -> None:
    first, second = start(database), start(database)
    assert first != second
    with database.reading() as session:
        assert session.scalar(select(func.count(UserSession.csrf.distinct()))) == 2


def test_a_session_ends_when_nobody_uses_it(database: Database) -> None:
    secret = start(database)
    assert is_live(database, secret, NOW + IDLE - SECOND)
    assert not is_live(database, secret, NOW + IDLE)


def test_use_keeps_a_session_alive_but_not_for_ever(database: Database) -> None:
    secret, now = start(database), NOW
    while now < NOW + ABSOLUTE - timedelta(days=1):
        now += timedelta(days=1)
        with database.writing() as session:
            touch_session(session, secret, now)
    assert is_live(database, secret, NOW + ABSOLUTE - SECOND)
    assert not is_live(database, secret, NOW + ABSOLUTE)


def test_use_is_noted_at_most_once_a_minute(database: Database) -> None:
    secret = start(database)
    for later, noted in ((SEEN_EVERY - SECOND, NOW), (SEEN_EVERY, NOW + SEEN_EVERY)):
        with database.writing() as session:
            touch_session(session, secret, NOW + later)
        with database.reading() as session:
            assert session.scalar(select(UserSession.seen_at)) == noted


def test_a_session_that_ended_is_not_woken_by_use(database: Database) -> None:
    secret = start(database)
    with database.writing() as session:
        touch_session(session, secret, NOW + IDLE)
    assert not is_live(database, secret, NOW + IDLE)


def test_ending_a_session_ends_only_that_one(database: Database) -> None:
    first, second = start(database), start(database)
    with database.writing() as session:
        end_session(session, first)
        end_session(session, "unknown")
    assert [is_live(database, first, NOW), is_live(database, second, NOW)] == [False, True]


def test_active_are_those_used_lately(database: Database) -> None:
    start(database, NOW)
    start(database, NOW - ACTIVE - SECOND)
    with database.reading() as session:
        assert count_active_sessions(session, NOW) == 1


def test_what_ended_is_removed(database: Database) -> None:
    live = start(database, NOW - timedelta(days=1))
    start(database, NOW - IDLE)
    with database.writing() as session:
        remove_ended_sessions(session, NOW)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(UserSession)) == 1
    assert is_live(database, live, NOW)


@pytest.mark.parametrize("secret", ["", "x", "\x00", "ü", "\ud800"])
def test_a_made_up_secret_is_nobody(database: Database, secret: str) -> None:
    assert not is_live(database, secret, NOW)
