"""Scan & Sources: whether scans run and succeed, and how the services they ask behave."""

from observability.grafana.alert_panels import alerts_firing, alerts_over_time
from observability.grafana.boards import panels_of_boards
from observability.grafana.colors import BAD, GOOD, INFO, WARNING, steps, too_high, too_low
from observability.grafana.frame import Page, Section
from observability.grafana.panels import Panel, series_panel, stat_panel, table_panel, timeline_panel
from observability.grafana.queries import q
from observability.grafana.service_levels import AGE, DARK_AFTER, LATE_AFTER, OVERDUE, oldest_source
from observability.grafana.words import says

NEVER = "no scan has ended since the app started."
UNASKED = "no service was asked in that time."


def page() -> Page:
    """The dashboard."""
    return Page(
        uid="scout-scans",
        title="Scan & Sources",
        description="Whether scans run and succeed, what they bring, and how the services they ask behave.",
        area="scans",
        since="now-24h",
        marks_scans=True,
        sections=[
            Section("Do scans work?", _answer()),
            Section("Scans", _scans()),
            Section("Sources", _sources()),
            Section("Services asked", _services()),
        ],
    )


def _runs(status: str, by: str = "") -> str:
    grouped = f"sum by ({by})" if by else "sum"
    return f'{grouped} (increase(iam_scan_runs_total{{@here, status="{status}"}}[$__rate_interval]))'


def _answer() -> list[Panel]:
    return [
        _fresh_sources(),
        oldest_source(),
        _scans_that_failed_3_h(),
        _batches_waiting(),
        alerts_firing("scans|sources"),
        _calls_that_fail_15_min(),
    ]


def _fresh_sources() -> Panel:
    return stat_panel(
        "Fresh sources",
        says(
            "100 %: each source was scanned whole within two of its own intervals.",
            "The table of sources names those that are late.",
            "SourceLate",
            empty="no source has been scanned whole yet.",
        ),
        q(f"avg({AGE} < bool {LATE_AFTER})", "fresh"),
        unit="percentunit",
        thresholds=too_low(0.9, 1),
        decimals=0,
        no_value="no scan yet",
    )


def _scans_that_failed_3_h() -> Panel:
    return stat_panel(
        "Scans that failed, 3 h",
        says("0; one may be the network's.", "Two of one source and no success fire ScanFailing.", "ScanFailing"),
        q("sum(source:iam_scan_runs_bad:increase3h{@job})", "failed"),
        unit="short",
        thresholds=too_high(1, 2),
        decimals=0,
    )


def _batches_waiting() -> Panel:
    return stat_panel(
        "Batches waiting",
        says("0 between scans.", "Above 0 for half an hour: the queue is stuck.", "ScanQueueStuck"),
        q('max(scan_queue_depth{@here, state="waiting"})', "waiting"),
        unit="short",
        thresholds=too_high(20, 100),
        decimals=0,
    )


def _calls_that_fail_15_min() -> Panel:
    return stat_panel(
        "Calls that fail, 15 min",
        says(
            "Below 5 %: boards close and answer 404.",
            "Services asked has the service and the kind of failure.",
            "ExternalApiErrors",
            empty="no service was asked within the last 15 minutes.",
        ),
        q("max(api:external_api_errors_per_external_api_requests:ratio_rate15m{@job})", "worst service"),
        unit="percentunit",
        thresholds=too_high(0.05, 0.2),
        decimals=1,
        no_value="no calls",
    )


def _scans() -> list[Panel]:
    return [
        _scans_by_result(),
        _time_a_scan_takes(),
        _queue_of_batches(),
        _failures_within_scans(),
        alerts_over_time("scans|sources").height(8),
    ]


def _scans_by_result() -> Panel:
    return series_panel(
        "Scans by result",
        says(
            "One green bar each hour for each source. Partial: some of its boards failed.",
            "Red: the whole source failed. No bars at all: the schedule stopped.",
            "ScanFailing",
            "ScansStopped",
        ),
        q(_runs("success"), "success", GOOD),
        q(_runs("partial"), "partial", WARNING),
        q(_runs("failed"), "failed", BAD),
        unit="short",
        bars=True,
        stacked=True,
    )


