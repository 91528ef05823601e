"""The catalogue: every metric, its labels, its buckets, and the functions that record into it.

Feature code calls the named functions and never a family with loose strings. None of them raises: a failure is
counted in `monitoring_internal_errors_total`. All durations are seconds from a monotonic clock, all timestamps Unix
seconds.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from types import MappingProxyType

from .families import LABEL_OVERFLOW, NO_SAMPLE, Counter, Family, Gauge, Histogram, RequestHistogram
from .internal import INTERNAL_ERRORS, shielded

# The default set of the OpenTelemetry HTTP conventions stops at 10 s, where p99 gets stuck; 0.3 s is the boundary
# of the latency objective.
LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0, 30.0)
# There is a label set for each statement of each table, upstream and source, so these are kept coarse: they tell apart
# what calls for a different reaction, and an instance that has scanned everything stays near a thousand samples.
QUERY_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0)
UPSTREAM_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0)
SCAN_BUCKETS = (1.0, 5.0, 30.0, 120.0, 600.0, 1800.0)
LAG_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
QUERY_COUNT_BUCKETS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
STREAM_BUCKETS = (1.0, 10.0, 60.0, 300.0, 1800.0, 7200.0)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"})
OTHER_METHOD = "OTHER"
UNMATCHED = "unmatched"
CLIENT_GONE = "499"
CANCELLED = "cancelled"

SEVERITIES = ("critical", "error", "warning")
DB_STATUSES = ("success", "error", "cancelled", "timeout")
API_STATUSES = ("success", "client_error", "server_error", "timeout", "cancelled", "error")
SCAN_STATUSES = ("success", "partial", "failed")
JOB_STATUSES = ("new", "saved", "applied", "interview", "offer", "rejected", "hidden", "closed")
NOTICE_STATUSES = ("sent", "retried", "failed")
SIGN_IN_METHODS = ("password", "passkey", "provider", "link")
SIGN_IN_RESULTS = ("success", "refused", "slowed", "busy")
BOARD_STATES = ("fresh", "late", "dark", "unknown")
PHASES = ("db", "pool_wait", "external", "app")

_HTTP_LABELS = ("method", "endpoint", "status_code")
_ENDPOINT_LIMIT = MappingProxyType({"endpoint": 500})

HTTP_REQUESTS = RequestHistogram(
    "http_request_duration_seconds",
    "Time from the request's arrival to the last byte of its response.",
    _HTTP_LABELS,
    buckets=LATENCY_BUCKETS,
    counter=("http_requests_total", "Requests answered, by route template and status."),
    limits=_ENDPOINT_LIMIT,
)
HTTP_IN_PROGRESS = Gauge("http_requests_in_progress", "Requests being answered now.", ("method",))
HTTP_RESPONSE_BYTES = Counter(
    "http_response_body_bytes_total", "Body bytes sent.", ("endpoint",), limits=_ENDPOINT_LIMIT
)
HTTP_REQUEST_BYTES = Counter(
    "http_request_body_bytes_total", "Body bytes received.", ("endpoint",), limits=_ENDPOINT_LIMIT
)
HTTP_FIRST_BYTE = Histogram(
    "http_stream_first_byte_seconds",
    "Time from the request's arrival to the first byte of a streamed response.",
    ("endpoint",),
    buckets=LATENCY_BUCKETS,
    limits=_ENDPOINT_LIMIT,
)
HTTP_STREAMS_OPEN = Gauge("http_streams_open", "Event streams being held open now.")
HTTP_STREAM_DURATION = Histogram(
    "http_event_stream_duration_seconds",
    "How long event streams were held open; they are no part of the request duration.",
    ("endpoint",),
    buckets=STREAM_BUCKETS,
    limits=_ENDPOINT_LIMIT,
)
HTTP_DISCONNECTS = Counter(
    "http_client_disconnects_total",
    "Requests whose client went away, before the response began or during its body.",
    ("endpoint", "phase"),
    limits=_ENDPOINT_LIMIT,
)
HTTP_BACKGROUND_ERRORS = Counter(
    "http_background_task_errors_total",
    "Background tasks that failed after their response was complete.",
    ("endpoint", "error_type"),
    limits=_ENDPOINT_LIMIT,
)
HTTP_PHASE_SECONDS = Counter(
    "http_request_phase_seconds_total",
    "Where the time of requests went: database, waiting for a connection, upstream calls, the app itself.",
    ("endpoint", "phase"),
    limits=_ENDPOINT_LIMIT,
)
HTTP_QUERIES = Histogram(
    "http_request_db_queries",
    "Statements made by one request, of the requests that made any.",
    ("endpoint",),
    buckets=QUERY_COUNT_BUCKETS,
    limits=_ENDPOINT_LIMIT,
)
WEBSOCKETS_OPEN = Gauge("websocket_connections_open", "WebSocket connections open now.")
WEBSOCKETS = Counter(
    "websocket_connections_total",
    "WebSocket handshakes, accepted or rejected.",
    ("endpoint", "outcome"),
    limits=_ENDPOINT_LIMIT,
)
WEBSOCKETS_CLOSED = Counter(
    "websocket_closed_total",
    "WebSocket connections closed, by close code.",
    ("endpoint", "code"),
    limits=_ENDPOINT_LIMIT,
)

APP_ERRORS = Counter(
    "application_errors_total",
    "Exceptions that nothing handled: critical before the response began, error during it, warning after it.",
    ("error_type", "endpoint", "severity"),
    limits=_ENDPOINT_LIMIT,
)
SIGN_INS = Counter("sign_ins_total", "Attempts to sign in, by way and result.", ("method", "result"))
REFUSALS = Counter(
    "security_refusals_total",
    "Requests turned away because what they showed was forged, expired, used up or somebody else's, by kind.",
    ("kind",),
    limits={"kind": 40},
)
NOTICES = Counter("iam_notices_total", "Attempts to send a person what is new, by how they went.", ("status",))
NOTICES_WAITING = Gauge("iam_notices_waiting", "Messages that are due and not yet sent or given up.", latest=True)
ACTIVE_SESSIONS = Gauge("active_user_sessions", "Signed-in sessions that have not expired.", latest=True)

DB_DURATION = Histogram(
    "db_query_duration_seconds",
    "Duration of database statements.",
    ("operation", "table"),
    buckets=QUERY_BUCKETS,
)
DB_OPERATIONS = Counter(
    "db_operations_total", "Database statements, by how they ended.", ("operation", "table", "status")
)
DB_ERRORS = Counter(
    "database_errors_total",
    "Database statements and connection requests that failed.",
    ("operation", "error_type"),
)
DB_ROWS = Counter("db_rows_total", "Rows written, as the driver reports them.", ("operation", "table"))
DB_ACTIVE = Gauge("db_connections_active", "Connections in use.")
DB_IDLE = Gauge("db_connections_idle", "Connections open and waiting in the pool.")
DB_MAX = Gauge("db_connections_max", "Connections the pool may open at most, overflow included.")
DB_OVERFLOW = Gauge("db_connections_overflow", "Connections open beyond the pool's own size.")
DB_WAITERS = Gauge("db_connections_waiting", "Callers waiting for a connection.")
DB_WAIT = Histogram("db_connection_wait_seconds", "Time spent waiting for a free connection.", buckets=QUERY_BUCKETS)
DB_TIMEOUTS = Counter("db_connection_timeouts_total", "Callers that gave up waiting for a connection.")

API_DURATION = Histogram(
    "external_api_duration_seconds",
    "Duration of one attempt to call another service.",
    ("api_name", "endpoint"),
    buckets=UPSTREAM_BUCKETS,
)
API_REQUESTS = Counter(
    "external_api_requests_total", "Attempts to call another service, by result.", ("api_name", "status")
)
API_CALLS = Counter(
    "external_api_calls_total", "Calls of another service, each with all its retries.", ("api_name", "status")
)
API_ERRORS = Counter(
    "external_api_errors_total", "Attempts that failed, by kind of failure.", ("api_name", "error_type")
)
API_CIRCUITS = Gauge(
    "external_api_circuit_open", "Hosts of a service that are left alone after many failures in a row.", ("api_name",)
)

SCAN_DURATION = Histogram("scan_duration_seconds", "Duration of a scan.", ("source",), buckets=SCAN_BUCKETS)
SCAN_ERRORS = Counter("scan_errors_total", "Failures while scanning.", ("source", "error_type"))
SCAN_RUNS = Counter("iam_scan_runs_total", "Scans finished.", ("source", "status"))
SCAN_FOUND = Gauge("iam_scan_jobs_found", "Jobs that the last scan found.", ("source",), latest=True)
SCAN_NEW = Gauge("iam_scan_jobs_new", "Jobs that the last scan found for the first time.", ("source",), latest=True)
SOURCE_SUCCESS = Gauge(
    "iam_source_last_success_timestamp_seconds", "When a source was last scanned whole.", ("source",), latest=True
)
SOURCE_CADENCE = Gauge(
    "iam_source_cadence_seconds",
    "How often a source is scanned; no sample while a person has paused it.",
    ("source",),
    latest=True,
)
BOARDS = Gauge(
    "iam_boards", "Boards of a source by how recently they answered: fresh, late, dark, unknown.",
    ("source", "state"),
    latest=True,
)  # fmt: skip
QUEUE_DEPTH = Gauge("scan_queue_depth", "Work items of the scan engine.", ("state",), latest=True)
JOBS = Gauge("iam_jobs", "Jobs known, by status.", ("status",), latest=True)
JOBS_NEW = Gauge("iam_jobs_new_this_week", "Jobs first seen within seven days.", latest=True)
STATUS_UPDATES = Counter("iam_job_status_updates_total", "Changes of a job's status.", ("status",))
INFO = Gauge(
    "iam_job_scout_info", "Always 1; the labels say what runs.", ("version", "python_version", "environment"),
    latest=True,
)  # fmt: skip

LOOP_LAG = Histogram(
    "event_loop_lag_seconds", "How late the event loop ran a timer: its delay for everything.", buckets=LAG_BUCKETS
)
LOOP_BLOCKED = Counter(
    "event_loop_blocked_seconds_total",
    "Time for which the event loop was held, by the route that held it.",
    ("endpoint",),
    limits=_ENDPOINT_LIMIT,
)

SAMPLER_SUCCESS = Gauge(
    "monitoring_sampler_success", "1 if the sampler's last run succeeded.", ("sampler",), latest=True
)
SAMPLER_LAST = Gauge(
    "monitoring_sampler_last_success_timestamp_seconds",
    "When the sampler last succeeded, and so how old its gauges are.",
    ("sampler",),
    latest=True,
)
SAMPLER_DURATION = Gauge(
    "monitoring_sampler_duration_seconds", "Duration of the sampler's last run.", ("sampler",), latest=True
)
SCRAPES = Counter("monitoring_scrapes_total", "Scrapes answered, by HTTP status.", ("status_code",))
SCRAPE_DURATION = Gauge("monitoring_scrape_duration_seconds", "Time the previous scrape took to write.", latest=True)
SCRAPE_BYTES = Gauge("monitoring_scrape_size_bytes", "Size of the previous scrape before compression.", latest=True)
SCRAPE_SAMPLES = Gauge("monitoring_scrape_samples", "Samples in the previous scrape.", latest=True)
COLLECTOR_SUCCESS = Gauge(
    "monitoring_collector_success", "1 if a collector could be read, 0 if the scrape had to do without it.",
    ("collector",), latest=True,
)  # fmt: skip
HISTOGRAM_OVERFLOW = Gauge(
    "monitoring_bucket_overflow_ratio",
    "Share of observations beyond the last bucket boundary, of which quantiles know nothing; in this process.",
    ("metric",),
    latest=True,
)
CORRUPT_FILES = Counter("monitoring_corrupt_files_total", "Files of other workers that could not be read.")

_DECLARED_HERE = tuple(value for value in list(globals().values()) if isinstance(value, Family))
CATALOGUE: tuple[Family, ...] = tuple(dict.fromkeys((*_DECLARED_HERE, INTERNAL_ERRORS, LABEL_OVERFLOW)))


@shielded("record_scan")
def record_scan(
    source: str,
    *,
    status: str,
    duration_seconds: float,
    found: int | None = None,
    new: int | None = None,
) -> None:
    """A scan of one source ended. `status` is success, partial or failed; counts that are None stay as they were."""
    SCAN_RUNS.inc(source, _known(status, SCAN_STATUSES))
    SCAN_DURATION.observe(duration_seconds, source)
    if found is not None:
        SCAN_FOUND.set(found, source)
    if new is not None:
        SCAN_NEW.set(new, source)


@shielded("record_scan_error")
def record_scan_error(source: str, error_type: str) -> None:
    """One failure within a scan; `error_type` is a short fixed word or an exception's class name."""
    SCAN_ERRORS.inc(source, error_type)


