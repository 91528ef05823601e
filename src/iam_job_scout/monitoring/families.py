"""Metric families over flat blocks of float64 slots, the storage beneath every metric of the catalogue.

A label set owns one small block: a list of this process, or a slice of a file that all workers map
(`workers.py`). Both are indexed alike, so recording does not know which one it writes to. Slots are changed by
`slots[i] += x`, which the interpreter lock does not interrupt; other writers hold the family's lock.
"""

from __future__ import annotations

import math
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableSequence, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ClassVar

Slots = MutableSequence[float]
Labels = tuple[str, ...]
Allocate = Callable[["Family", Labels], Slots]

OTHER = "__other__"
MAX_VALUE_LENGTH = 128
DEFAULT_LIMIT = 100

NO_SAMPLE = math.nan

_watched: ContextVar[set[Gauge] | None] = ContextVar("monitoring_watched_sets", default=None)


@contextmanager
def watching_sets(into: set[Gauge]) -> Iterator[None]:
    """Note in `into` every gauge that is set within the block, in this thread or task."""
    token = _watched.set(into)
    try:
        yield
    finally:
        _watched.reset(token)


def heap_slots(family: Family, labels: Labels) -> Slots:
    """A block of this process's own memory, set to the family's resting value. A list, whose items change fastest."""
    return [family.resting] * family.width


class Child:
    """One label set: its values, its block and (once rendered) its label text."""

    __slots__ = ("exemplars", "labels", "slots", "text")

    def __init__(self, labels: Labels, slots: Slots) -> None:
        self.labels = labels
        self.slots = slots
        self.text: str | None = None
        self.exemplars: dict[int, tuple[str, float, float]] | None = None