def _time_a_scan_takes() -> Panel:
    return series_panel(
        "Time a scan takes",
        says("Below a minute or two.", "Near 30 min it runs into the next one.", "ScanSlow", empty=NEVER),
        q(
            "sum by (source) (rate(scan_duration_seconds_sum{@here}[$__rate_interval]))"
            " / (sum by (source) (rate(scan_duration_seconds_count{@here}[$__rate_interval])) > 0)",
            "{{source}}",
        ),
        unit="s",
    )


def _queue_of_batches() -> Panel:
    return series_panel(
        "Queue of batches",
        says(
            "Fills at the start of a scan and empties within minutes.",
            "Waiting and nothing running: no worker. Both flat: a batch hangs.",
            "ScanQueueStuck",
        ),
        q('max(scan_queue_depth{@here, state="waiting"})', "waiting", WARNING),
        q('max(scan_queue_depth{@here, state="running"})', "running", INFO),
        unit="short",
    )


def _failures_within_scans() -> Panel:
    return series_panel(
        "Failures within scans",
        says(
            "Few: a board that was closed.",
            "Many of one type at one source: its format or its address changed.",
            "ScanFailing",
            empty="no board failed since the app started.",
        ),
        q(
            "sum by (source, error_type) (increase(scan_errors_total{@here}[$__rate_interval]))",
            "{{error_type}} at {{source}}",
        ),
        unit="short",
        bars=True,
        stacked=True,
    ).span(12)


def _sources() -> list[Panel]:
    return [
        _every_source(),
        _fresh_or_late(),
        _fitting_jobs_by_source(),
        _new_jobs_by_source(),
        *panels_of_boards(),
    ]


def _every_source() -> Panel:
    return table_panel(
        "Every source",
        says(
            "Below 100 % of its limit (two of its intervals), found above 0.",
            "Orange is late, red is dark or empty: open the source's page.",
            "SourceLate",
            "SourceDark",
            "SourceEmpty",
            empty=NEVER,
        ),
        q("max by (source) (source:iam_source_age_seconds:max{@job})"),
        q("max by (source) (source:iam_source_cadence_seconds:max{@job})"),
        q(f"max by (source) ({OVERDUE})"),
        q("max by (source) (iam_scan_jobs_found{@here})"),
        q("max by (source) (iam_scan_jobs_new{@here})"),
        q("sum by (source) (source:iam_scan_runs_bad:increase3h{@job})"),
        columns={
            "source": "Source",
            "Value #A": "Age",
            "Value #B": "Scanned every",
            "Value #C": "Of its limit",
            "Value #D": "Found",
            "Value #E": "New",
            "Value #F": "Failed, 3 h",
        },
        units={
            "Age": "s",
            "Scanned every": "s",
            "Of its limit": "percentunit",
            "Found": "short",
            "New": "short",
            "Failed, 3 h": "short",
        },
        steps={"Of its limit": too_high(1, 4), "Found": too_low(1), "Failed, 3 h": too_high(1, 2)},
    )


def _fresh_or_late() -> Panel:
    return timeline_panel(
        "Fresh or late",
        says(
            "Green throughout.",
            "Orange: over two of its intervals. Red: dark, postings are being missed.",
            "SourceLate",
            "SourceDark",
            empty="no source has been scanned whole yet.",
        ),
        q(f"({AGE} >= bool {LATE_AFTER}) + ({AGE} >= bool {DARK_AFTER})", "{{source}}"),
        states={"0": ("fresh", GOOD), "1": ("late", WARNING), "2": ("dark", BAD)},
    ).height(8)


def _fitting_jobs_by_source() -> Panel:
    return series_panel(
        "Fitting jobs by source",
        says("Flat.", "A fall to 0 with successful scans: the format changed.", "SourceEmpty", empty=NEVER),
        q("max by (source) (iam_scan_jobs_found{@here})", "{{source}}"),
        unit="short",
    ).span(12)


def _new_jobs_by_source() -> Panel:
    return series_panel(
        "New jobs by source",
        says("A few each scan.", "0 everywhere for days: see NoNewJobs.", "NoNewJobs", empty=NEVER),
        q("max by (source) (iam_scan_jobs_new{@here})", "{{source}}"),
        unit="short",
        stacked=True,
    ).span(12)


