"""Turns metric families into exposition text, fast: one C-level format per label set, no object per sample."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import accumulate, islice

from prometheus_client import Metric

from .families import Child, Family, Gauge, Histogram, RequestHistogram

Row = tuple[Child, Sequence[float]]
Rows = Callable[[Family], Iterable[Row]]

# Label sets rendered between two chances for others to run; a set of 15 buckets takes about 5 µs.
BATCH = 32


def local_rows(family: Family) -> Iterable[Row]:
    """The label sets of this process."""
    return [(child, child.slots) for child in list(family.children.values())]


def family_text(family: Family, rows: Iterable[Row], *, openmetrics: bool = False) -> Iterator[str]:
    """The family as exposition text, in pieces of at most `BATCH` label sets; nothing for a family without samples."""
    if isinstance(family, RequestHistogram):
        timed: list[Row] = []
        yield from _counter_text(family.counter_name, family, _counted(family, rows, timed), openmetrics=openmetrics)
        rows = timed
    if isinstance(family, Histogram):
        yield from _histogram_text(family, rows, openmetrics=openmetrics)
    elif isinstance(family, Gauge):
        present = [(child, slots) for child, slots in rows if slots[0] == slots[0]]
        if present:
            yield head(family.name, "gauge", family.documentation, openmetrics=openmetrics)
            yield "".join(f"{series(family, family.name, child)} {number(slots[0])}\n" for child, slots in present)
    else:
        yield from _counter_text(family.name, family, rows, openmetrics=openmetrics)


def _counted(family: RequestHistogram, rows: Iterable[Row], timed: list[Row]) -> Iterator[Row]:
    for child, slots in rows:
        total = sum(slots[: family.sum_at])
        if total:
            timed.append((child, slots))
        yield child, (total + slots[family.untimed_at],)


def requests_in(family: RequestHistogram, slots: Sequence[float]) -> float:
    """All requests that a block counted, timed or not."""
    return sum(slots[: family.sum_at]) + slots[family.untimed_at]


def head(name: str, kind: str, documentation: str, *, openmetrics: bool) -> str:
    """The HELP and TYPE lines; OpenMetrics names a counter without its `_total`."""
    if openmetrics and kind == "counter":
        name = name.removesuffix("_total")
    text = documentation.replace("\\", r"\\").replace("\n", r"\n")
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n"


def number(value: float) -> str:
    """A sample value as Prometheus reads it."""
    value = float(value)
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else ("+Inf" if value > 0 else "-Inf")


def series(family: Family, name: str, child: Child) -> str:
    """Metric name with label text in braces."""
    return f"{name}{{{label_text(family, child)}}}" if family.labels else name


def label_text(family: Family, child: Child) -> str:
    """`a="b",c="d"`, escaped; computed once for a label set."""
    if child.text is None:
        child.text = ",".join(
            f'{name}="{escape(value)}"' for name, value in zip(family.labels, child.labels, strict=True)
        )
    return child.text


def escape(value: str) -> str:
    """A label value with backslash, quote and line feed escaped."""
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def bound_text(bound: float) -> str:
    """A bucket boundary as the client libraries write it."""
    return repr(float(bound))


def _counter_text(name: str, family: Family, rows: Iterable[Row], *, openmetrics: bool) -> Iterator[str]:
    remaining = iter(rows)
    first = True
    while batch := list(islice(remaining, BATCH)):
        if first:
            yield head(name, "counter", _documentation(name, family), openmetrics=openmetrics)
            first = False
        yield "".join([f"{series(family, name, child)} {number(slots[0])}\n" for child, slots in batch])


def _documentation(name: str, family: Family) -> str:
    if isinstance(family, RequestHistogram) and name == family.counter_name:
        return family.counter_documentation
    return family.documentation


def _histogram_text(family: Histogram, rows: Iterable[Row], *, openmetrics: bool) -> Iterator[str]:
    remaining = iter(rows)
    first = True
    while batch := list(islice(remaining, BATCH)):
        pieces = []
        if first:
            pieces.append(head(family.name, "histogram", family.documentation, openmetrics=openmetrics))
            first = False
        for child, slots in batch:
            text = histogram_lines(family, child, slots)
            if openmetrics and child.exemplars:
                text = _with_exemplars(text, child.exemplars)
            pieces.append(text)
        yield "".join(pieces)


def histogram_lines(family: Histogram, child: Child, slots: Sequence[float]) -> str:
    """All lines of one label set, buckets cumulated."""
    template = _template(family.name, family.buckets, bool(family.labels))
    last = family.sum_at
    counts = list(accumulate(slots[:last]))
    total = number(family.sum_of(slots))
    if not family.labels:
        return template % (*counts, total, counts[-1])
    labels = label_text(family, child)
    values: list[object] = [labels] * (2 * last + 4)
    values[1 : 2 * last : 2] = counts
    values[2 * last + 1] = total
    values[2 * last + 3] = counts[-1]
    return template % tuple(values)


@cache
def _template(name: str, buckets: tuple[float, ...], labelled: bool) -> str:
    prefix = "%s," if labelled else ""
    braces = "{%s}" if labelled else ""
    bounds = [*map(bound_text, buckets), "+Inf"]
    lines = [f'{name}_bucket{{{prefix}le="{bound}"}} %d\n' for bound in bounds]
    return "".join(lines) + f"{name}_sum{braces} %s\n{name}_count{braces} %d\n"


def _with_exemplars(text: str, exemplars: dict[int, tuple[str, float, float]]) -> str:
    lines = text.splitlines()
    for bucket, (trace_id, value, timestamp) in list(exemplars.items()):
        lines[bucket] += f' # {{trace_id="{escape(trace_id)}"}} {number(value)} {timestamp:.3f}'
    return "\n".join(lines) + "\n"


def family_metrics(family: Family, rows: Iterable[Row]) -> Iterator[Metric]:
    """The family as the client library's objects, for whoever reads the registry instead of `/metrics`."""
    pending = list(rows)
    if isinstance(family, RequestHistogram):
        counter = Metric(family.counter_name.removesuffix("_total"), family.counter_documentation, "counter")
        for child, slots in pending:
            counter.add_sample(family.counter_name, _labels(family, child), requests_in(family, slots))
        yield counter
        pending = [(child, slots) for child, slots in pending if any(slots[: family.sum_at])]
    if isinstance(family, Histogram):
        yield _histogram_metric(family, pending)
        return
    metric = Metric(family.name.removesuffix("_total"), family.documentation, family.kind)
    for child, slots in pending:
        if slots[0] == slots[0]:
            metric.add_sample(family.name, _labels(family, child), slots[0])
    yield metric


def _histogram_metric(family: Histogram, rows: Iterable[Row]) -> Metric:
    metric = Metric(family.name, family.documentation, "histogram")
    bounds = [*map(bound_text, family.buckets), "+Inf"]
    for child, slots in rows:
        labels = _labels(family, child)
        counts = list(accumulate(slots[: family.sum_at]))
        for bound, count in zip(bounds, counts, strict=True):
            metric.add_sample(f"{family.name}_bucket", {**labels, "le": bound}, count)
        metric.add_sample(f"{family.name}_sum", labels, family.sum_of(slots))
        metric.add_sample(f"{family.name}_count", labels, counts[-1])
    return metric


def _labels(family: Family, child: Child) -> dict[str, str]:
    return dict(zip(family.labels, child.labels, strict=True))
