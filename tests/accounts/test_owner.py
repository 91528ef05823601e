"""The owner's one-time link."""

import threading
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from iam_job_scout.accounts.owner import (
    LINK_LIFETIME,
    link_works,
    make_owner,
    new_owner_link,
    owner_exists,
)
from iam_job_scout.accounts.roles import ROLES
from iam_job_scout.db import Database
from iam_job_scout.db.models import OneTimeSecret, User

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def link(database: Database) -> str:
    with database.writing() as session:
        secret = new_owner_link(session, NOW)
    assert secret is not None
    return secret


def own(database: Database, secret: str, email: str = "Dana@Example.com", now: datetime = NOW) -> bool:
    with database.writing() as session:
        return make_owner(session, secret=secret, email=email, password_hash="-", now=now) is not None


def test_a_link_makes_one_owner(database: Database) -> None:
    secret = link(database)
    assert own(database, secret)
    assert not own(database, secret, "eve@example.com")
    with database.reading() as session:
        assert session.scalars(select(User.email).where(User.role.in_(ROLES))).all() == ["dana@example.com"]


def test_only_a_hash_of_the_link_is_stored(database: Database) -> None:
    secret = link(database)
    with database.reading() as session:
        assert secret not in (session.scalar(select(OneTimeSecret.secret_hash)) or "")


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
        assert session.scalar(select(func.count(User.id)).where(User.role.in_(ROLES))) == 1


def test_there_is_no_link_once_there_is_an_owner(database: Database) -> None:
    own(database, link(database))
    with database.writing() as session:
        assert owner_exists(session)
        assert new_owner_link(session, NOW) is None


def test_a_link_makes_an_account_the_owner_that_exists_already(database: Database) -> None:
    secret = link(database)
    with database.writing() as session:
        session.add(User(email="dana@example.com", password_hash="", role="member", created_at=NOW))
    assert own(database, secret)
    with database.reading() as session:
        assert session.scalars(select(User.role).where(User.email == "dana@example.com")).all() == ["owner"]