@shielded("set_open_circuits")
def set_open_circuits(api_name: str, number: int) -> None:
    """Set how many hosts of a service this process leaves alone now."""
    API_CIRCUITS.set(number, api_name)


@shielded("expect_source")
def expect_source(source: str) -> None:
    """Let the source's counters exist at zero, so that its first failure is visible."""
    for status in SCAN_STATUSES:
        SCAN_RUNS.touch(source, status)


@shielded("record_status_update")
def record_status_update(status: str) -> None:
    """A job's status was set to `status`."""
    STATUS_UPDATES.inc(_known(status, JOB_STATUSES))


@shielded("record_error")
def record_error(error_type: str, *, endpoint: str, severity: str = "error") -> None:
    """A failure that the middleware cannot see, as in a scheduled task; severity is critical, error or warning."""
    APP_ERRORS.inc(error_type, endpoint, _known(severity, SEVERITIES))


@shielded("set_job_counts")
def set_job_counts(counts: Mapping[str, int]) -> None:
    """Set `iam_jobs` from status to number; statuses that are not named are 0."""
    for status in JOB_STATUSES:
        JOBS.set(counts.get(status, 0), status)


@shielded("set_new_this_week")
def set_new_this_week(number: int) -> None:
    """Set the number of jobs first seen within seven days."""
    JOBS_NEW.set(number)


