"""HTTP, database, upstream and business metrics for a FastAPI app. Imports nothing else of this project.

    from iam_job_scout.monitoring import setup_monitoring

    setup_monitoring(app, engine=engine)

See `README.md` beside this file.
"""

from .api_metrics import track_external_api
from .catalogue import MetricNameTakenError, add_metric
from .db_metrics import instrument_engine, track_db_operation, update_connection_pool_metrics
from .exposition import make_metrics_endpoint, metrics_endpoint
from .families import Counter, Gauge, Histogram
from .metrics import (
    expect_source,
    record_error,
    record_notice,
    record_refusal,
    record_scan,
    record_scan_error,
    record_sign_in,
    record_status_update,
    set_active_sessions,
    set_app_info,
    set_job_counts,
    set_new_this_week,
    set_notices_waiting,
    set_open_circuits,
    set_queue_depth,
    set_scan_counts,
    set_source_freshness,
    set_source_last_success,
)
from .middleware import PrometheusMiddleware, traceparent
from .samplers import register_sampler, unregister_sampler, update_all_metrics
from .server import MetricsServer
from .setup import setup_monitoring
from .workers import WorkersError, share_between_workers

__all__ = [
    "Counter",
    "Gauge",
    "Histogram",
    "MetricNameTakenError",
    "MetricsServer",
    "PrometheusMiddleware",
    "WorkersError",
    "add_metric",
    "expect_source",
    "instrument_engine",
    "make_metrics_endpoint",
    "metrics_endpoint",
    "record_error",
    "record_notice",
    "record_refusal",
    "record_scan",
    "record_scan_error",
    "record_sign_in",
    "record_status_update",
    "register_sampler",
    "set_active_sessions",
    "set_app_info",
    "set_job_counts",
    "set_new_this_week",
    "set_notices_waiting",
    "set_open_circuits",
    "set_queue_depth",
    "set_scan_counts",
    "set_source_freshness",
    "set_source_last_success",
    "setup_monitoring",
    "share_between_workers",
    "traceparent",
    "track_db_operation",
    "track_external_api",
    "unregister_sampler",
    "update_all_metrics",
    "update_connection_pool_metrics",
]
