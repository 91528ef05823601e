"""The files through which workers share their counts: one pair for each worker, and an archive of those that ended.

`<stem>.keys` names the blocks, a JSON line each, written before the block is used. `<stem>.values` is the worker's
memory-mapped array of float64. What was counted is in the kernel's hands the moment it is written, so a worker that is
killed loses nothing. The owner holds a lock on its keys for as long as it lives; the kernel lets go of it whatever
happens, so that a process number used again is never mistaken for a living worker.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import mmap
import os
import threading
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, cast

from .families import Family, Labels, Slots, heap_slots
from .internal import report

KEYS, VALUES = ".keys", ".values"
# Address space only: disk is taken in steps of `STEP_SLOTS`, so that a full disk is an error here and not a crash.
MAX_SLOTS = 2_000_000
STEP_SLOTS = 8_192
_SLOT_BYTES = 8


class Block(NamedTuple):
    """Where a label set's slots are."""

    offset: int
    width: int


class WorkerFile:
    """The pair of files that this process writes."""

    def __init__(self, directory: Path, stem: str) -> None:
        self.stem = stem
        self._lock = threading.Lock()
        self._used = 0
        self._reserved = 0
        flags = os.O_CREAT | os.O_EXCL | os.O_RDWR
        self._values = os.open(directory / (stem + VALUES), flags, 0o600)
        os.ftruncate(self._values, MAX_SLOTS * _SLOT_BYTES)
        self._slots = memoryview(mmap.mmap(self._values, MAX_SLOTS * _SLOT_BYTES)).cast("d")
        self._keys = os.open(directory / (stem + KEYS), flags | os.O_APPEND, 0o600)
        fcntl.flock(self._keys, fcntl.LOCK_EX)

    def allocate(self, family: Family, labels: Labels) -> Slots:
        """A block for this label set; one of this process alone if the files can take no more, which is reported."""
        try:
            with self._lock:
                return self._allocate(family, labels)
        except (OSError, ValueError) as error:
            report("workers", error)
            return heap_slots(family, labels)

    def _allocate(self, family: Family, labels: Labels) -> Slots:
        block = Block(self._used, family.width)
        end = block.offset + block.width
        if end > MAX_SLOTS:
            raise ValueError("the file for the shared counts is full")
        while end > self._reserved:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self._values, self._reserved * _SLOT_BYTES, STEP_SLOTS * _SLOT_BYTES)
            self._reserved += STEP_SLOTS
        slots = self._slots[block.offset : end]
        for index in range(family.width):
            slots[index] = family.resting
        os.write(self._keys, json.dumps([family.name, labels, *block]).encode() + b"\n")
        self._used = end
        return cast(Slots, slots)

    def abandon(self) -> None:
        """Close the files without letting the lock go that a parent process holds: for a forked child."""
        os.close(self._keys)
        os.close(self._values)


