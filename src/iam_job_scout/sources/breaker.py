"""A circuit breaker for each host: one that fails again and again is left alone for a while."""

import time
from collections.abc import Callable

from iam_job_scout.errors import (
    Blocked,
    CircuitOpen,
    ConnectFailed,
    FetchError,
    FetchTimeout,
    RateLimited,
    ServerFailed,
)

#: Calls (each with its tries) that must fail in a row. At a host of which every fifth call fails, one run of ten in
#: ten million calls; a host that is down costs ten calls instead of one for each of its boards.
FAILURES = 10
#: The first rest; it doubles each time the probe after it fails, up to the longest.
REST_SECONDS = 60.0
LONGEST_REST_SECONDS = 900.0

#: What speaks against the host as a whole. A board that is gone or an answer that cannot be read does not.
_HOST_FAILURES = (FetchTimeout, ConnectFailed, ServerFailed, RateLimited, Blocked)


class Breaker:
    """The circuit of one host: closed at first, open after `FAILURES` in a row, then one probe at a time decides."""

    def __init__(
        self,
        host: str,
        *,
        rest: float,
        longest: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._host = host
        self._rest_seconds = rest
        self._longest = longest
        self._clock = clock
        self._failures = 0
        self._rests = 0
        self._until = 0.0
        self._last = ""
        self._probing = False

    @property
    def open(self) -> bool:
        """Whether the host is left alone, or only probed."""
        return self._rests > 0

    def ask(self) -> None:
        """Must be called before each call of the host. Raises CircuitOpen."""
        if not self.open:
            return
        now = self._clock()
        if now < self._until:
            raise CircuitOpen(f"{self._host} is left alone for {self._until - now:.0f} s more; last: {self._last}")
        # This caller is the probe; the others wait until it is back, or for another rest if it never is.
        self._probing = True
        self._until = now + self._rest()

    def succeeded(self) -> None:
        """The host answered as a healthy one does."""
        self._failures = self._rests = 0
        self._probing = False

    def failed(self, error: FetchError) -> None:
        """A call of the host failed; errors that do not speak against the host count as its being there."""
        if not isinstance(error, _HOST_FAILURES):
            self.succeeded()
            return
        self._failures += 1
        self._last = str(error)
        # Calls that were under way when the circuit opened do not prolong the rest; the probe does.
        if self._failures == FAILURES or self._probing:
            self._probing = False
            self._rests += 1
            self._until = self._clock() + self._rest()

    def _rest(self) -> float:
        return min(self._longest, self._rest_seconds * 2.0 ** min(self._rests - 1, 10))
