"""Starts programs, shows their output, says when each is ready or dies, and stops them all.

Nothing is restarted: a program that dies is reported with its exit code and last lines. The death of a vital one
ends the whole; the others go on without the dead one.
"""

import asyncio
import signal
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from iam_job_scout.stack.output import Output, Shown, show_all
from iam_job_scout.stack.processes import Child, Guard, spawn

#: Seconds between SIGTERM and SIGKILL; with what follows, all is over within 5 s.
GRACE_SECONDS = 4.0
READY_SECONDS = 60.0
LAST_LINES = 8
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Service:
    """A program to run. `ready` is asked repeatedly, in a thread, and may block for about a second."""

    name: str
    argv: tuple[str, ...]
    ready: Callable[[], bool]
    url: str = ""
    vital: bool = False
    shown: Shown = show_all
    env: Mapping[str, str] | None = None
    cwd: Path | None = None


@dataclass(frozen=True)
class Ended:
    """How a program ended that nobody had asked to stop."""

    service: Service
    code: int


class Supervisor:
    """Use inside `with`: it takes the signals on entry and gives them back on exit."""

    def __init__(self, output: Output, guard: Guard, *, grace: float = GRACE_SECONDS) -> None:
        self._output = output
        self._guard = guard
        self._grace = grace
        self._running: dict[str, Child] = {}
        self._watchers: list[asyncio.Task[None]] = []
        self._ready_waits: list[asyncio.Task[None]] = []
        self._over = asyncio.Event()
        self._nobody_left = asyncio.Event()
        self.stopping = False
        self.vital_end: Ended | None = None

    @contextmanager
    def taking_signals(self) -> Iterator[None]:
        """The first SIGINT, SIGTERM or SIGHUP ends `until_over`; a second one kills every program at once."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._on_signal)
        try:
            yield
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)

    def _on_signal(self) -> None:
        if self._over.is_set():
            for child in self._running.values():
                child.kill()
        else:
            self._output.line("scout", "stopping")
        self._over.set()

    async def start(self, service: Service) -> None:
        """Starts a program, watches it and will say when it is ready; returns at once."""
        child = await spawn(service.argv, guard=self._guard, env=service.env, cwd=service.cwd)
        self._running[service.name] = child
        self._nobody_left.clear()
        self._watchers.append(asyncio.create_task(self._watch(service, child)))
        self._ready_waits.append(asyncio.create_task(self._report_ready(service)))

    def runs(self, name: str) -> bool:
        """Whether a program was started and has not ended."""
        return name in self._running

    async def until_ready(self) -> None:
        """Waits until each program that was started is ready, has died, or has taken too long; each was said."""
        await asyncio.gather(*self._ready_waits)

    async def _report_ready(self, service: Service) -> None:
        clock = asyncio.get_running_loop().time
        begun = clock()
        while self.runs(service.name) and clock() - begun < READY_SECONDS:
            if await asyncio.to_thread(service.ready):
                self._output.line(service.name, f"ready after {clock() - begun:.1f} s  {service.url}".rstrip())
                return
            await asyncio.sleep(0.1)
        if self.runs(service.name):
            self._output.trouble(service.name, f"not ready after {READY_SECONDS:.0f} s; its log may say why")

    async def _watch(self, service: Service, child: Child) -> None:
        last: deque[str] = deque(maxlen=LAST_LINES)
        reader = asyncio.create_task(self._show(service, child, last))
        code = await child.wait()
        await asyncio.wait([reader], timeout=0.5)
        reader.cancel()
        child.close()
        del self._running[service.name]
        if not self.stopping:
            self._report(Ended(service, code), last)
        if not self._running:
            self._nobody_left.set()

    async def _show(self, service: Service, child: Child, last: deque[str]) -> None:
        async for line in child.lines():
            last.append(line)
            if service.shown(line):
                self._output.line(service.name, line)

    def _report(self, ended: Ended, last: deque[str]) -> None:
        hidden = [line for line in last if not ended.service.shown(line)]
        for line in hidden:
            self._output.line(ended.service.name, line)
        consequence = "everything stops" if ended.service.vital else "the others go on without it"
        self._output.trouble(ended.service.name, f"ended by itself, {describe_code(ended.code)}; {consequence}")
        if ended.service.vital:
            self.vital_end = ended
            self._over.set()

    @property
    def exit_code(self) -> int:
        """0 after a signal; the code of a vital program that died, or 1."""
        if self.vital_end:
            return self.vital_end.code if self.vital_end.code > 0 else 1
        return 0 if self._over.is_set() else 1

    async def until_over(self) -> None:
        """Waits for a signal, the death of a vital program, or the end of the last one."""
        waits = [asyncio.create_task(event.wait()) for event in (self._over, self._nobody_left)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def stop(self) -> None:
        """Stops what still runs: SIGTERM, and SIGKILL after the grace."""
        self.stopping = True
        for wait in self._ready_waits:
            wait.cancel()
        for child in self._running.values():
            child.terminate()
        pending = [watcher for watcher in self._watchers if not watcher.done()]
        if pending:
            await asyncio.wait(pending, timeout=self._grace)
        for name, child in self._running.items():
            self._output.trouble(name, f"did not stop within {self._grace:g} s and is killed")
            child.kill()
        await asyncio.gather(*self._watchers)
        self._output.line("scout", "stopped")


def describe_code(code: int) -> str:
    """An exit code as a person says it; asyncio gives minus the number of a signal."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
