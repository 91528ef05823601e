"""Traps 38 to 40: statements by how they ended, and a pool that tells the truth."""

import asyncio
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, event, insert, select, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool, StaticPool

from iam_job_scout.monitoring import (
    db_metrics,
    instrument_engine,
    track_db_operation,
    update_connection_pool_metrics,
)
from iam_job_scout.monitoring.pool_metrics import PoolSizes, pool_sizes
from iam_job_scout.monitoring.testing import Changes, value

from .conftest import eventually

pytestmark = pytest.mark.anyio
TOTAL, COUNT = "db_operations_total", "db_query_duration_seconds_count"
widgets = Table("widgets", MetaData(), Column("id", Integer, primary_key=True))


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    made = create_engine(f"sqlite:///{tmp_path / 'db'}", pool_size=2, max_overflow=3, pool_timeout=0.2)
    widgets.metadata.create_all(made)
    instrument_engine(made)
    instrument_engine(made)
    yield made
    made.dispose()


def test_each_statement_counts_once_however_often_the_engine_is_instrumented(engine: Engine, seen: Changes) -> None:
    with engine.begin() as connection:
        connection.execute(insert(widgets).values(id=1))
        assert connection.execute(select(widgets)).all() == [(1,)]
    assert seen.delta(TOTAL, operation="insert", table="widgets", status="success") == 1
    assert seen.delta(TOTAL, operation="select", table="widgets", status="success") == 1
    assert seen.delta(TOTAL) == seen.delta(COUNT) == 2


def test_a_failed_statement_is_an_error_by_class(engine: Engine, seen: Changes) -> None:
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(insert(widgets).values(id=1))
        connection.execute(insert(widgets).values(id=1))
    assert seen.delta(TOTAL, operation="insert", table="widgets", status="success") == 1
    assert seen.delta(TOTAL, operation="insert", table="widgets", status="error") == 1
    assert seen.delta("database_errors_total", operation="insert", error_type="IntegrityError") == 1


def test_a_batch_is_one_statement_and_its_rows_count_apart(engine: Engine, seen: Changes) -> None:
    with engine.begin() as connection:
        connection.execute(insert(widgets), [{"id": number} for number in range(50)])
    assert seen.delta(TOTAL, operation="insert") == 1
    assert seen.delta("db_rows_total", operation="insert", table="widgets") == 50


def test_savepoints_have_an_operation_of_their_own(engine: Engine, seen: Changes) -> None:
    with engine.begin() as connection, connection.begin_nested():
        connection.execute(select(widgets))
    assert seen.delta(TOTAL, operation="savepoint", table="none") == 1
    assert seen.delta(TOTAL, operation="release", table="none") == 1


def test_a_syntax_error_of_the_database_is_counted(engine: Engine, seen: Changes) -> None:
    with pytest.raises(OperationalError), engine.connect() as connection:
        connection.execute(text("select * from nowhere"))
    assert seen.delta(TOTAL, operation="select", table="nowhere", status="error") == 1


def test_work_marked_by_hand_counts_under_its_own_name_and_not_twice(engine: Engine, seen: Changes) -> None:
    with track_db_operation("report", "summary"), engine.connect() as connection:
        connection.execute(select(widgets))
        connection.execute(select(widgets))
    assert seen.delta(TOTAL) == seen.delta(TOTAL, operation="report", table="summary", status="success") == 1


def test_marking_works_as_a_decorator_and_tells_errors(seen: Changes) -> None:
    @track_db_operation("load", "cache")
    def load(fail: bool) -> str:
        if fail:
            raise LookupError
        return "loaded"

    assert load(False) == "loaded"
    with pytest.raises(LookupError):
        load(True)
    assert seen.delta(TOTAL, operation="load", status="success") == 1
    assert seen.delta(TOTAL, operation="load", status="error") == 1
    assert seen.delta("database_errors_total", operation="load", error_type="LookupError") == 1


