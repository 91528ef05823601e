"""Child processes that never outlive this one: each in a group of its own, leashed and guarded."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from iam_job_scout.stack import guard, leash
from iam_job_scout.stack.guard import send

LONGEST_LINE = 256 * 1024


class Guard:
    """The small process that stops our children when this process dies without a word. See guard.py."""

    def __enter__(self) -> "Guard":
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter and a file of this package
            [sys.executable, "-I", "-S", guard.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )
        return self

    def add(self, group: int) -> None:
        """From now on this process group is stopped when we are gone."""
        self._tell(f"+{group}\n")

    def remove(self, group: int) -> None:
        """The group is gone; its number may soon be somebody else's."""
        self._tell(f"-{group}\n")

    def _tell(self, line: str) -> None:
        pipe = self._process.stdin
        if pipe is not None and self._process.poll() is None:
            pipe.write(line)
            pipe.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.communicate()


@dataclass(frozen=True)
class _Output:
    reader: asyncio.StreamReader
    transport: asyncio.BaseTransport


class Child:
    """A running program. Make one with `spawn`."""

    def __init__(self, process: asyncio.subprocess.Process, output: "_Output", guard: Guard) -> None:
        self.pid = process.pid
        self._process = process
        self._output = output
        self._guard = guard

    async def lines(self) -> AsyncIterator[str]:
        """Its output, standard error included, line by line until it ends."""
        rest = b""
        while chunk := await self._output.reader.read(65536):
            *whole, rest = (rest + chunk).split(b"\n")
            if len(rest) > LONGEST_LINE:
                whole, rest = [*whole, rest], b""
            for line in whole:
                yield line.decode(errors="replace").rstrip("\r")
        if rest:
            yield rest.decode(errors="replace")

    async def wait(self) -> int:
        """Waits for its end and removes what it left of its group; returns the code, minus the signal if killed."""
        code = await self._process.wait()
        send(self.pid, signal.SIGKILL)
        self._guard.remove(self.pid)
        return code

    def close(self) -> None:
        """Stops reading its output, which a grandchild may hold open for ever."""
        self._output.transport.close()

    def terminate(self) -> None:
        """Asks the program to stop; what it started itself is its own to stop."""
        if self._process.returncode is None:
            self._process.terminate()

    def kill(self) -> None:
        """Ends the program and all that it started, at once."""
        if self._process.returncode is None:
            send(self.pid, signal.SIGKILL)


async def spawn(
    argv: Sequence[str], *, guard: Guard, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Child:
    """Starts a program with no input and its output in one pipe.

    Its standard output is a pipe of ours, not asyncio's: then `wait` ends with the program even where a grandchild
    keeps the pipe open. Call it from the main thread: Linux ties the leash to the thread that starts the child.
    """
    reading, writing = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", leash.__file__, str(os.getpid())),
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            env=env,
            cwd=cwd,
            start_new_session=True,
        )
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    guard.add(process.pid)
    return Child(process, await _stream(reading), guard)


async def _stream(descriptor: int) -> _Output:
    reader = asyncio.StreamReader()
    pipe = os.fdopen(descriptor, "rb", buffering=0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    return _Output(reader, transport)


async def run_to_end(argv: Sequence[str], *, guard: Guard, cwd: Path | None = None) -> tuple[int, list[str]]:
    """Runs a command to its end; returns exit code and output lines. Cancelling it ends the command at once."""
    child = await spawn(argv, guard=guard, env={**os.environ, "LC_ALL": "C"}, cwd=cwd)
    try:
        lines = [line async for line in child.lines()]
        return await child.wait(), lines
    except asyncio.CancelledError:
        child.kill()
        await child.wait()
        raise
    finally:
        child.close()