class Family:
    """A metric with its label names and label sets.

    `limits` caps the distinct values of a label (default 100). Past the cap only that label becomes
    `__other__`; the sample is still counted, so sums stay exact.
    """

    kind: ClassVar[str] = "untyped"
    resting: ClassVar[float] = 0.0

    def __init__(
        self,
        name: str,
        documentation: str,
        labels: Iterable[str] = (),
        *,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        self.name = name
        self.documentation = documentation
        self.labels = tuple(labels)
        self.limits = tuple((limits or {}).get(label, DEFAULT_LIMIT) for label in self.labels)
        self.width = 1
        self.children: dict[Labels, Child] = {}
        self.lock = threading.Lock()
        self._allocate: Allocate = heap_slots
        self._seen: tuple[set[str], ...] = tuple(set() for _ in self.labels)

    def child(self, labels: Labels) -> Child:
        """The label set with these values, made on first use, within the budget."""
        found = self.children.get(labels)
        return found if found is not None else self._admit(labels)

    def move(self, allocate: Allocate, *, afresh: bool = False) -> None:
        """Take new blocks from `allocate` from now on, carrying over what was counted unless told to start `afresh`."""
        if afresh:
            # A thread of the parent may have held the lock when this process was forked.
            self.lock = threading.Lock()
        with self.lock:
            self._allocate = allocate
            for child in self.children.values():
                fresh = allocate(self, child.labels)
                for index, value in enumerate(() if afresh else child.slots):
                    fresh[index] = value
                child.slots = fresh

    def clear(self) -> None:
        """Forget every label set. For tests, and for gauges whose source has gone."""
        with self.lock:
            self.children = {}
            self._seen = tuple(set() for _ in self.labels)

    def _admit(self, labels: Labels) -> Child:
        if len(labels) != len(self.labels):
            raise ValueError(f"{self.name} takes the labels {self.labels}, got {labels}")
        with self.lock:
            bounded = tuple(self._bounded(index, value) for index, value in enumerate(labels))
            child = self.children.get(bounded)
            if child is None:
                child = self.children[bounded] = Child(bounded, self._allocate(self, bounded))
        for label, wanted, given in zip(self.labels, labels, bounded, strict=True):
            if given == OTHER and wanted != OTHER:
                LABEL_OVERFLOW.inc(self.name, label)
        return child

    def _bounded(self, index: int, value: str) -> str:
        value = str(value)[:MAX_VALUE_LENGTH]
        seen = self._seen[index]
        if value in seen or value == OTHER:
            return value
        if len(seen) >= self.limits[index]:
            return OTHER
        seen.add(value)
        return value


class Counter(Family):
    """A number that only grows. Its name ends in `_total`."""

    kind = "counter"

    def inc(self, *labels: str, by: float = 1.0) -> None:
        """Add `by` (not negative)."""
        child = self.child(labels)
        with self.lock:
            child.slots[0] += by

    def touch(self, *labels: str) -> None:
        """Let the label set exist at zero, so that its first increase is visible to `increase()`."""
        self.child(labels)

    def value(self, *labels: str) -> float:
        """What this process counted; 0 for an unknown label set."""
        child = self.children.get(labels)
        return child.slots[0] if child else 0.0


class Gauge(Family):
    """A value that goes up and down. A label set without a value (NaN) is not exposed.

    Over several workers a gauge is the sum of the living ones, or with `latest=True` the value that was set last:
    right for what every worker reads from the same database.
    """

    kind = "gauge"
    resting = NO_SAMPLE

    def __init__(
        self,
        name: str,
        documentation: str,
        labels: Iterable[str] = (),
        *,
        limits: Mapping[str, int] | None = None,
        latest: bool = False,
    ) -> None:
        super().__init__(name, documentation, labels, limits=limits)
        self.latest = latest
        self.width = 2 if latest else 1

    def set(self, value: float, *labels: str) -> None:
        """Set the value; with `latest`, also the wall-clock second at which it was true."""
        child = self.child(labels)
        watched = _watched.get()
        if watched is not None:
            watched.add(self)
        with self.lock:
            child.slots[0] = float(value)
            if self.latest:
                child.slots[1] = time.time()

    def add(self, amount: float, *labels: str) -> None:
        """Add to the value; an absent one counts as zero."""
        child = self.child(labels)
        with self.lock:
            before = child.slots[0]
            child.slots[0] = amount if before != before else before + amount

    def withdraw(self) -> None:
        """Expose nothing until the next `set`: no value is better than one that is no longer true."""
        with self.lock:
            for child in self.children.values():
                child.slots[0] = NO_SAMPLE

    def value(self, *labels: str) -> float | None:
        """What this process set; None while there is no value."""
        child = self.children.get(labels)
        return None if child is None or math.isnan(child.slots[0]) else child.slots[0]


class Histogram(Family):
    """Observations counted in buckets; the block holds one slot per bucket, `+Inf` included, then the sum."""

    kind = "histogram"

    def __init__(
        self,
        name: str,
        documentation: str,
        labels: Iterable[str] = (),
        *,
        buckets: tuple[float, ...],
        limits: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(name, documentation, labels, limits=limits)
        self.buckets = buckets
        self.sum_at = len(buckets) + 1
        self.width = len(buckets) + 2

    def observe(self, value: float, *labels: str) -> None:
        """Count one observation, in the metric's unit."""
        child = self.child(labels)
        with self.lock:
            child.slots[bisect_left(self.buckets, value)] += 1
            child.slots[self.sum_at] += value

    def sum_of(self, slots: Sequence[float]) -> float:
        """The sum of a block's observations."""
        return slots[self.sum_at]

    def count(self, *labels: str) -> float:
        """How many observations this process made with these labels."""
        child = self.children.get(labels)
        return sum(child.slots[: self.sum_at]) if child else 0.0


class RequestHistogram(Histogram):
    """Two metrics of the same labels in one block: the requests counted and, of those worth it, their duration.

    Behind the sum, a block counts the requests that are not timed (event streams, which last as long as the reader
    likes); then, of requests that used the database or called out, their seconds and the app's own share of them (they
    are not part of the sum before); then the body bytes sent. All of these only grow.
    """

    def __init__(
        self,
        name: str,
        documentation: str,
        labels: Iterable[str],
        *,
        buckets: tuple[float, ...],
        counter: tuple[str, str],
        limits: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(name, documentation, labels, buckets=buckets, limits=limits)
        self.counter_name, self.counter_documentation = counter
        self.untimed_at, self.split_sum_at, self.split_app_at, self.bytes_at = range(self.width, self.width + 4)
        self.width += 4

    def sum_of(self, slots: Sequence[float]) -> float:
        """Seconds that a block's timed requests took."""
        return slots[self.sum_at] + slots[self.split_sum_at]

    def app_seconds_of(self, slots: Sequence[float]) -> float:
        """Seconds of these in which the app itself was at work: all, but for requests whose time was split."""
        return slots[self.sum_at] + slots[self.split_app_at]

    def total(self, *labels: str) -> float:
        """Requests counted by this process with these labels, timed or not."""
        child = self.children.get(labels)
        return sum(child.slots[: self.sum_at]) + child.slots[self.untimed_at] if child else 0.0


LABEL_OVERFLOW = Counter(
    "monitoring_label_overflow_total",
    "Samples whose label value was over the budget and became __other__.",
    ("metric", "label"),
)