def _services() -> list[Panel]:
    return [
        _calls_by_service(),
        _calls_by_result(),
        _share_of_calls_that_fail(),
        _time_to_answer_95th_percentile(),
        _kinds_of_failure(),
        _tries_per_call(),
        _hosts_left_alone(),
    ]


def _calls_by_service() -> Panel:
    return series_panel(
        "Calls by service",
        says("Bursts at each scan.", "A plateau between scans: something retries.", empty=UNASKED),
        q("sum by (api_name) (rate(external_api_requests_total{@here}[$__rate_interval]))", "{{api_name}}"),
        unit="reqps",
    )


def _calls_by_result() -> Panel:
    return series_panel(
        "Calls by result",
        says(
            "Success, with some client_error for boards that closed.",
            "server_error and timeout: theirs. error: the way there, such as names and certificates.",
            "ExternalApiErrors",
            empty=UNASKED,
        ),
        q('sum(rate(external_api_requests_total{@here, status="success"}[$__rate_interval]))', "success", GOOD),
        q('sum(rate(external_api_requests_total{@here, status="client_error"}[$__rate_interval]))', "4xx", WARNING),
        q('sum(rate(external_api_requests_total{@here, status="server_error"}[$__rate_interval]))', "5xx", BAD),
        q(
            'sum(rate(external_api_requests_total{@here, status=~"timeout|error"}[$__rate_interval]))',
            "no answer",
            "dark-red",
        ),
        unit="reqps",
        stacked=True,
    )


def _share_of_calls_that_fail() -> Panel:
    return series_panel(
        "Share of calls that fail",
        says(
            "Below 5 %.",
            "From 20 % on ExternalApiErrors fires.",
            "ExternalApiErrors",
            empty="no service was asked within 15 minutes.",
        ),
        q("api:external_api_errors_per_external_api_requests:ratio_rate15m{@job}", "{{api_name}}"),
        unit="percentunit",
        thresholds=steps((0.2, BAD), base="transparent"),
    )


def _time_to_answer_95th_percentile() -> Panel:
    return series_panel(
        "Time to answer, 95th percentile",
        says(
            "Below 2 s.",
            "A slow service makes scans slow; its own status page may know.",
            "ScanSlow",
            empty=UNASKED,
        ),
        q(
            "histogram_quantile(0.95, sum by (le, api_name)"
            " (rate(external_api_duration_seconds_bucket{@here}[$__rate_interval])))",
            "{{api_name}}",
        ),
        unit="s",
    )


def _kinds_of_failure() -> Panel:
    return series_panel(
        "Kinds of failure",
        says(
            "Few, mostly not_found.",
            "rate_limited: we ask too fast. dns, connect, tls: the way there. parse: the format changed.",
            "ExternalApiErrors",
            "RateLimited",
            empty="no call has failed since the app started.",
        ),
        q(
            "sum by (api_name, error_type) (increase(external_api_errors_total{@here}[$__rate_interval]))",
            "{{error_type}} at {{api_name}}",
        ),
        unit="short",
        bars=True,
        stacked=True,
    )


def _tries_per_call() -> Panel:
    return series_panel(
        "Tries per call",
        says(
            "1: no retries.",
            "Above 1.5: the service fails now and then, or limits us.",
            "RateLimited",
            empty=UNASKED,
        ),
        q(
            "sum by (api_name) (rate(external_api_requests_total{@here}[$__rate_interval]))"
            " / (sum by (api_name) (rate(external_api_calls_total{@here}[$__rate_interval])) > 0)",
            "{{api_name}}",
        ),
        unit="none",
    )


def _hosts_left_alone() -> Panel:
    return series_panel(
        "Hosts left alone",
        says(
            "None.",
            "A host failed ten times in a row and is only probed; its boards wait. After half an hour it is an alert.",
            "CircuitOpen",
            empty=UNASKED,
        ),
        q("max by (api_name) (external_api_circuit_open{@here})", "{{api_name}}"),
        unit="short",
    ).span(24)
