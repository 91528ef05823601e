"""Exact totals over several worker processes: each scrape, of any worker, sums up the counts of all of them.

Counters and histograms of workers that have ended stay in the sum; gauges, such as the requests in progress, are those
of the living. See `worker_files.py` for why a worker that is killed loses nothing.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from array import array
from collections.abc import Iterable, Iterator
from operator import add
from pathlib import Path

from . import catalogue, metrics
from .families import Child, Family, Gauge, Labels
from .internal import report
from .process_metrics import Process
from .render import Row, Rows
from .worker_files import KEYS, VALUES, Archive, Reading, WorkerFile, directory_lock, stems


class WorkersError(RuntimeError):
    """The directory for the shared counts cannot be used."""


def check_directory(directory: Path) -> None:
    """Make the directory if need be. Raises WorkersError if files cannot be made and locked in it."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with directory_lock(directory, fcntl.LOCK_SH):
            pass
    except OSError as error:
        raise WorkersError(f"workers cannot share their counts in {directory}: {error.strerror or error}") from error


def share_between_workers(directory: Path) -> SharedCounts:
    """Keep this process's counts in `directory` from now on and read those of all processes that do.

    What was counted before comes along. Files left by a run that has ended, none of whose workers lives, are removed.
    Raises WorkersError if the directory cannot be used.
    """
    check_directory(directory)
    shared = SharedCounts(directory)
    try:
        shared.open()
    except OSError as error:
        raise WorkersError(f"workers cannot share their counts in {directory}: {error}") from error
    catalogue.keep_in(shared.file.allocate)
    catalogue.read_from(shared.rows, shared.processes)
    os.register_at_fork(after_in_child=shared.after_fork)
    return shared


class SharedCounts:
    """This process's part of the shared counts, and its view of the others'."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.file: WorkerFile
        self._readings: dict[str, Reading] = {}
        self._archive = Archive(directory)
        self._texts: dict[tuple[str, Labels], Child] = {}
        self._corrupt: set[str] = set()

    def open(self) -> None:
        """Make this process's files. Raises OSError if that fails."""
        with directory_lock(self.directory, fcntl.LOCK_EX):
            self._look()
            living = [reading for reading in self._readings.values() if reading.alive]
            if not living:
                self._remove(self._readings)
                (self.directory / "archive").unlink(missing_ok=True)
                self._readings.clear()
            taken = {reading.number for reading in living}
            number = next(n for n in range(len(taken) + 1) if str(n) not in taken)
            self.file = WorkerFile(self.directory, f"worker-{number}-{os.getpid()}-{secrets.token_hex(4)}")

    def after_fork(self) -> None:
        """Give a forked child files of its own, starting from nothing; the parent's stay the parent's."""
        try:
            self.file.abandon()
            self.open()
            catalogue.keep_in(self.file.allocate, afresh=True)
        except (OSError, ValueError) as error:
            report("workers", error)

    def processes(self) -> list[Process]:
        """The living workers."""
        return [Process(one.pid, one.number) for one in self._readings.values() if one.alive]

    def rows(self) -> Rows:
        """The counts of all workers as of now."""
        try:
            with directory_lock(self.directory, fcntl.LOCK_SH):
                self._look()
            if any(not reading.alive for reading in self._readings.values()):
                self._reap()
        except (OSError, ValueError) as error:
            report("workers", error)
        readings = list(self._readings.values())
        sums = self._archive.sums
        return lambda family: self._merged(family, readings, sums.get(family.name, {}))

    def _look(self) -> None:
        try:
            self._archive.look()
        except (OSError, ValueError, TypeError):
            self._count_corrupt("archive")
        present = set(stems(self.directory)) - self._archive.absorbed
        for stem in set(self._readings) - present:
            del self._readings[stem]
        for stem in sorted(present):
            reading = self._readings.setdefault(stem, Reading(self.directory, stem))
            try:
                reading.look()
            except OSError:
                reading.corrupt = True
            if reading.corrupt:
                self._count_corrupt(stem)

    def _count_corrupt(self, stem: str) -> None:
        if stem not in self._corrupt:
            self._corrupt.add(stem)
            metrics.CORRUPT_FILES.inc()

    def _reap(self) -> None:
        """Move the counts of workers that ended to the archive, unless another process is at it."""
        try:
            with directory_lock(self.directory, fcntl.LOCK_EX | fcntl.LOCK_NB):
                self._look()
                ended = {stem: reading for stem, reading in self._readings.items() if not reading.alive}
                counted = frozenset(one.name for one in catalogue.families() if not isinstance(one, Gauge))
                self._archive.absorb(ended.values(), counted)
                self._remove(self._archive.absorbed)
                for stem in ended:
                    del self._readings[stem]
        except BlockingIOError:
            return

    def _remove(self, ended: Iterable[str]) -> None:
        for stem in ended:
            for suffix in (KEYS, VALUES):
                (self.directory / (stem + suffix)).unlink(missing_ok=True)

    def _merged(self, family: Family, readings: list[Reading], ended: dict[Labels, array[float]]) -> Iterator[Row]:
        gauge = isinstance(family, Gauge)
        sources = [one for one in readings if family.name in one.blocks and (one.alive or not gauge)]
        known = dict.fromkeys(labels for one in sources for labels in one.blocks[family.name])
        for labels in known if gauge else {**known, **dict.fromkeys(ended)}:
            parts = [slots for one in sources if (slots := one.slots(family.name, labels)) is not None]
            if isinstance(family, Gauge):
                yield self._child(family, labels), _gauge_value(family, parts)
                continue
            if labels in ended:
                parts.append(ended[labels])
            if parts:
                yield self._child(family, labels), _sum(parts)

    def _child(self, family: Family, labels: Labels) -> Child:
        own = family.children.get(labels)
        if own is not None:
            return own
        key = (family.name, labels)
        if key not in self._texts:
            self._texts[key] = Child(labels, array("d"))
        return self._texts[key]


def _sum(parts: list[array[float]]) -> list[float] | array[float]:
    total: list[float] | array[float] = parts[0]
    for part in parts[1:]:
        total = list(map(add, total, part))
    return total


def _gauge_value(family: Gauge, parts: list[array[float]]) -> list[float]:
    present = [part for part in parts if part[0] == part[0]]
    if not present:
        return [family.resting]
    if family.latest:
        return [max(present, key=lambda part: part[1])[0]]
    return [sum(part[0] for part in present)]
