"""A copy of the database while it is in use, and the way back."""

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from iam_job_scout.db import Database, open_database
from iam_job_scout.db.backup import back_up, check, restore
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.db.models import Process
from iam_job_scout.errors import BackupError
from iam_job_scout.settings import Settings

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def add(database: Database, *names: str) -> None:
    with database.writing() as session:
        session.add_all(Process(address=name, kind="web", seen_at=NOW) for name in names)


def count(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Process)) or 0


def test_what_was_backed_up_comes_back(database: Database, tmp_path: Path) -> None:
    add(database, "a", "b")
    copy = tmp_path / "deep" / "copy.sqlite"
    assert back_up(database, copy) == copy.stat().st_size
    add(database, "c")
    restore(database, copy)
    assert count(database) == 2


def test_writers_go_on_and_the_copy_is_of_one_moment(database: Database, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            add(database, f"left-{number}", f"right-{number}")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    for number in range(5):
        back_up(database, tmp_path / f"{number}.sqlite")
    stop.set()
    writer.join()
    for number in range(5):
        with closing(sqlite3.connect(tmp_path / f"{number}.sqlite")) as copy:
            (left,), (right,) = (
                copy.execute("SELECT count(*) FROM process WHERE address LIKE ?", (side,)).fetchone()
                for side in ("left%", "right%")
            )
        assert left == right


def test_a_file_that_is_there_is_not_overwritten(database: Database, tmp_path: Path) -> None:
    there = tmp_path / "copy"
    there.write_text("mine")
    with pytest.raises(BackupError, match="exists"):
        back_up(database, there)
    assert there.read_text() == "mine"


def test_a_backup_that_fails_leaves_nothing_behind(database: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupError, match="cannot write"):
        back_up(database, tmp_path / "file" / "copy.sqlite")
    assert {path.name for path in tmp_path.iterdir() if "copy" in path.name} == set()


def damaged(copy: Path) -> None:
    content = bytearray(copy.read_bytes())
    content[4096:40_960] = b"\xff" * (40_960 - 4096)
    copy.write_bytes(content)


def cut(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[:10_000])


def foreign(copy: Path) -> None:
    copy.unlink()
    with closing(sqlite3.connect(copy)) as other:
        other.execute("CREATE TABLE something (else_ INT)")


def newer(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()


def text(copy: Path) -> None:
    copy.write_text("hello")


def empty(copy: Path) -> None:
    copy.write_bytes(b"")


@pytest.mark.parametrize("spoil", [damaged, cut, foreign, newer, text, empty, Path.unlink])
def test_a_copy_that_is_not_whole_is_refused_and_nothing_changes(
    database: Database, tmp_path: Path, spoil: object
) -> None:
    copy = tmp_path / "copy.sqlite"
    back_up(database, copy)
    add(database, "a")
    spoil(copy)  # type: ignore[operator]
    with pytest.raises(BackupError) as refused:
        restore(database, copy)
    assert "\n" not in str(refused.value)
    assert count(database) == 1


def test_postgresql_is_dumped_and_restored_by_its_own_tools(
    settings: Settings, postgresql_url: str, tmp_path: Path
) -> None:
    database = open_database(settings.model_copy(update={"database_url": type(settings.database_url)(postgresql_url)}))
    upgrade(database)
    add(database, "a")
    copy = tmp_path / "copy.dump"
    back_up(database, copy)
    check(copy)
    add(database, "b")
    restore(database, copy)
    assert count(database) == 1
    lite = tmp_path / "lite.sqlite"
    sqlite3.connect(lite).close()
    cut_copy = tmp_path / "cut.dump"
    cut_copy.write_bytes(copy.read_bytes()[:2_000])
    with pytest.raises(BackupError, match="pg_restore"):
        restore(database, cut_copy)
    assert count(database) == 1
    database.close()
