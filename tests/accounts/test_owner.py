"""The owner's one-time link and signing in."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from iam_job_scout.accounts.owner import (
    LINK_LIFETIME,
    check_sign_in,
    link_works,
    make_owner,
    new_owner_link,
    owner_exists,
    problem_with,
)
from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.db.models import OneTimeLink, User
from iam_job_scout.settings import Settings

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = open_database(settings)
    upgrade(database)
    yield database
    database.close()


def link(database: Database) -> str:
    with database.writing() as session:
        secret = new_owner_link(session, NOW)
    assert secret is not None
    return secret


def own(database: Database, secret: str, email: str = "Dana@Example.com", now: datetime = NOW) -> bool:
    with database.writing() as session:
        return make_owner(session, secret=secret, email=email, password=PASSWORD, now=now) is not None


def test_a_link_makes_one_owner(database: Database) -> None:
    secret = link(database)
    assert own(database, secret)
    assert not own(database, secret, "eve@example.com")
    with database.reading() as session:
        assert session.scalars(select(User.email).where(User.role == "owner")).all() == ["dana@example.com"]


def test_only_a_hash_of_the_link_is_stored(database: Database) -> None:
    secret = link(database)
    with database.reading() as session:
        assert secret not in (session.scalar(select(OneTimeLink.token_hash)) or "")


def test_a_newer_link_ends_the_older_one(database: Database) -> None:
    old, new = link(database), link(database)
    with database.reading() as session:
        assert [link_works(session, old, NOW), link_works(session, new, NOW)] == [False, True]


def test_a_link_ends_after_its_lifetime(database: Database) -> None:
    secret = link(database)
    with database.reading() as session:
        assert link_works(session, secret, NOW + LINK_LIFETIME - timedelta(seconds=1))
        assert not link_works(session, secret, NOW + LINK_LIFETIME)
    assert not own(database, secret, now=NOW + LINK_LIFETIME)


def test_two_who_use_the_link_at_once_make_one_owner(database: Database) -> None:
    secret, results = link(database), []
    threads = [
        threading.Thread(target=lambda email=f"user{number}@example.com": results.append(own(database, secret, email)))
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, False, False, True]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(User).where(User.role == "owner")) == 1


def test_there_is_no_link_once_there_is_an_owner(database: Database) -> None:
    own(database, link(database))
    with database.writing() as session:
        assert owner_exists(session)
        assert new_owner_link(session, NOW) is None


def test_sign_in_takes_the_right_password_of_the_right_person(database: Database) -> None:
    own(database, link(database))
    with database.reading() as session:
        assert check_sign_in(session, " DANA@example.com", PASSWORD) is not None
        assert check_sign_in(session, "dana@example.com", PASSWORD + " ") is None
        assert check_sign_in(session, "eve@example.com", PASSWORD) is None


@pytest.mark.parametrize(
    "email", ["", "@", "a@", "@b", "dana", "a b@c.de", "a@b\n.c", "a@b\u202e.c", "x" * 320 + "@b.c"]
)
def test_what_is_no_address_is_refused(email: str) -> None:
    assert problem_with(email, PASSWORD) == "Enter an e-mail address."


@pytest.mark.parametrize("email", ["dana@example.com", " dana@example.com ", "jörg@bücher.example", "a@b"])
def test_what_may_be_an_address_is_taken(email: str) -> None:
    assert problem_with(email, PASSWORD) is None


@pytest.mark.parametrize(("length", "taken"), [(11, False), (12, True), (200, True), (201, False)])
def test_passwords_have_a_least_and_a_greatest_length(length: int, taken: bool) -> None:
    assert (problem_with("a@b.c", "é" * length) is None) is taken
