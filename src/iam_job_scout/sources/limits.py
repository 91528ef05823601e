"""How fast one source is asked: so many requests at once, so many a second."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Limiter:
    """Slots and pace for the requests to one source; belongs to the event loop that uses it.

    `per_second` None means no pace: the other end is a process of this machine.
    """

    def __init__(self, *, per_second: float | None, concurrency: int) -> None:
        self._spacing = 1 / per_second if per_second else 0.0
        self._slots = asyncio.Semaphore(concurrency)
        self._next_start = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits for a slot and for the pace; holds the slot until the block ends."""
        async with self._slots:
            await self._pace()
            yield

    def hold(self, seconds: float) -> None:
        """Starts no request in the next `seconds`: the source has said that it is asked too often."""
        if self._spacing:
            self._next_start = max(self._next_start, asyncio.get_running_loop().time() + seconds)

    async def _pace(self) -> None:
        if not self._spacing:
            return
        now = asyncio.get_running_loop().time()
        start = max(now, self._next_start)
        self._next_start = start + self._spacing
        await asyncio.sleep(start - now)
