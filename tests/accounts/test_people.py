"""Invitations, roles, password links, and the owner who always stays."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from iam_job_scout.accounts.once import Purpose, claim, issue, peek, remove_expired
from iam_job_scout.accounts.people import (
    add_person,
    email_problem,
    find_person,
    invite,
    invited,
    join,
    list_invitations,
    list_people,
    new_password_link,
    person_of_link,
    remove_person,
    revoke_invitation,
    set_role,
    use_password_link,
)
from iam_job_scout.accounts.roles import Role, Scope, scopes_of
from iam_job_scout.accounts.sessions import find_session, start_session
from iam_job_scout.db import Database
from iam_job_scout.db.models import OneTimeSecret
from iam_job_scout.errors import AccountError

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
EVE = "eve@example.com"


def person(database: Database, email: str, role: Role) -> int:
    with database.writing() as session:
        return add_person(session, email, role, password_hash="$old", now=NOW).id


def invitation(database: Database, email: str = EVE, role: Role = Role.MEMBER, days: int = 7) -> str:
    with database.writing() as session:
        return invite(session, email=email, role=role, by="dana@example.com", days=days, now=NOW)


def accept(database: Database, secret: str, now: datetime = NOW) -> str | None:
    with database.writing() as session:
        user = join(session, secret, password_hash="$new", now=now)
        return user.role if user else None


def roles(database: Database) -> dict[str, str]:
    with database.reading() as session:
        return {person.email: person.role for person in list_people(session)}


def test_an_invitation_lets_one_person_in_once(database: Database) -> None:
    secret = invitation(database, " Eve@Example.com ", Role.READ_ONLY)
    assert accept(database, secret) == "read-only"
    assert accept(database, secret) is None
    assert roles(database) == {EVE: "read-only"}


def test_only_a_hash_of_the_invitation_is_stored(database: Database) -> None:
    secret = invitation(database)
    with database.reading() as session:
        row = session.scalars(select(OneTimeSecret)).one()
        assert secret not in (row.secret_hash, str(row.data))


def test_an_invitation_ends_and_a_newer_one_replaces_it(database: Database) -> None:
    old, new = invitation(database), invitation(database, days=1)
    assert accept(database, old) is None
    assert accept(database, new, NOW + timedelta(days=1)) is None
    with database.reading() as session:
        assert invited(session, new, NOW) == (EVE, Role.MEMBER)
        assert [found.email for found in list_invitations(session, NOW)] == [EVE]
        assert list_invitations(session, NOW + timedelta(days=1)) == []


def test_a_revoked_invitation_lets_nobody_in(database: Database) -> None:
    secret = invitation(database)
    with database.writing() as session:
        key = list_invitations(session, NOW)[0].key
        assert revoke_invitation(session, "0" * 64) is None
        assert revoke_invitation(session, key) is not None
    assert accept(database, secret) is None


def test_two_who_use_an_invitation_at_once_make_one_account(database: Database) -> None:
    secret, results = invitation(database), []
    threads = [threading.Thread(target=lambda: results.append(accept(database, secret))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, results)) == ["None", "None", "None", "member"]


def test_who_has_an_account_is_not_invited(database: Database) -> None:
    person(database, EVE, Role.MEMBER)
    with pytest.raises(AccountError, match="account already"):
        invitation(database, "EVE@example.com")


@pytest.mark.parametrize(
    "email", ["", "@", "a@", "@b", "dana", "a b@c.de", "a@b\n.c", "a@b\u202e.c", "x" * 320 + "@b.c"]
)
def test_what_is_no_address_is_refused(email: str) -> None:
    assert email_problem(email) == "Enter an e-mail address."


@pytest.mark.parametrize("email", ["dana@example.com", " dana@example.com ", "jörg@bücher.example", "a@b"])
def test_what_may_be_an_address_is_taken(email: str) -> None:
    assert email_problem(email) is None


def test_the_only_owner_is_neither_demoted_nor_removed(database: Database) -> None:
    owner = person(database, "dana@example.com", Role.OWNER)
    person(database, EVE, Role.MEMBER)
    with database.writing() as session:
        with pytest.raises(AccountError, match="only owner"):
            set_role(session, owner, Role.MEMBER)
        with pytest.raises(AccountError, match="only owner"):
            remove_person(session, owner)
        set_role(session, owner, Role.OWNER)
    assert roles(database)["dana@example.com"] == "owner"


def test_two_owners_who_demote_each_other_leave_one(database: Database) -> None:
    ids = [person(database, f"owner{number}@example.com", Role.OWNER) for number in range(2)]
    refused = []

    def demote(user_id: int) -> None:
        try:
            with database.writing() as session:
                set_role(session, user_id, Role.MEMBER)
        except AccountError as error:
            refused.append(error)

    threads = [threading.Thread(target=demote, args=(user_id,)) for user_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(roles(database).values()) == ["member", "owner"]
    assert len(refused) == 1


def test_a_removed_account_is_gone_with_its_sessions(database: Database) -> None:
    person(database, "dana@example.com", Role.OWNER)
    eve = person(database, EVE, Role.MEMBER)
    with database.writing() as session:
        found = find_person(session, EVE)
        assert found is not None
        secret = start_session(session, found, NOW)
    with database.writing() as session:
        assert remove_person(session, eve) == EVE
    with database.reading() as session:
        assert find_session(session, secret, NOW) is None
    assert EVE not in roles(database)


def test_the_built_in_person_is_nobodys_account(database: Database) -> None:
    assert roles(database) == {}
    with database.writing() as session:
        assert find_person(session, "local") is None
        with pytest.raises(AccountError):
            set_role(session, 0, Role.OWNER)
    assert scopes_of("local") == frozenset()


def test_a_password_link_sets_the_password_once_and_ends_all_sessions(database: Database) -> None:
    eve = person(database, EVE, Role.MEMBER)
    with database.writing() as session:
        user = find_person(session, EVE)
        assert user is not None
        cookie = start_session(session, user, NOW)
        old, secret = new_password_link(session, user, NOW), new_password_link(session, user, NOW)
    with database.writing() as session:
        assert person_of_link(session, old, NOW) is None
        assert use_password_link(session, secret, password_hash="$new", now=NOW) is not None
        assert use_password_link(session, secret, password_hash="$evil", now=NOW) is None
    with database.reading() as session:
        assert find_session(session, cookie, NOW) is None
        found = find_person(session, EVE)
        assert found is not None
        assert (found.id, found.password_hash) == (eve, "$new")


def test_a_secret_works_for_its_purpose_alone(database: Database) -> None:
    with database.writing() as session:
        secret = issue(session, Purpose.PROVIDER, {"a": 1}, now=NOW)
        assert claim(session, Purpose.INVITATION, secret, NOW) is None
        assert peek(session, Purpose.PASSKEY, secret, NOW) is None
        assert peek(session, Purpose.PROVIDER, secret, NOW + timedelta(minutes=10)) is None
        assert claim(session, Purpose.PROVIDER, secret, NOW) == {"a": 1}
        assert claim(session, Purpose.PROVIDER, secret, NOW) is None


def test_expired_secrets_are_removed(database: Database) -> None:
    with database.writing() as session:
        issue(session, Purpose.PROVIDER, now=NOW - timedelta(hours=1))
        issue(session, Purpose.PROVIDER, now=NOW)
    with database.writing() as session:
        remove_expired(session, NOW)
        assert len(session.scalars(select(OneTimeSecret)).all()) == 1


def test_roles_may_what_they_are_for() -> None:
    assert scopes_of("owner") == set(Scope)
    assert scopes_of("member") == {Scope.READ, Scope.WRITE}
    assert scopes_of("read-only") == {Scope.READ}
    assert scopes_of("admin") == scopes_of("") == frozenset()
