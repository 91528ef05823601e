"""What is kept in the process."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from iam_job_scout.jobs.kept import Kept


def test_what_is_kept_is_found_out_once() -> None:
    kept, asked = Kept[int](seconds=60, most=10), []
    assert [kept.get("a", lambda: len(asked.append(1) or asked)) for _ in range(3)] == [1, 1, 1]
    kept.forget()
    assert kept.get("a", lambda: 7) == 7


def test_what_is_too_old_or_not_worth_it_is_found_out_again() -> None:
    old, kept = Kept[int](seconds=0, most=10), Kept[int](seconds=60, most=10)
    assert [old.get("a", lambda n=n: n) for n in range(2)] == [0, 1]
    assert [kept.get("a", lambda n=n: n, worth=lambda found: found > 0) for n in range(3)] == [0, 1, 1]


def test_no_more_is_kept_than_was_said() -> None:
    kept = Kept[int](seconds=60, most=3)
    for n in range(10):
        kept.get(n, lambda n=n: n)
    assert len(kept._values) <= 3
    assert kept._under_way == {}
    # Not all at once makes room.
    assert [kept.get(n, lambda: -1) for n in (8, 9)] == [8, 9]


def test_threads_that_want_the_same_at_once_share_one_answer() -> None:
    kept, asked, go = Kept[int](seconds=60, most=10), [], threading.Event()

    def find_out() -> int:
        asked.append(1)
        go.wait(5)
        return 5

    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(kept.get, "a", find_out) for _ in range(4)]
        go.set()
        assert [each.result() for each in waiting] == [5] * 4
    assert len(asked) == 1


def test_a_failure_is_not_kept_and_does_not_keep_others_waiting() -> None:
    kept = Kept[int](seconds=60, most=10)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 // 0)
    assert kept.get("a", lambda: 3) == 3
