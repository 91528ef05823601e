"""Opening the database and its two kinds of transaction."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, InvalidatePoolError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from iam_job_scout.errors import DatabaseUnavailable
from iam_job_scout.settings import Settings

#: How long a transaction waits for another one's write lock on SQLite, in seconds.
BUSY_SECONDS = 30
#: At most so many connections; whoever needs one more waits. They stay open: opening one takes longer than most pages.
_CONNECTIONS = 15
#: A connection that was not used for so many seconds is asked whether it still works before it is lent.
_RESTED = 1.0
_RETURNED = "scout_returned"
#: Bytes of the file of SQLite that are read through the system's cache: as many as it lets us. Of what is beyond, so
#: many kilobytes are in a copy of each connection's own.
_MAPPED, _COPIED = 1 << 31, 16_000


class Database:
    """One engine, shared by all threads of a process; `reader` and `writer` are the same engine for either kind.

    On PostgreSQL a reader has no transaction: at its level of isolation each question sees what is stored by then in
    any case, and beginning and ending one take as long as two more questions.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.writer = engine.execution_options(scout_write=True)
        self.reader = engine if self.dialect == "sqlite" else engine.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for queries; what is changed in its objects is not stored."""
        with Session(self.reader, autoflush=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits at the end; on SQLite it takes the write lock at its start.

        A transaction that first reads and then writes would otherwise fail at the write whenever
        another one wrote in between, without waiting.
        """
        with Session(self.writer) as session, session.begin():
            yield session

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()


def open_database(settings: Settings) -> Database:
    """Opens the database of the settings and checks that it answers. Raises DatabaseUnavailable."""
    url = _parse(settings)
    try:
        if url.get_backend_name() == "sqlite" and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        # Hidden: what a failed statement was given would reach the log, and with it what people typed.
        engine = create_engine(
            url,
            pool_size=_CONNECTIONS,
            max_overflow=0,
            pool_use_lifo=True,
            connect_args=_connect_args(url),
            hide_parameters=True,
        )
        _listen(engine)
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError) as error:
        raise DatabaseUnavailable(f"cannot open the database {_shown(url)}: {_reason(error)}") from error
    return Database(engine)


def _parse(settings: Settings) -> URL:
    try:
        url = make_url(settings.sqlalchemy_url)
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise DatabaseUnavailable(
            "SCOUT_DATABASE_URL: must look like sqlite:///path or postgresql://user:password@host/name"
        ) from error
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise DatabaseUnavailable(f"SCOUT_DATABASE_URL: {url.get_backend_name()} is none of sqlite and postgresql")
    return url


def _connect_args(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"timeout": BUSY_SECONDS, "check_same_thread": False}
    # Compiling a search takes PostgreSQL longer than doing it.
    return {"connect_timeout": 10, "options": "-c jit=off"}


def _listen(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return

    def check_if_rested(connection: Any, record: ConnectionPoolEntry, _: object) -> None:
        if time.monotonic() - record.info.get(_RETURNED, time.monotonic()) < _RESTED:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkout", check_if_rested)
    event.listen(engine, "checkin", _note_return)


def _note_return(_: object, record: ConnectionPoolEntry) -> None:
    record.info[_RETURNED] = time.monotonic()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction control is switched off: _begin_sqlite says BEGIN.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")
    # Searches read all over the file; mapped, its pages are those of the system's cache, shared by all connections.
    connection.execute(f"PRAGMA mmap_size={_MAPPED}")
    connection.execute(f"PRAGMA cache_size=-{_COPIED}")


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("scout_write"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # It waits for nothing, so there is nothing to measure.
        connection.connection.execute("BEGIN")


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _reason(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return " ".join(str(cause).split())[:200]
