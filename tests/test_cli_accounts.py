"""`scout user`, `scout token` and `scout audit` on a machine of their own."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from iam_job_scout.cli import app
from iam_job_scout.errors import AccountError

EVE = "eve@example.com"


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCOUT_DATA_DIR", str(tmp_path))


def scout(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def add_account(email: str = EVE, role: str = "member") -> None:
    """Uses an invitation as its person would."""
    from datetime import UTC, datetime

    from iam_job_scout.accounts.people import join
    from iam_job_scout.cli.output import open_tables
    from iam_job_scout.settings import load_settings

    secret = scout("user", "add", email, "--role", role).strip().partition("token=")[2]
    with open_tables(load_settings()) as database, database.writing() as session:
        assert join(session, secret, password_hash="$x", now=datetime.now(UTC)) is not None


def test_an_invitation_is_printed_and_listed() -> None:
    assert scout("user", "add", EVE, "--role", "read-only").startswith("http://127.0.0.1:5000/join?token=")
    (row,) = json.loads(scout("user", "list", "--json"))
    assert (row["email"], row["role"], row["state"]) == (EVE, "read-only", "invited")
    assert EVE in scout("user", "list")


def test_an_account_gets_another_role_a_password_link_and_is_removed() -> None:
    add_account()
    add_account("dana@example.com", "owner")
    assert scout("user", "role", EVE, "owner") == f"{EVE} is owner now.\n"
    assert scout("user", "link", EVE).startswith("http://127.0.0.1:5000/password?token=")
    assert scout("user", "remove", EVE) == f"{EVE} is removed.\n"
    with pytest.raises(AccountError, match="only owner"):
        scout("user", "remove", "dana@example.com")


def test_a_token_is_printed_once_listed_without_its_secret_and_revoked() -> None:
    add_account()
    made = json.loads(scout("token", "add", "ci", "--user", EVE, "--scope", "write", "--json"))
    assert made["token"].startswith("scout_pat_")
    listed = scout("token", "list", "--json")
    assert made["token"] not in listed
    assert json.loads(listed)[0]["scopes"] == "read write"
    assert scout("token", "revoke", str(made["id"])) == "ci is revoked.\n"
    assert json.loads(scout("token", "list", "--json")) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("token", "add", "ci", "--user", "nobody@example.com"),
        ("token", "add", "ci", "--user", EVE, "--scope", "admin"),
        ("token", "revoke", "7"),
        ("user", "role", "nobody@example.com", "owner"),
        ("user", "link", "nobody@example.com"),
        ("user", "add", "nonsense"),
        ("user", "add", EVE),
    ],
)
def test_what_is_not_possible_is_one_line(arguments: tuple[str, ...]) -> None:
    add_account()
    with pytest.raises(AccountError) as raised:
        scout(*arguments)
    assert len(str(raised.value).splitlines()) == 1


def test_the_audit_log_tells_what_the_command_line_did() -> None:
    add_account()
    scout("token", "add", "ci", "--user", EVE)
    events = json.loads(scout("audit", "--json"))
    assert [event["action"] for event in events] == ["token-made", "invitation-made"]
    assert all(event["agent"] == "command line" for event in events)
    assert json.loads(scout("audit", "--json", "--action", "sign-in")) == []
    assert "token-made" in scout("audit", "--limit", "1")


def test_sessions_are_shown_and_ended() -> None:
    from datetime import UTC, datetime

    from iam_job_scout.accounts.people import find_person
    from iam_job_scout.accounts.sessions import start_session
    from iam_job_scout.cli.output import open_tables
    from iam_job_scout.settings import load_settings

    add_account()
    with open_tables(load_settings()) as database, database.writing() as session:
        user = find_person(session, EVE)
        assert user is not None
        secret = start_session(session, user, datetime.now(UTC), method="passkey")
    listed = scout("user", "sessions", EVE, "--json")
    assert [row["method"] for row in json.loads(listed)] == ["passkey"]
    assert secret not in listed
    assert scout("user", "sign-out", EVE) == f"1 sessions of {EVE} are ended.\n"
    assert json.loads(scout("user", "sessions", EVE, "--json")) == []
    assert json.loads(scout("audit", "--json"))[0]["action"] == "session-end"


def test_an_invitation_is_ended() -> None:
    scout("user", "add", EVE)
    assert scout("user", "uninvite", EVE) == f"The invitation of {EVE} is ended.\n"
    assert json.loads(scout("user", "list", "--json")) == []
    with pytest.raises(AccountError, match="nobody is invited"):
        scout("user", "uninvite", EVE)
