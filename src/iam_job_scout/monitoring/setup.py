"""All of the monitoring in one call."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry
from starlette.applications import Starlette

from . import metrics
from .catalogue import install
from .db_metrics import instrument_engine, update_connection_pool_metrics
from .exposition import make_metrics_endpoint
from .lifespan import Background
from .middleware import PrometheusMiddleware
from .routes import known_requests
from .samplers import Sampler, register_sampler

# Counters of known routes that exist from the start; an idle instance stays well under 1,000 samples with them.
MAX_KNOWN_REQUESTS = 400


def setup_monitoring(
    app: Starlette,
    *,
    engine: Any = None,
    samplers: Mapping[str, Sampler] | None = None,
    metrics_token: str | None = None,
    metrics_path: str | None = "/metrics",
    version: str = "0",
    environment: str = "production",
    interval_seconds: float = 30.0,
    exclude: Collection[str] = (),
    registry: CollectorRegistry = REGISTRY,
) -> None:
    """Instrument `app` and its database, keep the sampled gauges fresh, and answer `metrics_path`.

    Call it after the app's other middlewares were added, so that it sees them too, and before the app starts. The
    app's own lifespan stays as it is: periodic work begins when its start-up is complete and ends with it. `samplers`
    are named functions that set gauges (see `register_sampler`); `exclude` holds exact paths not to be recorded.
    Raises MetricNameTakenError when another owner has registered one of the metrics in `registry`.
    """
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
    background = Background(
        interval_seconds=interval_seconds, on_start=lambda running: expect_requests(running, exclude=excluded)
    )
    app.add_middleware(PrometheusMiddleware, exclude=excluded, background=background)


def expect_requests(app: Any, *, exclude: Collection[str] = ()) -> None:
    """Let the request counters of every route and declared status exist at zero.

    The first error of a route is then an increase that `increase()` can see. At most 400, successes and errors first.
    """
    known = sorted(known_requests(app), key=lambda request: request[2] not in ("200", "500"))
    for method, endpoint, status in [one for one in known if one[1] not in exclude][:MAX_KNOWN_REQUESTS]:
        metrics.HTTP_REQUESTS.child((method, endpoint, status))
