"""Application Health: is it up, does it fail, can its own numbers be trusted."""

from observability.grafana.alert_panels import alerts_firing, alerts_over_time
from observability.grafana.colors import BAD, GOOD, INFO, WARNING, steps, too_high, too_low
from observability.grafana.frame import Page, Section
from observability.grafana.monitoring_health import panels_of_monitoring
from observability.grafana.panels import (
    UP_DOWN,
    Panel,
    series_panel,
    stat_panel,
    table_panel,
    timeline_panel,
)
from observability.grafana.queries import q
from observability.grafana.words import says

AREAS = "app|http|monitoring"
QUIET = "no request came in during the last five minutes."


def page() -> Page:
    """The dashboard."""
    return Page(
        uid="scout-health",
        title="Application Health",
        description="Is the app up, does it fail, and can its own numbers be trusted?",
        area="app",
        sections=[
            Section("Is it fine?", _answer()),
            Section("Errors", _errors()),
            Section("Processes", _processes()),
            Section("The monitoring itself", panels_of_monitoring()),
        ],
    )


def _answer() -> list[Panel]:
    return [
        _processes_up(),
        _availability_of_scrapes(),
        _requests_that_fail(),
        _unhandled_errors_15_min(),
        alerts_firing(AREAS),
        _since_the_last_start(),
    ]


def _processes_up() -> Panel:
    return stat_panel(
        "Processes up",
        says(
            "As many as were started; one unless you run several.",
            "Look at the process: its log, `./scout doctor`, the machine it runs on.",
            "ServiceDown",
            "TargetAbsent",
        ),
        q("sum(up{@app})", "up"),
        unit="short",
        thresholds=too_low(1),
    )


def _availability_of_scrapes() -> Panel:
    return stat_panel(
        "Availability of scrapes",
        says(
            "100 %: each time Prometheus asked, the app answered.",
            "Gaps at deploys are short; longer ones are outages. The timeline below shows when.",
            "ServiceDown",
        ),
        q("avg(avg_over_time(up{@app}[$__rate_interval]))", "answered"),
        unit="percentunit",
        thresholds=too_low(0.99, 0.999),
        decimals=2,
    )


def _requests_that_fail() -> Panel:
    return stat_panel(
        "Requests that fail",
        says(
            "0 %, and below 0.5 % over a month: that is the promise.",
            "Find the route under Errors, then its log lines.",
            "HighErrorRate",
            "AvailabilityBudgetBurn",
            empty=QUIET,
        ),
        q("max(job:http_request_errors_per_http_requests:ratio_rate5m{@job})", "failed"),
        unit="percentunit",
        thresholds=too_high(0.005, 0.05),
        decimals=2,
        no_value="no requests",
    )


def _unhandled_errors_15_min() -> Panel:
    return stat_panel(
        "Unhandled errors, 15 min",
        says(
            "0. Nobody means an exception to reach the outermost wall.",
            "The table of exceptions below names type and route; the log has the traceback.",
            "UnhandledError",
        ),
        q("sum(job:application_errors:increase15m{@job}) or vector(0)", "errors"),
        unit="short",
        thresholds=too_high(1, 5),
        decimals=0,
    )


def _since_the_last_start() -> Panel:
    return stat_panel(
        "Since the last start",
        says(
            "The time since your last deploy.",
            "A short time without a deploy is a crash: the log ends with its reason.",
            "AppRestarting",
        ),
        q("time() - max(process_start_time_seconds{@app})", "age"),
        unit="s",
        thresholds=steps((300, GOOD), base=WARNING),
        decimals=0,
    )


def _errors() -> list[Panel]:
    return [
        _answers_by_status(),
        _share_of_requests_that_fail(),
        _failed_requests_by_route(),
        _unhandled_exceptions(),
        _clients_that_went_away(),
        _database_and_background_errors(),
    ]


def _answers_by_status() -> Panel:
    return series_panel(
        "Answers by status",
        says(
            "Mostly 2xx and 3xx; some 4xx from mistyped addresses and expired sessions.",
            "Red is ours: find the route beside. A flood of 4xx is a scanner or a broken client.",
            "HighErrorRate",
            empty="a class of answers that never came has no line.",
        ),
        q('sum(rate(http_requests_total{@people, status_code=~"2.."}[$__rate_interval]))', "2xx", GOOD),
        q('sum(rate(http_requests_total{@people, status_code=~"3.."}[$__rate_interval]))', "3xx", INFO),
        q('sum(rate(http_requests_total{@people, status_code=~"4.."}[$__rate_interval]))', "4xx", WARNING),
        q('sum(rate(http_requests_total{@people, status_code=~"5.."}[$__rate_interval]))', "5xx", BAD),
        unit="reqps",
        stacked=True,
    )


