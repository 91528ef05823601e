"""Memory, processor time and open files of this process, or of every worker, from Linux' `/proc`.

The same names and values as the Prometheus client library's, for any process and with fewer system calls: each of
those gives the interpreter lock away, which a busy program is slow to give back.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from .render import head, number

PROC = Path("/proc")


class Process(NamedTuple):
    """A process to report on; `worker` is its number among several, or None if it is the only one."""

    pid: int
    worker: str | None = None


class Usage(NamedTuple):
    """What a process uses: bytes, seconds, Unix time of its start, file descriptors."""

    virtual: float
    resident: float
    started: float
    cpu: float
    open_files: float
    max_files: float


_FAMILIES = (
    ("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes."),
    ("process_resident_memory_bytes", "gauge", "Resident memory size in bytes."),
    ("process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds."),
    ("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds."),
    ("process_open_fds", "gauge", "Number of open file descriptors."),
    ("process_max_fds", "gauge", "Maximum number of open file descriptors."),
)


def supported() -> bool:
    """Whether this system tells about its processes in the way that is read here."""
    return (PROC / "self/stat").exists()


def usage(pid: int) -> Usage:
    """Read one process. Raises OSError if there is no such process."""
    # Fields as in proc(5); the name in parentheses may itself contain spaces and parentheses.
    fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    return Usage(
        virtual=float(fields[20]),
        resident=float(fields[21]) * os.sysconf("SC_PAGE_SIZE"),
        started=_boot_time() + float(fields[19]) / ticks,
        cpu=(float(fields[11]) + float(fields[12])) / ticks,
        open_files=float(len(os.listdir(PROC / str(pid) / "fd"))),  # noqa: PTH208 - names alone are enough
        max_files=float(resource.prlimit(pid, resource.RLIMIT_NOFILE)[0]),
    )


@cache
def _boot_time() -> float:
    with (PROC / "stat").open() as lines:
        return float(next(line for line in lines if line.startswith("btime ")).split()[1])


def process_text(processes: Iterable[Process], *, openmetrics: bool = False) -> Iterator[str]:
    """Exposition text for these processes; one that has ended meanwhile is left out."""
    read = list(_read(processes))
    for index, (name, kind, documentation) in enumerate(_FAMILIES):
        if read:
            yield head(name, kind, documentation, openmetrics=openmetrics)
        for worker, used in read:
            labels = "" if worker is None else f'{{worker="{worker}"}}'
            yield f"{name}{labels} {number(used[index])}\n"


def _read(processes: Iterable[Process]) -> Iterator[tuple[str | None, Usage]]:
    for process in processes:
        try:
            yield process.worker, usage(process.pid)
        except OSError:
            continue
