"""All of the monitoring in one call."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry
from starlette.applications import Starlette

from . import metrics
from .catalogue import install
from .db_metrics import instrument_engine, update_connection_pool_metrics
from .exposition import make_metrics_endpoint
from .lifespan import Background
from .middleware import PrometheusMiddleware, TraceIds, traceparent
from .samplers import Sampler, register_sampler
from .server import MetricsServer
from .workers import check_directory


def setup_monitoring(
    app: Starlette,
    *,
    engine: Any = None,
    samplers: Mapping[str, Sampler] | None = None,
    metrics_token: str | None = None,
    metrics_path: str | None = "/metrics",
    metrics_port: int | None = None,
    version: str = "0",
    environment: str = "production",
    interval_seconds: float = 30.0,
    exclude: Collection[str] = (),
    registry: CollectorRegistry = REGISTRY,
    workers_directory: Path | None = None,
    trace_id: TraceIds = traceparent,
) -> None:
    """Instrument `app` and its database, keep the sampled gauges fresh, and answer `metrics_path`.

    Call it after the app's other middlewares were added, so that it sees them too, and before the app starts. The
    app's own lifespan stays as it is: periodic work begins when its start-up is complete and ends with it. `samplers`
    are named functions that set gauges (see `register_sampler`); `exclude` holds exact paths not to be recorded.
    With `metrics_port`, scrapes are answered on that port of 127.0.0.1 too, by a thread that a blocked event loop and a
    full thread pool do not delay.
    `trace_id` finds the trace of a request for exemplars.
    Several worker processes that are given one `workers_directory` answer each scrape with the totals of all.
    Raises MetricNameTakenError when another owner has registered one of the metrics in `registry`, and WorkersError
    when the directory cannot be used.
    """
    if workers_directory is not None:
        check_directory(workers_directory)
    install(registry)
    if engine is not None:
        instrument_engine(engine)
        register_sampler("database_pool", update_connection_pool_metrics)
    for name, sample in (samplers or {}).items():
        register_sampler(name, sample)
    metrics.set_app_info(version=version, environment=environment)
    if metrics_path is not None:
        endpoint = make_metrics_endpoint(token=metrics_token, registry=registry)
        app.add_route(metrics_path, endpoint, include_in_schema=False)
    excluded = frozenset((*exclude, *([metrics_path] if metrics_path else [])))
    server = None if metrics_port is None else MetricsServer(metrics_port, token=metrics_token, registry=registry)
    background = Background(
        interval_seconds=interval_seconds, exclude=excluded, server=server, workers_directory=workers_directory
    )
    app.add_middleware(PrometheusMiddleware, exclude=excluded, background=background, trace_id=trace_id)
