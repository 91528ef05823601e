"""All metric families of the process, and their place in a registry of the Prometheus client library."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TypeVar

from prometheus_client import REGISTRY, CollectorRegistry, Metric

from . import metrics
from .families import Allocate, Child, Counter, Family, Histogram, RequestHistogram, heap_slots
from .metrics import CATALOGUE
from .process_metrics import Process
from .render import Row, Rows, family_metrics, local_rows

F = TypeVar("F", bound=Family)

_added: list[Family] = []
_share_texts: dict[tuple[str, str], Child] = {}


def _own_rows() -> Rows:
    return local_rows


def _own_process() -> list[Process]:
    return [Process(os.getpid())]


_rows_source: Callable[[], Rows] = _own_rows
_processes_source: Callable[[], list[Process]] = _own_process
_allocate: Allocate = heap_slots


class MetricNameTakenError(ValueError):
    """Another owner has registered a metric of the same name; both would write it and neither would be right."""


def add_metric(family: F) -> F:
    """Expose a metric of your own beside the catalogue, shared between workers like the rest. Returns it.

    Raises MetricNameTakenError if the name is in use.
    """
    if family.name in {known.name for known in families()}:
        raise MetricNameTakenError(f"{family.name} is already in the catalogue of iam_job_scout.monitoring")
    _added.append(family)
    if _allocate is not heap_slots:
        family.move(_allocate)
    return family


def keep_in(allocate: Allocate, *, afresh: bool = False) -> None:
    """Keep the values of all families, also of later ones, in blocks from `allocate`; `afresh` starts them over."""
    global _allocate
    _allocate = allocate
    for family in families():
        family.move(allocate, afresh=afresh)


def families() -> tuple[Family, ...]:
    """Every family: the catalogue and what was added."""
    return (*CATALOGUE, *_added)


def rows_source() -> Rows:
    """How to read the families now: this process's values, or those of all workers as of this moment."""
    return _Shares(_rows_source()).rows


class _Shares:
    """Adds, to two families, what requests keep in their own blocks because that is fastest: bytes and app seconds.

    They are summed up by endpoint while the requests themselves are read, so that one reading serves all three.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._sums: dict[str, list[float]] | None = None

    def rows(self, family: Family) -> Iterable[Row]:
        if family is metrics.HTTP_REQUESTS:
            return self._requests()
        if family is metrics.HTTP_RESPONSE_BYTES:
            return self._share(family, 0)
        if family is metrics.HTTP_PHASE_SECONDS:
            return chain(self._rows(family), self._share(family, 1, "app"))
        return self._rows(family)

    def _requests(self) -> Iterator[Row]:
        requests = metrics.HTTP_REQUESTS
        sums: dict[str, list[float]] = {}
        for child, slots in self._rows(requests):
            if any(slots):
                share = sums.setdefault(child.labels[1], [0.0, 0.0])
                share[0] += slots[requests.bytes_at]
                share[1] += requests.app_seconds_of(slots)
            yield child, slots
        self._sums = sums

    def _share(self, family: Family, index: int, *labels: str) -> Iterator[Row]:
        if self._sums is None:
            deque(self._requests(), maxlen=0)
        for endpoint, share in (self._sums or {}).items():
            key = (family.name, endpoint)
            if key not in _share_texts:
                _share_texts[key] = Child((endpoint, *labels), [])
            yield _share_texts[key], (share[index],)


def processes() -> list[Process]:
    """The processes whose values are read: this one, or all workers."""
    return _processes_source()


def read_from(rows: Callable[[], Rows], living: Callable[[], list[Process]]) -> None:
    """Replace where the values are read from, and which processes they are of."""
    global _rows_source, _processes_source
    _rows_source, _processes_source = rows, living


class CatalogueCollector:
    """The families for readers of the registry; `/metrics` itself takes a faster way."""

    def collect(self) -> Iterator[Metric]:
        """All families with their samples."""
        rows = rows_source()
        for family in families():
            yield from family_metrics(family, rows(family))

    def describe(self) -> Iterable[Metric]:
        """All families without samples, which lets the registry see a clash of names."""
        for family in families():
            yield from family_metrics(family, ())


def install(registry: CollectorRegistry = REGISTRY) -> None:
    """Make the catalogue part of `registry`; a second time changes nothing.

    Raises MetricNameTakenError, naming both owners, when a metric of the same name is registered there.
    """
    owners = registry._names_to_collectors
    if any(isinstance(owner, CatalogueCollector) for owner in owners.values()):
        return
    for name in _names():
        if name in owners:
            raise MetricNameTakenError(
                f"{name} is registered by {owners[name]!r} and by iam_job_scout.monitoring; remove one of them"
            )
    registry.register(CatalogueCollector())


def sample_names(family: Family) -> set[str]:
    """The names of the samples that a family exposes."""
    names = {family.name}
    if isinstance(family, Histogram):
        names = {f"{family.name}{suffix}" for suffix in ("_bucket", "_sum", "_count")}
    if isinstance(family, RequestHistogram):
        names.add(family.counter_name)
    return names


def _names() -> Iterator[str]:
    for family in families():
        yield family.name.removesuffix("_total") if isinstance(family, Counter) else family.name
        yield from sample_names(family)
