"""API tokens: what they look like, what they may, when they end."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from iam_job_scout.accounts.people import add_person, set_role
from iam_job_scout.accounts.roles import Role, Scope
from iam_job_scout.accounts.tokens import (
    MAX_TOKENS,
    find_token,
    is_well_formed,
    list_tokens,
    make_token,
    new_token,
    revoke_token,
    touch_token,
)
from iam_job_scout.db import Database
from iam_job_scout.db.models import ApiToken
from iam_job_scout.errors import AccountError

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def make(database: Database, role: Role = Role.OWNER, scope: Scope = Scope.READ, days: int = 30) -> tuple[int, str]:
    with database.writing() as session:
        email = f"{role}@example.com"
        user = add_person(session, email, role, password_hash="", now=NOW)
        token, secret = make_token(session, user, name="ci", scopes=[scope], days=days, now=NOW)
        return token.id, secret


def scopes_at(database: Database, secret: str, now: datetime = NOW) -> set[str] | None:
    with database.reading() as session:
        found = find_token(session, secret, now)
        return {str(scope) for scope in found.scopes} if found else None


def test_secret_scanners_know_a_token_by_its_form() -> None:
    for _ in range(50):
        token = new_token()
        assert re.fullmatch(r"scout_pat_[0-9A-Za-z]{46}", token)
        assert is_well_formed(token)


def test_a_token_with_another_letter_is_refused_without_asking_the_database() -> None:
    token = new_token()
    for place in range(10, len(token)):
        other = "a" if token[place] != "a" else "b"
        assert not is_well_formed(token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("token", ["", "scout_pat_", "x" * 56, "scout_pat_" + "é" * 46, "scout_pat_" + "0" * 10_000])
def test_what_is_no_token_is_well_refused(token: str, database: Database) -> None:
    assert not is_well_formed(token)
    assert scopes_at(database, token) is None


def test_only_a_hash_is_stored(database: Database) -> None:
    _, secret = make(database)
    with database.reading() as session:
        row = session.scalars(select(ApiToken)).one()
        assert secret not in (row.token_hash, row.hint)
        assert secret.startswith(row.hint) and len(row.hint) == 14


def test_a_scope_brings_reading_along(database: Database) -> None:
    assert scopes_at(database, make(database, scope=Scope.WRITE)[1]) == {"read", "write"}


def test_a_token_ends_when_it_said(database: Database) -> None:
    _, secret = make(database, days=7)
    assert scopes_at(database, secret, NOW + timedelta(days=7, seconds=-1)) == {"read"}
    assert scopes_at(database, secret, NOW + timedelta(days=7)) is None


def test_a_token_loses_what_its_person_loses(database: Database) -> None:
    make(database)
    with database.writing() as session:
        user = add_person(session, "dana@example.com", Role.OWNER, password_hash="", now=NOW)
        _, secret = make_token(session, user, name="all", scopes=list(Scope), days=1, now=NOW)
        set_role(session, user.id, Role.READ_ONLY)
    assert scopes_at(database, secret) == {"read"}


def test_a_revoked_token_is_nobody(database: Database) -> None:
    token_id, secret = make(database)
    with database.writing() as session:
        assert revoke_token(session, token_id, user_id=99) is None
        assert revoke_token(session, token_id) == "ci"
    assert scopes_at(database, secret) is None


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"scopes": []}, "read, write"),
        ({"scopes": [Scope.ADMIN]}, "member account"),
        ({"days": 0}, "365 days"),
        ({"days": 366}, "365 days"),
    ],
)
def test_what_cannot_be_made_is_said(database: Database, values: dict[str, object], says: str) -> None:
    given = {"name": "ci", "scopes": [Scope.READ], "days": 1, **values}
    with database.writing() as session:
        user = add_person(session, "m@example.com", Role.MEMBER, password_hash="", now=NOW)
        with pytest.raises(AccountError, match=says):
            make_token(session, user, now=NOW, **given)  # type: ignore[arg-type]


def test_one_account_has_a_bounded_number_of_tokens(database: Database) -> None:
    with database.writing() as session:
        user = add_person(session, "m@example.com", Role.MEMBER, password_hash="", now=NOW)
        for _ in range(MAX_TOKENS):
            make_token(session, user, name="x", scopes=[Scope.READ], days=1, now=NOW)
        with pytest.raises(AccountError, match="Revoke one"):
            make_token(session, user, name="x", scopes=[Scope.READ], days=1, now=NOW)


def test_the_last_use_is_noted_once_a_minute(database: Database) -> None:
    token_id, _ = make(database)
    for seconds, noted in ((0, 0), (30, 0), (60, 60)):
        with database.writing() as session:
            touch_token(session, token_id, address="203.0.113.9", now=NOW + timedelta(seconds=seconds))
        with database.reading() as session:
            assert list_tokens(session)[0].used_at == NOW + timedelta(seconds=noted)
