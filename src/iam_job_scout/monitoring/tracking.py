"""One class behind the trackers: context manager, async context manager and decorator at once."""

from __future__ import annotations

import functools
import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable
from time import perf_counter
from types import TracebackType
from typing import Any, Self, TypeVar

from .internal import report

F = TypeVar("F", bound=Callable[..., Any])


class Tracker(ABC):
    """Times a block. Subclasses say what begins and what is counted when it ends; if that fails, the block does not."""

    def __init__(self) -> None:
        self._started = 0.0

    @abstractmethod
    def _copy(self) -> Self:
        """A fresh tracker of the same kind, for one call of a decorated function."""

    @abstractmethod
    def _began(self) -> None:
        """The block begins."""

    @abstractmethod
    def _ended(self, error: BaseException | None, seconds: float) -> None:
        """The block ended after `seconds`, with `error` if it raised."""

    def __enter__(self) -> Self:
        try:
            self._began()
            self._started = perf_counter()
        except Exception as error:  # noqa: BLE001 - instrumentation never breaks what it measures
            report(type(self).__name__, error)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._ended(error, perf_counter() - self._started)
        except Exception as broken:  # noqa: BLE001 - instrumentation never breaks what it measures
            report(type(self).__name__, broken)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def __call__(self, function: F) -> F:
        """Decorate a function or a coroutine function; each call is tracked on its own."""
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def tracked_async(*args: Any, **kwargs: Any) -> Any:
                with self._copy():
                    return await function(*args, **kwargs)

            return tracked_async  # type: ignore[return-value]

        @functools.wraps(function)
        def tracked(*args: Any, **kwargs: Any) -> Any:
            with self._copy():
                return function(*args, **kwargs)

        return tracked  # type: ignore[return-value]
