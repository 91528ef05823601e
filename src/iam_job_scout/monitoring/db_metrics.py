"""Database metrics: every statement through SQLAlchemy's events, the pool, and operations marked by hand."""

from __future__ import annotations

import asyncio
import weakref
from contextvars import ContextVar, Token
from time import perf_counter
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine, ExceptionContext

from . import metrics
from .internal import report, shielded
from .phases import DB, Phase
from .pool_metrics import pool_sizes, watch_pool
from .sql_labels import Statement, describe
from .tracking import Tracker

_marked: ContextVar[bool] = ContextVar("monitoring_marked_db_operation", default=False)
_engines: weakref.WeakSet[Engine] = weakref.WeakSet()
_STARTED = "monitoring_started"


class track_db_operation(Tracker):  # noqa: N801 - reads as a verb where it is used
    """Measure a piece of database work that SQLAlchemy's events do not see, or that deserves a name of its own.

    A context manager, an async context manager and a decorator for functions of both kinds. The statements that are
    made inside count as this operation and not again on their own.
    """

    def __init__(self, operation: str, table: str) -> None:
        super().__init__()
        self._what = Statement(operation, table)

    def _copy(self) -> track_db_operation:
        return track_db_operation(*self._what)

    def _began(self) -> None:
        self._token: Token[bool] = _marked.set(True)
        self._phase = Phase(DB)
        self._phase.begin()

    def _ended(self, error: BaseException | None, seconds: float) -> None:
        _marked.reset(self._token)
        self._phase.end()
        _count(self._what, seconds, error)


def instrument_engine(engine: Any) -> None:
    """Measure every statement of a SQLAlchemy engine, sync or async, and its pool. A second call changes nothing."""
    sync: Engine = getattr(engine, "sync_engine", engine)
    if sync in _engines:
        return
    _engines.add(sync)
    event.listen(sync, "before_cursor_execute", _before)
    event.listen(sync, "after_cursor_execute", _after)
    event.listen(sync, "handle_error", _failed)
    event.listen(sync, "engine_disposed", _disposed)
    watch_pool(sync.pool)
    _watch_commits(sync)


@shielded("update_connection_pool_metrics")
def update_connection_pool_metrics(engine: Any = None) -> None:
    """Set the pool gauges from `engine`, or from the sum of all instrumented engines."""
    engines = list(_engines) if engine is None else [getattr(engine, "sync_engine", engine)]
    if not engines:
        return
    sizes = [pool_sizes(one.pool) for one in engines]
    metrics.DB_ACTIVE.set(sum(size.active for size in sizes))
    metrics.DB_IDLE.set(sum(size.idle for size in sizes))
    metrics.DB_OVERFLOW.set(sum(size.overflow for size in sizes))
    metrics.DB_MAX.set(sum(size.maximum for size in sizes))
    metrics.DB_WAITERS.set(sum(size.waiting for size in sizes))


@shielded("db_statement")
def _before(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
    if context is not None:
        phase = Phase(DB)
        phase.begin(queries=1)
        setattr(context, _STARTED, (perf_counter(), phase))


@shielded("db_statement")
def _after(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
    _settle(context, statement, None)
    if many and cursor.rowcount > 0 and not _marked.get():
        metrics.DB_ROWS.inc(*describe(statement), by=cursor.rowcount)


@shielded("db_statement")
def _failed(context: ExceptionContext) -> None:
    if context.execution_context is not None and context.statement is not None:
        _settle(context.execution_context, context.statement, context.original_exception)


def _settle(context: Any, statement: str, error: BaseException | None) -> None:
    started, phase = getattr(context, _STARTED, (None, None))
    if started is None or phase is None:
        return
    setattr(context, _STARTED, (None, None))
    phase.end()
    if not _marked.get():
        _count(describe(statement), perf_counter() - started, error)


def _count(what: Statement, seconds: float, error: BaseException | None) -> None:
    metrics.DB_DURATION.observe(seconds, what.operation, what.table)
    metrics.DB_OPERATIONS.inc(what.operation, what.table, _status(error))
    if error is not None and not isinstance(error, asyncio.CancelledError | GeneratorExit):
        original = getattr(error, "orig", None) or error
        metrics.DB_ERRORS.inc(what.operation, type(original).__name__)


def _status(error: BaseException | None) -> str:
    if error is None:
        return "success"
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        return "cancelled"
    return "timeout" if isinstance(error, TimeoutError) else "error"


def _disposed(engine: Engine) -> None:
    try:
        watch_pool(engine.pool)
    except Exception as error:  # noqa: BLE001 - instrumentation never breaks the engine
        report("pool", error)


def _watch_commits(engine: Engine) -> None:
    """Count the time of a commit, which on SQLite is the write itself, to the database phase of its request."""
    commit = engine.dialect.do_commit

    def timed_commit(connection: Any) -> None:
        phase = Phase(DB)
        phase.begin()
        try:
            commit(connection)
        finally:
            phase.end()

    engine.dialect.do_commit = timed_commit  # type: ignore[assignment, method-assign]
