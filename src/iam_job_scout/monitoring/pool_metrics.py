"""The state of a SQLAlchemy pool, and what callers go through to get a connection from it."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple

from sqlalchemy.pool import Pool, QueuePool

from . import metrics
from .internal import report
from .phases import POOL_WAIT, Phase


class PoolSizes(NamedTuple):
    """Connections of one pool. `maximum` is 0 where the pool knows no limit."""

    active: int
    idle: int
    overflow: int
    maximum: int
    waiting: int


def pool_sizes(pool: Pool) -> PoolSizes:
    """Read a pool. What a kind of pool does not know (NullPool, SingletonThreadPool, StaticPool) is 0."""
    if not isinstance(pool, QueuePool):
        return PoolSizes(0, 0, 0, 0, 0)
    limited = pool._max_overflow >= 0
    return PoolSizes(
        active=pool.checkedout(),
        idle=pool.checkedin(),
        overflow=max(0, pool.overflow()),
        maximum=pool.size() + pool._max_overflow if limited else 0,
        waiting=getattr(pool._pool, "monitoring_waiting", 0),
    )


def watch_pool(pool: Pool) -> None:
    """Measure waiting and giving up in a pool that makes callers wait; any other is left as it is.

    Events tell when a connection was handed out, not since when it was asked for, so the pool's queue is wrapped.
    """
    queue = getattr(pool, "_pool", None)
    if not isinstance(pool, QueuePool) or hasattr(queue, "monitoring_waiting"):
        return
    setattr(queue, "monitoring_waiting", 0)  # noqa: B010 - an attribute of ours on an object of theirs
    queue.get = _measured_get(queue, queue.get)  # type: ignore[union-attr]


def _measured_get(queue: Any, get: Callable[..., Any]) -> Callable[..., Any]:
    def measured(block: bool = True, timeout: float | None = None) -> Any:
        if not block or not queue.empty():
            return get(block, timeout)
        wait = _Wait(queue)
        wait.begin()
        try:
            item = get(block, timeout)
        except BaseException as error:
            wait.end(gave_up=type(error).__name__ == "Empty")
            raise
        wait.end(gave_up=False)
        return item

    return measured


class _Wait:
    """One caller's wait for a connection."""

    __slots__ = ("_phase", "_queue", "_started")

    def __init__(self, queue: Any) -> None:
        self._queue = queue
        self._phase = Phase(POOL_WAIT)
        self._started = 0.0

    def begin(self) -> None:
        self._queue.monitoring_waiting += 1
        self._phase.begin()
        try:
            self._started = perf_counter()
        except Exception as error:  # noqa: BLE001 - instrumentation never breaks the pool
            report("pool", error)

    def end(self, *, gave_up: bool) -> None:
        self._queue.monitoring_waiting -= 1
        self._phase.end()
        try:
            metrics.DB_WAIT.observe(perf_counter() - self._started)
            if gave_up:
                metrics.DB_TIMEOUTS.inc()
                metrics.DB_ERRORS.inc("connect", "PoolTimeout")
        except Exception as error:  # noqa: BLE001 - instrumentation never breaks the pool
            report("pool", error)
