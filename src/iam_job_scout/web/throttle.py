"""Slowing down who guesses passwords: token buckets in memory, one set for each web process."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

#: Guesses at one account from one address: a burst, then one in three minutes. Keyed by both, so that nobody can lock
#: out the owner from elsewhere.
PAIR_BURST, PAIR_SECONDS = 5, 180.0
#: Guesses at all accounts from one address, which a whole office may share.
ADDRESS_BURST, ADDRESS_SECONDS = 40, 10.0
#: Password checks at the same time in one process; each takes 64 MiB while it runs.
MAX_CHECKS = 4


class Throttle:
    """Token buckets by key. At most `max_keys` are kept; the one unused for longest goes first."""

    def __init__(
        self, *, burst: int, seconds: float, max_keys: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst, self._seconds, self._max_keys, self._clock = burst, seconds, max_keys, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, key: str) -> int:
        """Takes a token and returns 0, or returns the seconds until there is one."""
        with self._lock:
            tokens = self._refilled(key)
            if tokens < 1:
                return math.ceil((1 - tokens) * self._seconds)
            self._store(key, tokens - 1)
            return 0

    def give_back(self, key: str) -> None:
        """Returns the token of an attempt that was right."""
        with self._lock:
            self._store(key, min(self._burst, self._refilled(key) + 1))

    def __len__(self) -> int:
        return len(self._buckets)

    def _refilled(self, key: str) -> float:
        tokens, since = self._buckets.get(key, (float(self._burst), self._clock()))
        return min(self._burst, tokens + (self._clock() - since) / self._seconds)

    def _store(self, key: str, tokens: float) -> None:
        self._buckets[key] = (tokens, self._clock())
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._max_keys:
            self._buckets.popitem(last=False)


class SignInThrottle:
    """Decides whether an attempt to sign in may be checked."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._pairs = Throttle(burst=PAIR_BURST, seconds=PAIR_SECONDS, clock=clock)
        self._addresses = Throttle(burst=ADDRESS_BURST, seconds=ADDRESS_SECONDS, clock=clock)
        self.checks = threading.BoundedSemaphore(MAX_CHECKS)

    def wait(self, email: str, address: str) -> int:
        """Counts an attempt; returns the seconds to wait before another one, or 0 where this one may go on."""
        network = _network(address)
        return self._pairs.wait(_pair(email, network)) or self._addresses.wait(network)

    def forgive(self, email: str, address: str) -> None:
        """Takes a right attempt off the count."""
        network = _network(address)
        self._pairs.give_back(_pair(email, network))
        self._addresses.give_back(network)


def _pair(email: str, network: str) -> str:
    return f"{network} {email.strip().lower()[:320]}"


def _network(address: str) -> str:
    """One IPv6 customer owns a /64, so single addresses of it mean nothing."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    return str(IPv6Address(int(parsed) >> 64 << 64)) if isinstance(parsed, IPv6Address) else str(parsed)