async def test_a_cancelled_operation_is_no_success_and_no_error(seen: Changes) -> None:
    @track_db_operation("select", "slow")
    async def slow() -> None:
        await asyncio.sleep(10)

    task = asyncio.ensure_future(slow())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen.changed(TOTAL) == {(("operation", "select"), ("status", "cancelled"), ("table", "slow")): 1}
    assert not seen.changed("database_errors_total")


def test_a_statement_that_is_cancelled_within_the_driver_is_cancelled(engine: Engine, seen: Changes) -> None:
    @event.listens_for(engine, "do_execute")
    def interrupted(*_: object) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError), engine.connect() as connection:
        connection.execute(select(widgets))
    assert seen.delta(TOTAL, operation="select", table="widgets", status="cancelled") == 1
    assert not seen.changed("database_errors_total")


def test_a_fresh_pool_has_nothing_idle_and_a_full_one_nothing_negative(engine: Engine) -> None:
    fresh = create_engine("sqlite:////nonexistent/db", pool_size=2, max_overflow=3)
    assert pool_sizes(fresh.pool) == PoolSizes(active=0, idle=0, overflow=0, maximum=5, waiting=0)
    held = [engine.connect() for _ in range(4)]
    assert pool_sizes(engine.pool) == PoolSizes(active=4, idle=0, overflow=2, maximum=5, waiting=0)
    for connection in held:
        connection.close()
    assert pool_sizes(engine.pool) == PoolSizes(active=0, idle=2, overflow=0, maximum=5, waiting=0)


def test_detached_invalidated_and_disposed_connections_leave_no_drift(engine: Engine) -> None:
    connection = engine.connect()
    connection.detach()
    connection.close()
    second = engine.connect()
    second.invalidate()
    second.close()
    engine.dispose()
    assert pool_sizes(engine.pool)[:3] == (0, 0, 0)


@pytest.mark.parametrize("pool", [NullPool, StaticPool, None])
def test_pools_without_a_queue_are_no_error(pool: type | None, seen: Changes) -> None:
    engine = create_engine("sqlite://", poolclass=pool) if pool else create_engine("sqlite://")
    instrument_engine(engine)
    with engine.connect() as connection:
        connection.execute(text("select 1"))
        update_connection_pool_metrics(engine)
    assert not seen.changed("monitoring_internal_errors_total")
    engine.dispose()


def test_gauges_follow_the_pool(engine: Engine) -> None:
    with engine.connect():
        update_connection_pool_metrics(engine)
        assert [value(f"db_connections_{name}") for name in ("active", "idle", "max")] == [1, 0, 5]


@pytest.mark.parametrize("disposed", [False, True])
def test_waiting_for_a_connection_and_giving_up_are_measured(engine: Engine, seen: Changes, disposed: bool) -> None:
    if disposed:
        engine.dispose()
    held = [engine.connect() for _ in range(5)]
    waiter = threading.Thread(target=lambda: engine.connect().close())
    waiter.start()
    eventually(lambda: pool_sizes(engine.pool).waiting == 1)
    time.sleep(0.05)
    held.pop().close()
    waiter.join()
    assert pool_sizes(engine.pool).waiting == 0
    assert 0.04 < seen.delta("db_connection_wait_seconds_sum") < 0.2
    held.append(engine.connect())
    with pytest.raises(PoolTimeout):
        engine.connect()
    assert seen.delta("db_connection_timeouts_total") == 1
    assert seen.delta("db_connection_wait_seconds_sum") >= 0.2
    assert seen.delta("database_errors_total", operation="connect", error_type="PoolTimeout") == 1
    for connection in held:
        connection.close()


def test_an_async_engine_is_measured_through_its_sync_one(seen: Changes) -> None:
    engine = create_async_engine("postgresql+psycopg://nobody@127.0.0.1:1/none", pool_size=4, max_overflow=1)
    instrument_engine(engine)
    assert pool_sizes(engine.sync_engine.pool).maximum == 5
    assert event.contains(engine.sync_engine, "before_cursor_execute", db_metrics._before)
    update_connection_pool_metrics(engine)
    assert value("db_connections_max") == 5