@shielded("set_queue_depth")
def set_queue_depth(depths: Mapping[str, int]) -> None:
    """Set the scan engine's work items by state; a state that was known and is not named is 0."""
    for (state,) in list(QUEUE_DEPTH.children):
        if state not in depths:
            QUEUE_DEPTH.set(0, state)
    for state, depth in depths.items():
        QUEUE_DEPTH.set(depth, state)


@shielded("set_active_sessions")
def set_active_sessions(number: int) -> None:
    """Set the number of signed-in sessions that have not expired."""
    ACTIVE_SESSIONS.set(number)


@shielded("record_sign_in")
def record_sign_in(method: str, result: str) -> None:
    """An attempt to sign in: with a password, passkey, provider or link; it succeeded, was refused, slowed or busy."""
    SIGN_INS.inc(_known(method, SIGN_IN_METHODS), _known(result, SIGN_IN_RESULTS))


@shielded("record_notice")
def record_notice(status: str) -> None:
    """A message was sent, will be retried, or failed for good."""
    NOTICES.inc(_known(status, NOTICE_STATUSES))


@shielded("set_notices_waiting")
def set_notices_waiting(number: int) -> None:
    """Set how many messages are due."""
    NOTICES_WAITING.set(number)


@shielded("record_refusal")
def record_refusal(kind: str) -> None:
    """Something that only an attack or an accident sends was refused; `kind` is a short fixed word."""
    REFUSALS.inc(kind)


