"""A copy of the database while it is in use, and the way back, with a check of the copy before anything is replaced."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy.engine import URL

from iam_job_scout.db.engine import Database
from iam_job_scout.db.migrate import MIGRATIONS
from iam_job_scout.errors import BackupError

#: Where Debian keeps the PostgreSQL tools that are not on PATH.
_DEBIAN = Path("/usr/lib/postgresql")


def back_up(database: Database, target: Path) -> int:
    """Writes a copy of the whole database and returns its bytes; readers and writers go on meanwhile.

    The copy is checked and then takes its name at once, so a file of that name is always a whole one. Raises
    BackupError, also where the target exists.
    """
    if target.exists():
        raise BackupError(f"{target} exists; choose another name or remove it")
    partial = target.with_name(f"{target.name}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BackupError(f"cannot write {target}: {error.strerror or error}") from error
    try:
        if database.dialect == "sqlite":
            _copy_sqlite(Path(str(database.engine.url.database)), partial)
        else:
            _run("pg_dump", database.engine.url, "--format=custom", f"--file={partial}")
        check(partial)
        partial.replace(target)
    except OSError as error:
        raise BackupError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def restore(database: Database, source: Path) -> None:
    """Replaces everything in the database with the copy, in one transaction. Raises BackupError, nothing changed then.

    A copy of an older version is brought up to date at the next start.
    """
    check(source)
    if _is_sqlite(source) != (database.dialect == "sqlite"):
        raise BackupError(f"{source} is a copy of another kind of database than this one")
    if database.dialect == "sqlite":
        database.engine.dispose()
        _copy_sqlite(source, Path(str(database.engine.url.database)))
    else:
        _run("pg_restore", database.engine.url, "--clean", "--if-exists", "--single-transaction", str(source))


def check(copy: Path) -> None:
    """Whether the copy is whole and of a version that this program knows. Raises BackupError."""
    if not copy.is_file():
        raise BackupError(f"{copy}: there is no such file")
    if _is_sqlite(copy):
        _check_sqlite(copy)
    elif _begins_with(copy, b"PGDMP"):
        _run("pg_restore", None, "--list", str(copy))
    else:
        raise BackupError(f"{copy} is no copy that `scout db backup` made")


def _is_sqlite(file: Path) -> bool:
    return _begins_with(file, b"SQLite format 3\0")


def _begins_with(file: Path, mark: bytes) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(mark)) == mark


def _check_sqlite(copy: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{copy.absolute()}?mode=ro&immutable=1", uri=True)) as connection:
            (result,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.Error, TypeError) as error:
        raise BackupError(f"{copy} is damaged or not of this program: {error}") from error
    if result != "ok":
        raise BackupError(f"{copy} is damaged: {result}")
    known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if revision not in known:
        raise BackupError(f"{copy} was made by a newer version of the program (tables {revision})")


def _copy_sqlite(source: Path, target: Path) -> None:
    try:
        with _sqlite(source) as old, _sqlite(target) as new:
            old.backup(new)
    except sqlite3.Error as error:
        raise BackupError(f"cannot copy {source.name} to {target}: {error}") from error


@contextmanager
def _sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        yield connection


def _run(program: str, url: URL | None, *arguments: str) -> None:
    found = shutil.which(program) or next((str(path) for path in sorted(_DEBIAN.glob(f"*/bin/{program}"))[::-1]), None)
    if found is None:
        raise BackupError(f"{program} is not installed (Debian: apt install postgresql-client)")
    command, environment = [found, *arguments], dict(os.environ)
    if url is not None:
        if url.password:
            # Not on the command line, where every user of the machine could read it.
            environment["PGPASSWORD"] = str(url.password)
        plain = url.set(drivername="postgresql", password=None).render_as_string()
        command.append(f"--dbname={plain}")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - found above
    if done.returncode:
        raise BackupError(f"{program}: {' '.join(done.stderr.split())[:300]}")
