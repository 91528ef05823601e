"""Slowing down who guesses passwords, without locking out whose password it is. One set for each web process.

Refusals themselves are given at a pace: a flood waits for its answers, and the event loop has time for everybody else.

Three limits, in memory, by token buckets:

- Guesses at one account from one place, which is a known browser or else a network address. It stops a person or a
  program that guesses, and nobody elsewhere notices.
- Guesses at one account by all strangers together (OWASP ASVS 4.0.3, 2.2.1: no more than 100 an hour). It stops many
  machines that guess together. Browsers that the person has signed in with before are no strangers, and passkeys and
  sign-in through a provider know no guessing: during such an attack the person still gets in.
- Attempts of one address at all accounts. It refuses nobody, since a whole office may share the address: whoever comes
  from there without a known browser is served after all others.
"""

import asyncio
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from iam_job_scout.accounts.hashing import Rank

#: Guesses at one account from one place: a burst, then one in three minutes.
PAIR_BURST, PAIR_SECONDS = 5, 180.0
#: Guesses at one account by all strangers.
ACCOUNT_BURST, ACCOUNT_SECONDS = 100, 36.0
#: Attempts of one address before it counts as a crowd.
ADDRESS_BURST, ADDRESS_SECONDS = 40, 10.0
#: Sign-ins begun elsewhere (passkeys, a provider), each of which is kept for minutes.
START_BURST, START_SECONDS = 60, 1.0
#: Exports of one person.
EXPORT_BURST, EXPORT_SECONDS = 10, 30.0
#: Refusals a second, each of which takes a third of a millisecond of the processor; and the longest that one is held
#: back, in seconds, before which browsers and proxies give up.
REFUSALS_PER_SECOND, LONGEST_HELD = 100.0, 10.0
#: Refusals of one kind from one address that are written down singly; all are counted.
RECORDED_BURST, RECORDED_SECONDS = 10, 60.0


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


class Pace:
    """Lets callers go on one after the other. Who comes alone goes on at once."""

    def __init__(
        self,
        *,
        per_second: float = REFUSALS_PER_SECOND,
        longest: float = LONGEST_HELD,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._each, self._longest, self._clock = 1 / per_second, longest, clock
        self._next = 0.0

    async def turn(self) -> None:
        """Returns when it is the caller's turn, after `longest` seconds at most. For one event loop."""
        now = self._clock()
        turn = min(max(self._next, now), now + self._longest)
        self._next = turn + self._each
        if turn > now:
            await asyncio.sleep(turn - now)


@dataclass(frozen=True)
class Attempt:
    """Whether an attempt may be checked: after `seconds`, or at once with this rank."""

    seconds: int
    rank: Rank


class SignInThrottle:
    """Decides whether an attempt to sign in with a password may be checked, and after whom."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._places = Throttle(burst=PAIR_BURST, seconds=PAIR_SECONDS, clock=clock)
        self._accounts = Throttle(burst=ACCOUNT_BURST, seconds=ACCOUNT_SECONDS, clock=clock)
        self._addresses = Throttle(burst=ADDRESS_BURST, seconds=ADDRESS_SECONDS, clock=clock)

    def attempt(self, email: str, address: str, *, device: str = "") -> Attempt:
        """Counts an attempt; `device` names a browser that this account is known to use."""
        account, network = _account(email), network_of(address)
        if device:
            return Attempt(self._places.wait(f"{device} {account}"), Rank.KNOWN)
        seconds = self._places.wait(f"{network} {account}") or self._accounts.wait(account)
        crowd = self._addresses.wait(network) > 0
        return Attempt(seconds, Rank.CROWD if crowd else Rank.STRANGER)

    def forgive(self, email: str, address: str, *, device: str = "") -> None:
        """Takes a right attempt off the count."""
        account, network = _account(email), network_of(address)
        self._places.give_back(f"{device or network} {account}")
        if not device:
            self._accounts.give_back(account)
            self._addresses.give_back(network)


def network_of(address: str) -> str:
    """What counts as one place: an IPv4 address, or a /64 of IPv6, which one customer has all of."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    return str(IPv6Address(int(parsed) >> 64 << 64)) if isinstance(parsed, IPv6Address) else str(parsed)


def _account(email: str) -> str:
    return email.strip().lower()[:320]
