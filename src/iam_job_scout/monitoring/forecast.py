"""How many samples an app will expose, and what they will cost, from its routes and what it is expected to do."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

from . import metrics
from .catalogue import sample_names
from .exposition import Wanted, exposition
from .lifespan import MAX_KNOWN_REQUESTS
from .routes import known_requests

# Measured by benchmarks/monitoring_exposition.py: a label set with 15 buckets and a counter.
BYTES_PER_LABEL_SET = 650
# Measured by the same: 20,000 samples of label sets are written in 20 ms.
SECONDS_PER_SAMPLE = 1e-6
# Prometheus' documentation gives 1 to 2 bytes for a sample on disk.
TSDB_BYTES_PER_SAMPLE = 1.5


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the app is expected to do beside answering each of its routes.

    `statuses_per_route`: how many statuses a route answers with. `database_routes`: how many routes make statements.
    `statements`: pairs of operation and table. `upstreams`: pairs of service and endpoint. `sources`: sources scanned.
    """

    statuses_per_route: float = 1.0
    database_routes: int = 0
    statements: int = 0
    upstreams: int = 0
    sources: int = 0


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """Samples of a scrape; bytes of memory they take; seconds to write them; bytes in Prometheus over the retention."""

    samples: int
    memory_bytes: int
    scrape_seconds: float
    tsdb_bytes: int


def forecast_series(
    app: Any,
    expected: Expected | None = None,
    *,
    processes: int = 1,
    scrape_interval_seconds: float = 15.0,
    retention_days: float = 15.0,
) -> Forecast:
    """Predict what `app` exposes once every route has been used. Run it in a fresh process: it counts what is there."""
    wanted = expected or Expected()
    known = [one for one in known_requests(app) if one[1] != "/metrics"]
    routes = {(method, endpoint) for method, endpoint, _ in known}
    endpoints = {endpoint for _, endpoint in routes}
    timed = round(len(routes) * wanted.statuses_per_route)
    fixed, fixed_seconds = _fixed_samples()
    histogram = _histogram_samples
    samples = (
        fixed
        + max(timed, min(len(known), MAX_KNOWN_REQUESTS))
        + timed * histogram(metrics.HTTP_REQUESTS.buckets)
        + len(endpoints) * 2  # bytes, and seconds of the app itself
        + wanted.database_routes * (1 + histogram(metrics.HTTP_QUERIES.buckets))
        + wanted.statements * (1 + histogram(metrics.DB_DURATION.buckets))
        + wanted.upstreams * (2 + histogram(metrics.API_DURATION.buckets))
        + wanted.sources * (len(metrics.SCAN_STATUSES) + 3 + histogram(metrics.SCAN_DURATION.buckets))
    )
    sets = timed + wanted.database_routes + wanted.statements + wanted.upstreams + wanted.sources
    per_second = samples * processes / scrape_interval_seconds
    return Forecast(
        samples=samples,
        memory_bytes=sets * BYTES_PER_LABEL_SET,
        scrape_seconds=fixed_seconds + (samples - fixed) * SECONDS_PER_SAMPLE,
        tsdb_bytes=round(per_second * retention_days * 86_400 * TSDB_BYTES_PER_SAMPLE),
    )


def _histogram_samples(buckets: tuple[float, ...]) -> int:
    return len(buckets) + 3


def _fixed_samples() -> tuple[int, float]:
    """Samples that do not depend on routes and traffic, and the time that they take to write."""
    growing = (
        metrics.HTTP_REQUESTS, metrics.HTTP_RESPONSE_BYTES, metrics.HTTP_PHASE_SECONDS, metrics.HTTP_QUERIES,
        metrics.DB_DURATION, metrics.DB_OPERATIONS, metrics.API_DURATION, metrics.API_REQUESTS, metrics.API_CALLS,
        metrics.SCAN_DURATION, metrics.SCAN_RUNS, metrics.SCAN_FOUND, metrics.SCAN_NEW, metrics.SOURCE_SUCCESS,
    )  # fmt: skip
    names = {name for family in growing for name in sample_names(family)}
    # The first scrape of a process also makes the texts of all labels; those that follow are what counts.
    "".join(exposition(Wanted()))
    started = perf_counter()
    lines = [line for line in "".join(exposition(Wanted())).splitlines() if not line.startswith("#")]
    taken = perf_counter() - started
    unmatched = sum('endpoint="unmatched"' in line for line in lines)
    fixed = sum(line.partition("{")[0].partition(" ")[0] not in names for line in lines)
    return fixed + unmatched, taken
