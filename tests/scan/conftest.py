"""A database with tables, and an upstream with boards."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from board_server import BoardServer, running
from iam_job_scout.db import Database
from iam_job_scout.settings import Settings
from ledger import Ledger


@pytest.fixture
def upstream(free_port: int) -> Iterator[BoardServer]:
    with running(BoardServer(free_port)) as server:
        yield server


@pytest.fixture
def scanning(tmp_path: Path, upstream: BoardServer, migrated: Path) -> Callable[..., Settings]:
    """Returns a function that gives settings under which just the given Greenhouse boards are scanned."""
    data_dir = tmp_path / "var"
    data_dir.mkdir()
    shutil.copy(migrated, data_dir / "scout.sqlite")

    def settings_for(*tokens: str) -> Settings:
        boards = tmp_path / "boards.csv"
        boards.write_text(
            "\n".join(["ats,token,company", *(f"greenhouse,{token},{token.title()}" for token in tokens)])
        )
        return Settings(data_dir=data_dir, boards=boards, upstream=upstream.url, _env_file=None)  # type: ignore[call-arg]

    return settings_for


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)