def _share_of_requests_that_fail() -> Panel:
    return series_panel(
        "Share of requests that fail",
        says(
            "Flat at 0.",
            "The dashed line is where HighErrorRate begins; anything over 0.5 % for long breaks the promise.",
            "HighErrorRate",
            "AvailabilityBudgetBurn",
            empty=QUIET,
        ),
        q("job:http_request_errors_per_http_requests:ratio_rate5m{@job}", "{{job}}", BAD),
        unit="percentunit",
        thresholds=steps((0.05, BAD), base="transparent"),
    )


def _failed_requests_by_route() -> Panel:
    return series_panel(
        "Failed requests by route",
        says(
            "Flat at 0 for every route.",
            "One route: its code or its data. All routes at once: the database or the machine.",
            "HighErrorRate",
        ),
        q(
            'sum by (endpoint) (rate(http_requests_total{@people, status_code=~"5.."}[$__rate_interval]))',
            "{{endpoint}}",
        ),
        unit="reqps",
    )


def _unhandled_exceptions() -> Panel:
    return series_panel(
        "Unhandled exceptions",
        says(
            "Nothing.",
            "Critical is before the answer began, error during it, warning after it. Search the log for the type.",
            "UnhandledError",
            empty="nothing raised an exception that nothing handled since the app started.",
        ),
        q(
            "sum by (error_type, endpoint, severity) (increase(application_errors_total{@here}[$__rate_interval]))",
            "{{error_type}} at {{endpoint}} ({{severity}})",
        ),
        unit="short",
        bars=True,
    )


def _clients_that_went_away() -> Panel:
    return series_panel(
        "Clients that went away",
        says(
            "A few: people close pages.",
            "Many before the answer began: answers are slow, see Performance.",
            "SlowRequests",
            empty="no client left before its answer was complete since the app started.",
        ),
        q(
            "sum by (phase) (rate(http_client_disconnects_total{@here}[$__rate_interval]))",
            "{{phase}}",
        ),
        unit="reqps",
    )


def _database_and_background_errors() -> Panel:
    return series_panel(
        "Database and background errors",
        says(
            "Flat at 0.",
            "Resources has the database's own row; background tasks fail after their answer was sent.",
            "DatabaseErrors",
            empty="no statement and no background task failed since the app started.",
        ),
        q("sum(rate(database_errors_total{@here}[$__rate_interval]))", "database", BAD),
        q("sum(rate(http_background_task_errors_total{@here}[$__rate_interval]))", "background tasks", WARNING),
        unit="eps",
    )


def _processes() -> list[Panel]:
    return [
        _up_and_down(),
        alerts_over_time(AREAS),
        _what_runs(),
        _restarts(),
        _event_loop_ticks_over_0_1_s_late(),
    ]


def _up_and_down() -> Panel:
    return timeline_panel(
        "Up and down",
        says(
            "Green throughout, with gaps no longer than a restart.",
            "Red: Prometheus could not read /metrics. A gap in the band: Prometheus itself was away.",
            "ServiceDown",
        ),
        q("min by (instance) (up{@here})", "{{instance}}"),
        states=UP_DOWN,
    )


def _what_runs() -> Panel:
    return table_panel(
        "What runs",
        says(
            "One version everywhere, except during a deploy.",
            "Two versions for long: a process was not restarted.",
        ),
        q("max by (instance, version, python_version, environment) (iam_job_scout_info{@here})"),
        columns={
            "instance": "Instance",
            "version": "Version",
            "python_version": "Python",
            "environment": "Environment",
        },
    )


def _restarts() -> Panel:
    return series_panel(
        "Restarts",
        says(
            "Only where a deploy is marked.",
            "More than three in half an hour is a crash loop: read the log's last lines.",
            "AppRestarting",
        ),
        q("sum by (instance) (changes(process_start_time_seconds{@here}[$__rate_interval]))", "{{instance}}"),
        unit="short",
        bars=True,
    ).span(6)


def _event_loop_ticks_over_0_1_s_late() -> Panel:
    return series_panel(
        "Event loop ticks over 0.1 s late",
        says(
            "Below 1 %.",
            "Something computes or waits inside the loop and holds every request up; Performance names the route.",
            "EventLoopBlocked",
        ),
        q("instance:event_loop_late_ticks_per_ticks:ratio_rate5m{@here}", "{{instance}}"),
        unit="percentunit",
        thresholds=steps((0.05, BAD), base="transparent"),
    ).span(6)
