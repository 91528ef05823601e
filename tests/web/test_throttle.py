"""How guessing is slowed down, with a clock of the tests' own."""

from iam_job_scout.web.throttle import (
    ADDRESS_BURST,
    ADDRESS_SECONDS,
    PAIR_BURST,
    PAIR_SECONDS,
    SignInThrottle,
    Throttle,
)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


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
    attempts = [throttle.wait("dana@example.com", "203.0.113.9") for _ in range(PAIR_BURST + 3)]
    assert attempts.count(0) == PAIR_BURST
    assert max(attempts) == PAIR_SECONDS
    assert throttle.wait("dana@example.com", "198.51.100.7") == 0


def test_the_spelling_of_the_account_does_not_matter() -> None:
    throttle = SignInThrottle(clock=Clock())
    spellings = ["dana@example.com", "DANA@example.com", " dana@example.com "] * PAIR_BURST
    assert [throttle.wait(spelling, "203.0.113.9") for spelling in spellings].count(0) == PAIR_BURST


def test_trying_many_accounts_from_one_address_is_slowed_down() -> None:
    throttle = SignInThrottle(clock=Clock())
    attempts = [throttle.wait(f"user{number}@example.com", "203.0.113.9") for number in range(ADDRESS_BURST + 5)]
    assert attempts.count(0) == ADDRESS_BURST
    assert max(attempts) == ADDRESS_SECONDS


def test_addresses_of_one_ipv6_network_count_as_one() -> None:
    throttle = SignInThrottle(clock=Clock())
    attempts = [throttle.wait("dana@example.com", f"2001:db8::{number:x}") for number in range(PAIR_BURST + 1)]
    assert attempts[-1] > 0
    assert throttle.wait("dana@example.com", "2001:db8:0:1::1") == 0


def test_a_right_attempt_is_taken_off_the_count() -> None:
    throttle = SignInThrottle(clock=Clock())
    for _ in range(PAIR_BURST * 4):
        assert throttle.wait("dana@example.com", "203.0.113.9") == 0
        throttle.forgive("dana@example.com", "203.0.113.9")


def test_an_address_that_is_none_is_a_key_like_others() -> None:
    throttle = SignInThrottle(clock=Clock())
    assert [throttle.wait("a@b.c", "unix") for _ in range(PAIR_BURST + 1)][-1] > 0
