"""What `/metrics` costs: time, memory, and the event loop's patience, beside the Prometheus client library.

    python benchmarks/monitoring_exposition.py [--samples 20000] [--json]

The same label sets and observations go into both. The texts are compared after parsing. Then the same is done for more
routes and, in a directory that they share, for more workers: both curves should be straight lines.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import random
import statistics
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import prometheus_client
from prometheus_client.parser import text_string_to_metric_families

from iam_job_scout.monitoring import share_between_workers
from iam_job_scout.monitoring.catalogue import rows_source
from iam_job_scout.monitoring.exposition import Wanted, _body_in_turns, body
from iam_job_scout.monitoring.metrics import HTTP_REQUESTS, LATENCY_BUCKETS
from iam_job_scout.monitoring.render import family_text

LABELS = ("method", "endpoint", "status_code")
# One label set is one counter, 14 finite buckets, +Inf, sum and count.
SAMPLES_PER_SET = len(LATENCY_BUCKETS) + 4


def fill_ours(sets: int, *, first: int = 0) -> None:
    """Twenty requests for each of so many label sets."""
    HTTP_REQUESTS.limits = (10, 1_000_000, 100)
    chance = random.Random(1)
    for number in range(first, first + sets):
        for _ in range(20):
            HTTP_REQUESTS.observe(chance.expovariate(20), "GET", f"/api/v1/resource{number}/{{item}}", "200")


def fill_theirs(sets: int) -> prometheus_client.CollectorRegistry:
    """The same in a registry of the client library."""
    registry = prometheus_client.CollectorRegistry()
    total = prometheus_client.Counter("http_requests", "x", LABELS, registry=registry)
    seconds = prometheus_client.Histogram(
        "http_request_duration_seconds", "x", LABELS, buckets=LATENCY_BUCKETS, registry=registry
    )
    chance = random.Random(1)
    for number in range(sets):
        labels = ("GET", f"/api/v1/resource{number}/{{item}}", "200")
        for _ in range(20):
            seconds.labels(*labels).observe(chance.expovariate(20))
            total.labels(*labels).inc()
    return registry


def our_text() -> str:
    """What is compared: the request metrics alone."""
    return "".join(family_text(HTTP_REQUESTS, rows_source()(HTTP_REQUESTS)))


def parsed(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Sample values by name and labels; creation times, which are the client library's own, left out."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def milliseconds(work: Callable[[], object], *, times: int = 7) -> float:
    """The median time of a few runs."""
    taken = []
    for _ in range(times):
        started = perf_counter()
        work()
        taken.append((perf_counter() - started) * 1_000)
    return statistics.median(taken)


async def longest_hold() -> float:
    """The longest time in ms for which a whole scrape kept the event loop from another task."""
    gaps = [0.0]
    done = False

    async def watch() -> None:
        last = perf_counter()
        while not done:
            await asyncio.sleep(0)
            now = perf_counter()
            gaps.append(now - last)
            last = now

    watching = asyncio.ensure_future(watch())
    await asyncio.sleep(0)
    for gzip in (False, True):
        await _body_in_turns(Wanted(gzip=gzip), prometheus_client.REGISTRY)
    done = True
    await watching
    return max(gaps) * 1_000


def bytes_per_set(fill: Callable[[int], object], sets: int) -> float:
    """Memory that a label set keeps."""
    gc.collect()
    tracemalloc.start()
    kept = fill(sets)
    gc.collect()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del kept
    return size / sets


def workers_curve(sets: int) -> dict[int, float]:
    """Milliseconds of a scrape by number of workers, each with all the label sets."""
    figures = {}
    with tempfile.TemporaryDirectory() as directory:
        shared = share_between_workers(Path(directory))
        children: list[tuple[int, int]] = []
        for workers in (1, 2, 4, 8):
            while len(children) < workers - 1:
                children.append(fork_idle([release for _, release in children]))
            shared.rows()
            figures[workers] = milliseconds(lambda: body(Wanted()), times=5)
        for child, release in children:
            os.close(release)
            os.waitpid(child, 0)
    return figures


def fork_idle(others: list[int]) -> tuple[int, int]:
    """A worker with the same label sets that lives until its pipe is closed."""
    ready_read, ready_write = os.pipe()
    hold_read, hold_write = os.pipe()
    child = os.fork()
    if not child:
        for descriptor in (hold_write, *others):
            os.close(descriptor)
        os.write(ready_write, b"x")
        os.read(hold_read, 1)
        os._exit(0)
    os.close(hold_read)
    os.read(ready_read, 1)
    return child, hold_write


def run(samples: int) -> dict[str, object]:
    """All figures."""
    sets = samples // SAMPLES_PER_SET
    ours_bytes = bytes_per_set(fill_ours, sets)
    theirs_bytes = bytes_per_set(fill_theirs, sets)
    registry = fill_theirs(sets)
    theirs_text = prometheus_client.generate_latest(registry).decode()
    equal = parsed(our_text()) == parsed(theirs_text)
    ours_ms, theirs_ms = milliseconds(our_text), milliseconds(lambda: prometheus_client.generate_latest(registry))
    hold = asyncio.run(longest_hold())
    workers = workers_curve(sets)
    routes = {sets: ours_ms}
    for more in (2, 4):
        fill_ours(sets * (more // 2), first=len(HTTP_REQUESTS.children))
        routes[len(HTTP_REQUESTS.children)] = milliseconds(lambda: "".join(family_text(HTTP_REQUESTS, _own())))
    return {
        "samples": sets * SAMPLES_PER_SET,
        "equal": equal,
        "milliseconds": {"ours": ours_ms, "generate_latest": theirs_ms},
        "longest_hold_milliseconds": hold,
        "bytes_per_label_set": {"ours": ours_bytes, "prometheus_client": theirs_bytes},
        "milliseconds_by_label_sets": routes,
        "milliseconds_by_workers": workers,
    }


def _own() -> list[tuple[object, object]]:
    return [(child, child.slots) for child in HTTP_REQUESTS.children.values()]


def main() -> None:
    """Read the command line and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    figures = run(chosen.samples)
    if chosen.json:
        json.dump(figures, sys.stdout)
        return
    for name, value in figures.items():
        print(f"{name:<30}{value}")


if __name__ == "__main__":
    main()
