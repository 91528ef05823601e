"""For tests of programs that use this module: what changed between two moments, by metric name and labels.

with watching() as seen:
    client.get("/jobs/7")
assert seen.delta("http_requests_total", endpoint="/jobs/{id}", status_code="200") == 1
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .catalogue import families, rows_source
from .render import family_metrics

Labels = tuple[tuple[str, str], ...]
Sample = tuple[str, Labels]


def current_samples() -> dict[Sample, float]:
    """Every sample of the catalogue, keyed by name and sorted label pairs."""
    rows = rows_source()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families()
        for metric in family_metrics(family, rows(family))
        for sample in metric.samples
    }


def value(name: str, **labels: str) -> float | None:
    """The sum of the samples of this name with these labels (others may vary); None if there is none."""
    found = [value for (known, pairs), value in current_samples().items() if known == name and _fits(pairs, labels)]
    return sum(found) if found else None


class Changes:
    """What has changed since it was made."""

    def __init__(self) -> None:
        self._before = current_samples()

    def all(self) -> dict[Sample, float]:
        """The change of every sample that did change; one that did not exist before counts as 0."""
        grown = {sample: now - self._before.get(sample, 0.0) for sample, now in current_samples().items()}
        return {sample: change for sample, change in grown.items() if change}

    def delta(self, name: str, **labels: str) -> float:
        """How much the sum of the samples of this name with these labels grew; absent counts as 0."""
        return sum(change for (known, pairs), change in self.all().items() if known == name and _fits(pairs, labels))

    def changed(self, name: str) -> dict[Labels, float]:
        """The change of every label set of this name that did change."""
        return {pairs: change for (known, pairs), change in self.all().items() if known == name}

    def appeared(self) -> set[Sample]:
        """The samples that did not exist before: what a piece of traffic costs in series."""
        return set(current_samples()) - set(self._before)


@contextmanager
def watching() -> Iterator[Changes]:
    """Compare against the moment at which the block was entered."""
    yield Changes()


def _fits(pairs: Labels, wanted: dict[str, str]) -> bool:
    return set(wanted.items()) <= set(pairs)
