"""Performance: how much is asked, how fast the answers come, where the time goes."""

from observability.grafana.alert_panels import alerts_firing, alerts_over_time
from observability.grafana.colors import BAD, GOOD, INFO, SECOND, WARNING, plain, steps, too_high
from observability.grafana.frame import Page, Section
from observability.grafana.panels import Panel, series_panel, stat_panel, table_panel
from observability.grafana.queries import Query, q
from observability.grafana.words import says

QUIET = "no request came in during the last five minutes."


def page() -> Page:
    """The dashboard."""
    return Page(
        uid="scout-performance",
        title="Performance",
        description="How much is asked of the app, how fast it answers, and where the time goes.",
        area="http",
        sections=[
            Section("Is it fast?", _answer()),
            Section("Traffic", _traffic()),
            Section("Latency", _latency()),
            Section("Where the time goes", _time_spent()),
        ],
    )


def _lag(share: float) -> str:
    """Interpolated within a bucket: for reading trends, as are the quantiles that rules record."""
    return f"histogram_quantile({share}, sum by (le) (rate(event_loop_lag_seconds_bucket{{@here}}[$__rate_interval])))"


def _slowest(quantile: str) -> str:
    """Recorded by rules, as the buckets of every route over days are too much to read for one panel."""
    return f"max(instance:http_request_duration_seconds:{quantile}_rate5m{{@here}})"


def _answer() -> list[Panel]:
    return [
        _requests_per_second(),
        _95th_percentile(),
        _slower_than_0_3_s(),
        _being_answered_now(),
        alerts_firing("http|app|database"),
        _event_loop_99th_percentile(),
    ]


def _requests_per_second() -> Panel:
    return stat_panel(
        "Requests per second",
        says("What your people and scripts make; 0 at night is fine.", "A jump: see Traffic for the route."),
        q("sum(rate(http_requests_total{@people}[$__rate_interval]))", "requests"),
        unit="reqps",
        thresholds=plain(),
    )


def _95th_percentile() -> Panel:
    return stat_panel(
        "95th percentile",
        says(
            "Below 0.3 s.",
            "See Latency for the route and the last row for what it waits for.",
            "SlowRequests",
            empty=QUIET,
        ),
        q("max(job:http_request_duration_seconds:p95_rate5m{@job} >= 0)", "p95"),
        unit="s",
        thresholds=too_high(0.3, 1),
        no_value="no requests",
    )


def _slower_than_0_3_s() -> Panel:
    return stat_panel(
        "Slower than 0.3 s",
        says(
            "Below 5 %: that is the promise.",
            "The budget of the promise is on Service Levels; the slow routes are below.",
            "LatencyBudgetBurn",
            empty=QUIET,
        ),
        q("max(job:http_latency_bad:ratio_rate5m{@job})", "slow"),
        unit="percentunit",
        thresholds=too_high(0.05, 0.2),
        decimals=1,
        no_value="no requests",
    )


def _being_answered_now() -> Panel:
    return stat_panel(
        "Being answered now",
        says("A handful.", "Growing and not falling: something hangs, most likely the database.", "PoolWaits"),
        q("sum(http_requests_in_progress{@here})", "in progress"),
        unit="short",
        thresholds=too_high(20, 100),
        decimals=0,
    )


def _event_loop_99th_percentile() -> Panel:
    return stat_panel(
        "Event loop, 99th percentile",
        says("Below 25 ms.", "Code holds the loop; the last row names the route.", "EventLoopBlocked"),
        q(_lag(0.99), "lag"),
        unit="s",
        thresholds=too_high(0.1, 0.5),
    )


def _traffic() -> list[Panel]:
    return [
        _requests_by_route(),
        _requests_by_method(),
        _in_progress(),
        _bytes_sent_and_received(),
        _open_streams_and_sockets(),
        alerts_over_time("http|app|database").span(8).height(8),
    ]


