"""Password hashes in threads of their own: how many at once, who goes first, who gives up, what the loop notices."""

import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from iam_job_scout.accounts.hashing import MAX_HASHES, MAX_WAITING, Hasher, Rank, TooBusy
from iam_job_scout.accounts.passwords import HASH_MIB


class Work:
    """Work that is held until it is let go, and remembers its order and how much ran at once."""

    def __init__(self) -> None:
        self.go, self.done, self.running, self.most = threading.Event(), [], 0, 0
        self._lock = threading.Lock()

    def named(self, name: str) -> Callable[[], str]:
        def work() -> str:
            with self._lock:
                self.running += 1
                self.most = max(self.most, self.running)
            self.go.wait(60)
            with self._lock:
                self.running -= 1
                self.done.append(name)
            return name

        return work


async def line_up(hasher: Hasher, work: Work, *turns: tuple[str, Rank]) -> list[asyncio.Task[str]]:
    tasks = []
    for name, rank in turns:
        tasks.append(asyncio.create_task(hasher.run(work.named(name), rank=rank)))
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    return tasks


def test_known_browsers_go_first_and_then_the_newest() -> None:
    async def scene() -> list[str]:
        hasher, work = Hasher(threads=1), Work()
        tasks = await line_up(
            hasher,
            work,
            ("running", Rank.CROWD),
            ("crowd", Rank.CROWD),
            ("old", Rank.STRANGER),
            ("known", Rank.KNOWN),
            ("new", Rank.STRANGER),
        )
        work.go.set()
        await asyncio.gather(*tasks)
        return work.done

    assert asyncio.run(scene()) == ["running", "known", "new", "old", "crowd"]


def test_no_more_run_at_once_than_there_are_threads() -> None:
    async def scene() -> int:
        hasher, work = Hasher(threads=2), Work()
        tasks = await line_up(hasher, work, *((str(number), Rank.STRANGER) for number in range(20)))
        work.go.set()
        await asyncio.gather(*tasks)
        return work.most

    assert asyncio.run(scene()) == 2


def test_where_too_many_wait_the_oldest_of_the_lowest_rank_gives_up() -> None:
    async def scene() -> list[object]:
        hasher, work = Hasher(threads=1, max_waiting=2), Work()
        turns = [("running", Rank.KNOWN), ("a", Rank.CROWD), ("b", Rank.KNOWN), ("c", Rank.CROWD), ("d", Rank.STRANGER)]
        tasks = await line_up(hasher, work, *turns)
        work.go.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    results = asyncio.run(scene())
    assert [isinstance(result, TooBusy) for result in results] == [False, True, False, True, False]


def test_nobody_waits_for_ever_and_the_hash_nobody_waits_for_is_not_made() -> None:
    async def scene() -> list[str]:
        hasher, work = Hasher(threads=1, max_seconds=0.2), Work()
        held = asyncio.create_task(hasher.run(work.named("held")))
        await asyncio.sleep(0.05)
        with pytest.raises(TooBusy):
            await hasher.run(work.named("late"))
        work.go.set()
        await asyncio.gather(held, return_exceptions=True)
        await hasher.run(work.named("next"))
        return work.done

    assert asyncio.run(scene()) == ["held", "next"]


def test_what_the_work_raises_reaches_who_waits() -> None:
    def fail() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(Hasher().run(fail))


def test_one_queue_serves_several_event_loops() -> None:
    hasher, results = Hasher(threads=1), []
    threads = [threading.Thread(target=lambda: results.append(asyncio.run(hasher.run(lambda: 7)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [7, 7, 7, 7]


def test_the_event_loop_goes_on_while_a_hash_is_made() -> None:
    async def scene() -> int:
        ticks, task = 0, asyncio.create_task(Hasher().run(lambda: time.sleep(0.5)))
        while not task.done():
            await asyncio.sleep(0.01)
            ticks += 1
        return ticks

    assert asyncio.run(scene()) > 10


def test_a_flood_of_ten_thousand_keeps_a_bounded_queue_and_lets_a_known_browser_through() -> None:
    async def scene() -> tuple[str, int, int]:
        hasher, work = Hasher(max_seconds=60), Work()
        one = work.named("one of many")
        flood = [asyncio.create_task(hasher.run(one, rank=Rank.CROWD)) for _ in range(10_000)]
        await asyncio.sleep(0.05)
        person = asyncio.create_task(hasher.run(work.named("person"), rank=Rank.KNOWN))
        await asyncio.sleep(0.05)
        refused = sum(isinstance(task.exception(), TooBusy) for task in flood if task.done())
        work.go.set()
        await asyncio.gather(person, *flood, return_exceptions=True)
        return work.done[MAX_HASHES], refused, work.most

    first, refused, most = asyncio.run(scene())
    assert first == "person"
    assert refused == 10_000 - MAX_WAITING - MAX_HASHES + 1
    assert most == MAX_HASHES
    assert most * HASH_MIB <= 64 * max(1, MAX_HASHES)
