"""A machine of each test's own, and the command line on it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from iam_job_scout.accounts.people import add_person
from iam_job_scout.accounts.roles import Role
from iam_job_scout.cli import app
from iam_job_scout.db import Database
from website import Site, site

__all__ = ["Scout", "add_owner", "machine", "scout", "site"]

Scout = Callable[..., str]


@pytest.fixture
def machine(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The commands work on the database of the site, whose owner is dana@example.com."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCOUT_DATA_DIR", str(tmp_path))
    site.person()
    return site


@pytest.fixture
def scout(machine: Site) -> Scout:
    """Runs a command that ends with the given code and returns what it prints."""

    def run(*arguments: str, code: int = 0, typed: str = "") -> str:
        done = CliRunner().invoke(app, arguments, input=typed, catch_exceptions=False, env={"COLUMNS": "200"})
        assert done.exit_code == code, done.output
        return done.stdout

    return run


def add_owner(database: Database, email: str) -> int:
    """Stores one more owner and returns their id."""
    with database.writing() as session:
        return add_person(session, email, Role.OWNER, password_hash="-", now=datetime.now(UTC)).id
