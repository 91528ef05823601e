"""A source is asked no faster, and by no more at once, than its limits say."""

import asyncio
import time

from iam_job_scout.sources.limits import Limiter


def starts(limiter: Limiter, turns: int, *, work_seconds: float = 0.0) -> list[float]:
    found: list[float] = []

    async def one() -> None:
        async with limiter.turn():
            found.append(time.monotonic())
            await asyncio.sleep(work_seconds)

    async def main() -> None:
        await asyncio.gather(*(one() for _ in range(turns)))

    asyncio.run(main())
    return [moment - found[0] for moment in found]


def test_the_pace_is_kept() -> None:
    gaps = starts(Limiter(per_second=50, concurrency=10), 6)
    assert gaps[-1] >= 0.08


def test_without_a_pace_all_start_at_once() -> None:
    assert starts(Limiter(per_second=None, concurrency=10), 10)[-1] < 0.05


def test_only_so_many_run_at_once() -> None:
    gaps = starts(Limiter(per_second=None, concurrency=2), 6, work_seconds=0.05)
    assert gaps[-1] >= 0.09


def test_a_hold_keeps_all_waiting() -> None:
    limiter = Limiter(per_second=1000, concurrency=10)

    async def main() -> float:
        limiter.hold(0.1)
        before = time.monotonic()
        async with limiter.turn():
            return time.monotonic() - before

    assert asyncio.run(main()) >= 0.09


def test_a_cancelled_wait_gives_its_slot_back() -> None:
    limiter = Limiter(per_second=1, concurrency=1)

    async def turn() -> None:
        async with limiter.turn():
            pass

    async def main() -> None:
        await turn()
        waiting = asyncio.create_task(turn())
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert not limiter._slots.locked()

    asyncio.run(main())