@dataclass(slots=True)
class Reading:
    """What is known of one worker's files: blocks by family, and the values as of the last look."""

    directory: Path
    stem: str
    blocks: dict[str, dict[Labels, Block]] = field(default_factory=dict)
    values: array[float] = field(default_factory=lambda: array("d"))
    alive: bool = True
    corrupt: bool = False
    _read: int = 0
    _end: int = 0

    def look(self) -> None:
        """Read what is new of the keys, and the values. Raises OSError if the files are gone."""
        with (self.directory / (self.stem + KEYS)).open("rb") as keys:
            self.alive = not _lock_is_free(keys.fileno())
            keys.seek(self._read)
            text = keys.read()
        whole, _, rest = text.rpartition(b"\n")
        self._read += len(text) - len(rest)
        self.corrupt = self.corrupt or (bool(rest) and not self.alive)
        for line in whole.splitlines():
            self._learn(line)
        self._read_values()

    def _learn(self, line: bytes) -> None:
        try:
            name, labels, offset, width = json.loads(line)
            block = Block(int(offset), int(width))
            self.blocks.setdefault(str(name), {})[tuple(labels)] = block
            self._end = max(self._end, block.offset + block.width)
        except (ValueError, TypeError):
            self.corrupt = True

    def _read_values(self) -> None:
        with (self.directory / (self.stem + VALUES)).open("rb") as values:
            content = values.read(self._end * _SLOT_BYTES)
        self.values = array("d")
        self.values.frombytes(content[: len(content) // _SLOT_BYTES * _SLOT_BYTES])
        self.corrupt = self.corrupt or len(content) < self._end * _SLOT_BYTES

    def slots(self, family: str, labels: Labels) -> array[float] | None:
        """The values of a label set; None if this worker has none or they are cut off."""
        block = self.blocks.get(family, {}).get(labels)
        if block is None or block.offset + block.width > len(self.values):
            return None
        return self.values[block.offset : block.offset + block.width]

    @property
    def number(self) -> str:
        """The worker's number, the smallest that was free when it started."""
        return self.stem.split("-")[1]

    @property
    def pid(self) -> int:
        """The worker's process."""
        return int(self.stem.split("-")[2])


def _lock_is_free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def stems(directory: Path) -> list[str]:
    """The workers that have files in the directory, living or not."""
    return sorted(path.name.removesuffix(KEYS) for path in directory.glob(f"worker-*-*-*{KEYS}"))


@contextlib.contextmanager
def directory_lock(directory: Path, mode: int) -> Iterator[None]:
    """Hold the directory's lock, shared to read or exclusive to remove files. Raises OSError if it cannot be had."""
    descriptor = os.open(directory / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, mode)
        yield
    finally:
        os.close(descriptor)


class Archive:
    """Counts of workers that have ended, summed up, in one file that is only ever replaced whole."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "archive"
        self._version: tuple[int, int] | None = None
        self.absorbed: frozenset[str] = frozenset()
        self.sums: dict[str, dict[Labels, array[float]]] = {}

    def look(self) -> None:
        """Read the file if it has been replaced. Raises ValueError if it is not readable."""
        try:
            state = self._path.stat()
        except FileNotFoundError:
            self._version, self.absorbed, self.sums = None, frozenset(), {}
            return
        if (state.st_ino, state.st_mtime_ns) != self._version:
            head, *lines = self._path.read_text().splitlines()
            sums: dict[str, dict[Labels, array[float]]] = {}
            for line in lines:
                name, labels, values = json.loads(line)
                sums.setdefault(name, {})[tuple(labels)] = array("d", values)
            self.absorbed, self.sums = frozenset(json.loads(head)), sums
            self._version = (state.st_ino, state.st_mtime_ns)

    def absorb(self, ended: Iterable[Reading], counted: frozenset[str]) -> None:
        """Add the workers' families named in `counted` to the file. Afterwards their own files may go."""
        gone = list(ended)
        self._version = None
        for reading in gone:
            for name in counted & reading.blocks.keys():
                for labels in reading.blocks[name]:
                    self._add(name, labels, reading.slots(name, labels))
        # Files that are still there although an earlier archive has their counts must not be counted again.
        self.absorbed = frozenset(reading.stem for reading in gone) | (self.absorbed & set(stems(self._path.parent)))
        lines = [json.dumps(sorted(self.absorbed))]
        for name, sums in self.sums.items():
            lines.extend(json.dumps([name, labels, list(values)]) for labels, values in sums.items())
        fresh = self._path.with_suffix(f".{os.getpid()}")
        with fresh.open("w") as file:
            file.write("\n".join(lines))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)

    def _add(self, name: str, labels: Labels, values: array[float] | None) -> None:
        if values is None:
            return
        sums = self.sums.setdefault(name, {})
        before = sums.get(labels)
        sums[labels] = array("d", map(sum, zip(before, values, strict=True))) if before else values