def _requests_by_route() -> Panel:
    return series_panel(
        "Requests by route",
        says("The pages people use.", "One route far ahead of its usual share: a script, a crawler, a retry loop."),
        q("sum by (endpoint) (rate(http_requests_total{@people}[$__rate_interval])) > 0", "{{endpoint}}"),
        unit="reqps",
    )


def _requests_by_method() -> Panel:
    return series_panel(
        "Requests by method",
        says("Mostly GET; POST when people change things.", "Methods you do not offer: somebody scans the app."),
        q("sum by (method) (rate(http_requests_total{@people}[$__rate_interval])) > 0", "{{method}}"),
        unit="reqps",
    )


def _in_progress() -> Panel:
    return series_panel(
        "In progress",
        says("Short spikes.", "A plateau: requests wait for something. Compare Resources, Connections.", "PoolWaits"),
        q(
            "sum by (method) (http_requests_in_progress{@here}) > 0 or sum by (method) "
            '(http_requests_in_progress{@here, method="GET"})',
            "{{method}}",
        ),
        unit="short",
    )


def _bytes_sent_and_received() -> Panel:
    return series_panel(
        "Bytes sent and received",
        says("Follows the requests.", "Sent grows alone: an answer got bigger, such as a list without pages."),
        q("sum(rate(http_response_body_bytes_total{@here}[$__rate_interval]))", "sent", INFO),
        q("sum(rate(http_request_body_bytes_total{@here}[$__rate_interval]))", "received", SECOND),
        unit="Bps",
    )


def _open_streams_and_sockets() -> Panel:
    return series_panel(
        "Open streams and sockets",
        says(
            "As many as people look at live progress.",
            "Growing without end: clients that are gone are not noticed.",
        ),
        q("sum(http_streams_open{@here})", "event streams", INFO),
        q("sum(websocket_connections_open{@here})", "WebSockets", SECOND),
        unit="short",
    )


def _latency() -> list[Panel]:
    return [
        _time_to_answer(),
        _95th_percentile_by_route(),
        _share_of_slow_requests(),
        _routes_table(),
    ]


def _time_to_answer() -> Panel:
    return series_panel(
        "Time to answer",
        says(
            "The median in tens of milliseconds, p95 below the dashed 0.3 s.",
            "All three up: the machine or the database. Only p99: one route or one query.",
            "SlowRequests",
            "LatencyBudgetBurn",
            empty=QUIET,
        ),
        q(_slowest("p50"), "median", GOOD),
        q(_slowest("p95"), "95th percentile", WARNING),
        q(_slowest("p99"), "99th percentile", BAD),
        unit="s",
        thresholds=steps((0.3, WARNING), base="transparent"),
    )


def _95th_percentile_by_route() -> Panel:
    return series_panel(
        "95th percentile by route",
        says(
            "Below 0.3 s everywhere; of several instances the slowest counts.",
            "The route that stands out; then the table beside.",
            "SlowRequests",
            empty=QUIET,
        ),
        q("max by (endpoint) (endpoint:http_request_duration_seconds:p95_rate5m{@here})", "{{endpoint}}"),
        unit="s",
        thresholds=steps((0.3, WARNING), base="transparent"),
    )


def _share_of_slow_requests() -> Panel:
    return series_panel(
        "Share of slow requests",
        says(
            "Below 5 % over 0.3 s, hardly any over 1 s. Counted at bucket boundaries, so exact.",
            "From 5 % over 1 s on, SlowRequests fires.",
            "SlowRequests",
            "LatencyBudgetBurn",
            empty=QUIET,
        ),
        q("job:http_latency_bad:ratio_rate5m{@job}", "over 0.3 s", WARNING),
        q("job:http_requests_over_1s_per_http_requests:ratio_rate5m{@job}", "over 1 s", BAD),
        unit="percentunit",
        thresholds=steps((0.05, BAD), base="transparent"),
    )


