"""What took long to find out, kept for a while in this process."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

#: Where there are more jobs than this, what is asked of all of them takes long; it is then kept for so many seconds.
MANY_JOBS, A_WHILE = 100_000, 300.0


class Kept(Generic[T]):
    """Values by key, each for so many seconds; whoever reads must put up with what is as old as that.

    Any thread may read and write. Threads that want the same at once wait for the first one to find it out. Where it is
    full, the oldest tenth makes room.
    """

    def __init__(self, *, seconds: float, most: int) -> None:
        self._seconds, self._most = seconds, most
        self._values: dict[Hashable, tuple[float, T]] = {}
        self._under_way: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, find_out: Callable[[], T], *, worth: Callable[[T], bool] = lambda _: True) -> T:
        """Returns the kept value, or finds it out and keeps it where it is `worth` keeping."""
        known = self._known(key)
        if known is not None:
            return known
        with self._under_way.setdefault(key, threading.Lock()):
            known = self._known(key)
            if known is not None:
                return known
            try:
                found = find_out()
            finally:
                self._under_way.pop(key, None)
            if worth(found):
                self._keep(key, found)
            return found

    def forget(self) -> None:
        """Keeps nothing any more."""
        self._values.clear()

    def _known(self, key: Hashable) -> T | None:
        until, known = self._values.get(key, (0.0, None))
        return known if time.monotonic() < until else None

    def _keep(self, key: Hashable, value: T) -> None:
        if len(self._values) >= self._most:
            for oldest in list(self._values)[: self._most // 10 + 1]:
                self._values.pop(oldest, None)
        self._values[key] = (time.monotonic() + self._seconds, value)