@shielded("set_source_last_success")
def set_source_last_success(source: str, timestamp: float) -> None:
    """Set when a source was last scanned whole, in Unix seconds."""
    SOURCE_SUCCESS.set(timestamp, source)


@shielded("set_scan_counts")
def set_scan_counts(source: str, *, found: int, new: int) -> None:
    """Set what the last scan of a source found, for a process that did not see it end."""
    SCAN_FOUND.set(found, source)
    SCAN_NEW.set(new, source)


@shielded("set_source_freshness")
def set_source_freshness(source: str, *, cadence_seconds: float | None, boards: Mapping[str, int]) -> None:
    """Set how often a source is scanned (None: paused) and how many of its boards are in each of BOARD_STATES."""
    SOURCE_CADENCE.set(NO_SAMPLE if cadence_seconds is None else cadence_seconds, source)
    for state in BOARD_STATES:
        BOARDS.set(boards.get(state, 0), source, state)


@shielded("set_app_info")
def set_app_info(*, version: str, environment: str) -> None:
    """Say what runs; one label set only, a second call replaces the first."""
    INFO.withdraw()
    INFO.set(1, version, platform.python_version(), environment)


def start_at_zero() -> None:
    """Let the counters whose labels are known beforehand exist, so that the first event is visible to `increase()`."""
    for status in JOB_STATUSES:
        STATUS_UPDATES.touch(status)
    DB_TIMEOUTS.touch()
    for status in NOTICE_STATUSES:
        NOTICES.touch(status)
    for method in SIGN_IN_METHODS:
        for result in SIGN_IN_RESULTS:
            SIGN_INS.touch(method, result)
    LOOP_LAG.child(())
    DB_WAIT.child(())
    HTTP_STREAMS_OPEN.set(0)
    WEBSOCKETS_OPEN.set(0)
    for method in (*sorted(METHODS), OTHER_METHOD):
        HTTP_IN_PROGRESS.set(0, method)
        HTTP_REQUESTS.child((method, UNMATCHED, "404"))


def _known(value: str, allowed: tuple[str, ...]) -> str:
    return value if value in allowed else "other"