def _routes_table() -> Panel:
    seconds, count = "http_request_duration_seconds_sum{@people}", "http_request_duration_seconds_count{@people}"
    return table_panel(
        "Routes in the chosen time",
        says(
            "A mean below 0.1 s and no failures.",
            "Sort by mean or failures; a route with both wants work first.",
            empty="no request was answered in the chosen time.",
        ),
        q(f"sum by (endpoint) (increase({count}[$__range])) > 0"),
        q(f"sum by (endpoint) (increase({seconds}[$__range])) / (sum by (endpoint) (increase({count}[$__range])) > 0)"),
        q('sum by (endpoint) (increase(http_requests_total{@people, status_code=~"5.."}[$__range]))'),
        columns={"endpoint": "Route", "Value #A": "Requests", "Value #B": "Mean", "Value #C": "Failed"},
        units={"Requests": "short", "Mean": "s", "Failed": "short"},
        steps={"Mean": too_high(0.3, 1), "Failed": too_high(1)},
    ).span(24)


def _share_by_phase(phase: str) -> str:
    """The time requests spent in one phase, in seconds per second."""
    return f'sum(rate(http_request_phase_seconds_total{{@people, phase="{phase}"}}[$__rate_interval]))'


def _phases() -> list[Query]:
    return [
        q(_share_by_phase("app"), "the app itself", INFO),
        q(_share_by_phase("db"), "database", SECOND),
        q(_share_by_phase("pool_wait"), "waiting for a connection", BAD),
        q(_share_by_phase("external"), "calls of others", WARNING),
    ]


def _time_spent() -> list[Panel]:
    return [
        _what_requests_spend_their_time_on(),
        _statements_95th_percentile(),
        _statements_per_request(),
        _event_loop_lag(),
        _who_holds_the_event_loop(),
    ]


def _what_requests_spend_their_time_on() -> Panel:
    return series_panel(
        "What requests spend their time on",
        says(
            "Mostly the app itself and the database. 1 s/s keeps one process busy.",
            "Waiting for a connection: the pool is too small or a transaction too long.",
            "PoolWaits",
            empty="a phase in which no request spent time yet has no line.",
        ),
        *_phases(),
        unit="s",
        stacked=True,
    )


def _statements_95th_percentile() -> Panel:
    return series_panel(
        "Statements, 95th percentile",
        says(
            "Below 25 ms.",
            "One operation up: a missing index or a lock. All up: the disk or the server.",
            "SlowQueries",
        ),
        q("max by (operation) (operation:db_query_duration_seconds:p95_rate5m{@here})", "{{operation}}"),
        unit="s",
    )


def _statements_per_request() -> Panel:
    return series_panel(
        "Statements per request",
        says("Below 20.", "A route that makes more loads its rows one by one.", empty=QUIET),
        q(
            "sum by (endpoint) (rate(http_request_db_queries_sum{@people}[$__rate_interval]))"
            " / (sum by (endpoint) (rate(http_request_db_queries_count{@people}[$__rate_interval])) > 0)",
            "{{endpoint}}",
        ),
        unit="short",
    )


def _event_loop_lag() -> Panel:
    return series_panel(
        "Event loop lag",
        says(
            "The median below 1 ms, p99 below 25 ms.",
            "Every request waits as long. The panel beside names who held the loop.",
            "EventLoopBlocked",
        ),
        q(_lag(0.5), "median", GOOD),
        q(_lag(0.99), "99th percentile", BAD),
        unit="s",
    ).span(12)


def _who_holds_the_event_loop() -> Panel:
    return series_panel(
        "Who holds the event loop",
        says(
            "Nothing, or a few milliseconds each second.",
            "That route computes or waits inside the loop: move it to a thread.",
            "EventLoopBlocked",
            empty="nothing held the loop for long enough to be counted.",
        ),
        q(
            "sum by (endpoint) (rate(event_loop_blocked_seconds_total{@here}[$__rate_interval])) > 0",
            "{{endpoint}}",
        ),
        unit="s",
        stacked=True,
    ).span(12)
