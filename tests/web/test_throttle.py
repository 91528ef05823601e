"""How guessing is slowed down without locking anybody else out, with a clock of the tests' own."""

import asyncio
import time

from iam_job_scout.accounts.hashing import Rank
from iam_job_scout.web.throttle import (
    ACCOUNT_BURST,
    ACCOUNT_SECONDS,
    ADDRESS_BURST,
    PAIR_BURST,
    PAIR_SECONDS,
    Pace,
    SignInThrottle,
    Throttle,
)

DANA, HERE = "dana@example.com", "203.0.113.9"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def seconds(throttle: SignInThrottle, email: str = DANA, address: str = HERE, device: str = "") -> int:
    return throttle.attempt(email, address, device=device).seconds


def guess_from_everywhere(throttle: SignInThrottle, times: int) -> list[int]:
    return [seconds(throttle, address=f"198.51.{number // 250}.{number % 250}") for number in range(times)]


def test_a_burst_is_let_through_and_then_one_at_a_time() -> None:
    clock = Clock()
    throttle = Throttle(burst=2, seconds=10, clock=clock)
    assert [throttle.wait("a") for _ in range(3)] == [0, 0, 10]
    clock.now += 9
    assert throttle.wait("a") == 1
    clock.now += 1
    assert throttle.wait("a") == 0


def test_waiting_in_vain_costs_nothing() -> None:
    clock = Clock()
    throttle = Throttle(burst=1, seconds=10, clock=clock)
    throttle.wait("a")
    assert {throttle.wait("a") for _ in range(100)} == {10}


def test_keys_do_not_know_each_other() -> None:
    throttle = Throttle(burst=1, seconds=10, clock=Clock())
    assert [throttle.wait("a"), throttle.wait("b")] == [0, 0]


def test_memory_is_bounded_whatever_keys_come() -> None:
    throttle = Throttle(burst=1, seconds=10, max_keys=100, clock=Clock())
    for number in range(5_000):
        throttle.wait(str(number))
    assert len(throttle) == 100


def test_guessing_from_one_address_does_not_lock_the_owner_out_at_another() -> None:
    throttle = SignInThrottle(clock=Clock())
    waits = [seconds(throttle) for _ in range(PAIR_BURST + 3)]
    assert waits.count(0) == PAIR_BURST
    assert max(waits) == PAIR_SECONDS
    assert seconds(throttle, address="198.51.100.7") == 0


def test_guessing_from_ones_own_address_does_not_lock_a_known_browser_out() -> None:
    throttle = SignInThrottle(clock=Clock())
    for _ in range(PAIR_BURST + 3):
        seconds(throttle)
    assert throttle.attempt(DANA, HERE, device="laptop").seconds == 0
    assert seconds(throttle) > 0


def test_a_known_browser_may_not_guess_without_end_either() -> None:
    throttle = SignInThrottle(clock=Clock())
    assert [seconds(throttle, device="laptop") for _ in range(PAIR_BURST + 1)][-1] > 0


def test_guessing_from_everywhere_at_once_is_limited_to_a_hundred_an_hour() -> None:
    clock = Clock()
    throttle = SignInThrottle(clock=clock)
    waits = guess_from_everywhere(throttle, ACCOUNT_BURST + 50)
    assert waits.count(0) == ACCOUNT_BURST == 100
    clock.now += 3_600
    assert guess_from_everywhere(throttle, ACCOUNT_BURST + 50).count(0) == 100
    assert ACCOUNT_SECONDS * ACCOUNT_BURST == 3_600


def test_guessing_from_everywhere_does_not_lock_a_known_browser_or_another_account_out() -> None:
    throttle = SignInThrottle(clock=Clock())
    guess_from_everywhere(throttle, ACCOUNT_BURST + 50)
    assert seconds(throttle, address="192.0.2.1") > 0
    assert seconds(throttle, address="192.0.2.1", device="laptop") == 0
    assert seconds(throttle, "eve@example.com", "192.0.2.1") == 0


def test_the_spelling_of_the_account_does_not_matter() -> None:
    throttle = SignInThrottle(clock=Clock())
    spellings = ["dana@example.com", "DANA@example.com", " dana@example.com "] * PAIR_BURST
    assert [seconds(throttle, spelling) for spelling in spellings].count(0) == PAIR_BURST


def test_who_tries_many_accounts_from_one_address_is_served_after_all_others() -> None:
    throttle = SignInThrottle(clock=Clock())
    attempts = [throttle.attempt(f"user{number}@example.com", HERE) for number in range(ADDRESS_BURST + 5)]
    assert [attempt.rank for attempt in attempts].count(Rank.STRANGER) == ADDRESS_BURST
    assert attempts[-1].rank == Rank.CROWD
    assert throttle.attempt(DANA, "198.51.100.7").rank == Rank.STRANGER
    assert throttle.attempt(DANA, HERE, device="laptop").rank == Rank.KNOWN


def test_nobody_is_refused_because_of_neighbours_at_the_same_address() -> None:
    throttle = SignInThrottle(clock=Clock())
    for number in range(10_000):
        throttle.attempt(f"user{number}@example.com", HERE)
    assert seconds(throttle) == 0


def test_addresses_of_one_ipv6_network_count_as_one() -> None:
    throttle = SignInThrottle(clock=Clock())
    waits = [seconds(throttle, address=f"2001:db8::{number:x}") for number in range(PAIR_BURST + 1)]
    assert waits[-1] > 0
    assert seconds(throttle, address="2001:db8:0:1::1") == 0


def test_a_right_attempt_is_taken_off_the_count() -> None:
    throttle = SignInThrottle(clock=Clock())
    for _ in range(ACCOUNT_BURST * 2):
        assert seconds(throttle) == 0
        throttle.forgive(DANA, HERE)


def test_an_address_that_is_none_is_a_key_like_others() -> None:
    throttle = SignInThrottle(clock=Clock())
    assert [seconds(throttle, address="unix") for _ in range(PAIR_BURST + 1)][-1] > 0


async def waited(pace: Pace, callers: int) -> list[float]:
    """Seconds that each of so many callers at once was held back."""
    began = time.monotonic()

    async def one() -> float:
        await pace.turn()
        return time.monotonic() - began

    return await asyncio.gather(*(one() for _ in range(callers)))


def test_refusals_of_a_flood_are_given_one_after_the_other() -> None:
    alone, *others = asyncio.run(waited(Pace(per_second=100), 11))
    assert alone < 0.01
    assert others == sorted(others)
    assert 0.09 < others[-1] < 0.5


def test_nobody_is_held_back_for_longer_than_said() -> None:
    assert max(asyncio.run(waited(Pace(per_second=1, longest=0.05), 20))) < 0.5
