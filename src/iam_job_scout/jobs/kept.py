"""What took long to find out, kept for a short while in this process."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Values by key, each for so many seconds; whoever reads must put up with what is as old as that.

    Any thread may read and write. A value that two threads find out at once is found out twice.
    """

    def __init__(self, *, seconds: float, most: int) -> None:
        self._seconds, self._most = seconds, most
        self._values: dict[Hashable, tuple[float, T]] = {}

    def get(self, key: Hashable, find_out: Callable[[], T], *, worth: Callable[[T], bool] = lambda _: True) -> T:
        """Returns the kept value, or finds it out and keeps it where it is `worth` keeping."""
        until, known = self._values.get(key, (0.0, None))
        if known is not None and time.monotonic() < until:
            return known
        found = find_out()
        if worth(found):
            if len(self._values) >= self._most:
                self._values.clear()
            self._values[key] = (time.monotonic() + self._seconds, found)
        return found

    def forget(self) -> None:
        """Keeps nothing any more."""
        self._values.clear()
