"""Resources: memory, processor, files, database connections, and what is left of each."""

from observability.grafana.alert_panels import alerts_firing, alerts_over_time
from observability.grafana.colors import BAD, GOOD, INFO, MUTED, SECOND, WARNING, steps, too_high
from observability.grafana.frame import Page, Section
from observability.grafana.panels import Panel, gauge_panel, series_panel, stat_panel
from observability.grafana.queries import q
from observability.grafana.words import says

FDS = "process_open_fds{@app} / process_max_fds{@app}"


def page() -> Page:
    """The dashboard."""
    return Page(
        uid="scout-resources",
        title="Resources",
        description="What the processes and the database use, and how near to its limit each is.",
        area="database",
        sections=[
            Section("Is there enough?", _answer()),
            Section("Database connections", _connections()),
            Section("Database work", _database()),
            Section("Processes", _processes()),
        ],
    )


def _answer() -> list[Panel]:
    return [
        _memory(),
        _processor(),
        _connections_in_use(),
        _file_descriptors(),
        alerts_firing("app|database"),
        _database_errors_5_min(),
    ]


def _memory() -> Panel:
    return stat_panel(
        "Memory",
        says(
            "100 to 300 MB each process, flat after the first scan.",
            "Growing for hours without traffic is a leak: restart, then compare the versions.",
            "MemoryGrowing",
        ),
        q("max(process_resident_memory_bytes{@app})", "largest process"),
        unit="bytes",
        thresholds=too_high(400e6, 1e9),
    )


def _processor() -> Panel:
    return stat_panel(
        "Processor",
        says(
            "Below half a core; a scan takes more for a minute.",
            "At one core a Python process is full: add workers.",
        ),
        q("max(rate(process_cpu_seconds_total{@app}[$__rate_interval]))", "busiest process"),
        unit="percentunit",
        thresholds=too_high(0.7, 0.95),
        decimals=0,
    )


def _connections_in_use() -> Panel:
    return gauge_panel(
        "Connections in use",
        says(
            "Below half.",
            "At 90 % the next requests wait: look for slow statements first, then raise the pool.",
            "PoolSaturated",
        ),
        q("max(instance:db_connections_active_per_db_connections_max:ratio{@here})", "in use"),
        unit="percentunit",
        thresholds=too_high(0.7, 0.9),
    )


def _file_descriptors() -> Panel:
    return gauge_panel(
        "File descriptors",
        says(
            "Below 10 %.",
            "Sockets or files are not closed; compare with open streams.",
            "FileDescriptorsRunningOut",
        ),
        q(f"max({FDS})", "open"),
        unit="percentunit",
        thresholds=too_high(0.5, 0.8),
    )


def _database_errors_5_min() -> Panel:
    return stat_panel(
        "Database errors, 5 min",
        says("0.", "The panel of errors below names operation and type.", "DatabaseErrors", "PoolTimeouts"),
        q("sum(job:database_errors:increase5m{@job}) or vector(0)", "errors"),
        unit="short",
        thresholds=too_high(1, 10),
        decimals=0,
    )


def _connections() -> list[Panel]:
    return [
        _connections_panel(),
        _waiting_for_a_connection(),
        _time_waited_for_a_connection(),
    ]


def _connections_panel() -> Panel:
    return series_panel(
        "Connections",
        says(
            "In use far below the limit; idle ones are kept open on purpose.",
            "In use at the limit: find the slow statements under Database work.",
            "PoolSaturated",
        ),
        q("sum(db_connections_active{@here})", "in use", INFO),
        q("sum(db_connections_idle{@here})", "idle", GOOD),
        q("sum(db_connections_overflow{@here})", "beyond the pool's size", WARNING),
        q("sum(db_connections_max{@here})", "limit", BAD),
        unit="short",
    )


def _waiting_for_a_connection() -> Panel:
    return series_panel(
        "Waiting for a connection",
        says(
            "0 callers and no time.",
            "Callers queue: PoolTimeouts is next. Statements are slow or transactions long.",
            "PoolWaits",
            "PoolTimeouts",
        ),
        q("sum(db_connections_waiting{@here})", "callers waiting", WARNING),
        q("sum(increase(db_connection_timeouts_total{@here}[$__rate_interval]))", "gave up", BAD),
        unit="short",
    )


def _time_waited_for_a_connection() -> Panel:
    return series_panel(
        "Time waited for a connection",
        says(
            "Nothing, or below 1 ms.",
            "From 0.1 s on for one request in twenty, PoolWaits fires.",
            "PoolWaits",
            empty="no caller had to wait for a connection since the app started.",
        ),
        q(
            "histogram_quantile(0.95, sum by (le) (rate(db_connection_wait_seconds_bucket{@here}[$__rate_interval])))",
            "95th percentile",
            WARNING,
        ),
        unit="s",
        thresholds=steps((0.1, BAD), base="transparent"),
    )


def _database() -> list[Panel]:
    return [
        _statements_by_table(),
        _time_spent_by_table(),
        _statements_over_0_5_s(),
        _statements_by_how_they_ended(),
        _database_errors(),
        _rows_written(),
    ]


def _statements_by_table() -> Panel:
    return series_panel(
        "Statements by table",
        says("Follows requests and scans.", "One table alone grows: a route reads it row by row."),
        q("sum by (table) (rate(db_operations_total{@here}[$__rate_interval])) > 0", "{{table}}"),
        unit="ops",
    )


def _time_spent_by_table() -> Panel:
    return series_panel(
        "Time spent by table",
        says(
            "Well below 1 s/s. 1 s/s keeps one connection busy.",
            "The table that grows wants an index or fewer reads.",
            "SlowQueries",
        ),
        q("sum by (table) (rate(db_query_duration_seconds_sum{@here}[$__rate_interval])) > 0", "{{table}}"),
        unit="s",
        stacked=True,
    )


def _statements_over_0_5_s() -> Panel:
    return series_panel(
        "Statements over 0.5 s",
        says(
            "0 %.",
            "The dashed line is where SlowQueries begins. Look for locks, then for missing indexes.",
            "SlowQueries",
            empty="no statement ran during the last five minutes.",
        ),
        q("job:db_queries_over_500ms_per_db_queries:ratio_rate5m{@job}", "{{job}}", BAD),
        unit="percentunit",
        thresholds=steps((0.05, BAD), base="transparent"),
    )


def _statements_by_how_they_ended() -> Panel:
    return series_panel(
        "Statements by how they ended",
        says("Success alone.", "Timeouts: locks. Errors: the panel beside has their type.", "DatabaseErrors"),
        q('sum(rate(db_operations_total{@here, status="success"}[$__rate_interval]))', "success", GOOD),
        q('sum(rate(db_operations_total{@here, status!="success"}[$__rate_interval])) or vector(0)', "other", BAD),
        unit="ops",
    )


def _database_errors() -> Panel:
    return series_panel(
        "Database errors",
        says(
            "Nothing.",
            "OperationalError: the server or the disk. IntegrityError: a fault of the code.",
            "DatabaseErrors",
            empty="no statement has failed since the app started.",
        ),
        q(
            "sum by (operation, error_type) (increase(database_errors_total{@here}[$__rate_interval]))",
            "{{error_type}} in {{operation}}",
        ),
        unit="short",
        bars=True,
    )


def _rows_written() -> Panel:
    return series_panel(
        "Rows written",
        says(
            "Peaks with the scans.",
            "Rows without a scan: people or scripts write a lot.",
            empty="nothing was written.",
        ),
        q("sum by (operation) (rate(db_rows_total{@here}[$__rate_interval])) > 0", "{{operation}}"),
        unit="rowsps",
    )


def _processes() -> list[Panel]:
    return [
        _resident_memory(),
        _processor_each_process(),
        _open_file_descriptors(),
        _garbage_collections(),
        alerts_over_time("app|database").height(8),
    ]


def _resident_memory() -> Panel:
    return series_panel(
        "Resident memory",
        says(
            "Flat with a bump at each scan that goes back.",
            "Steps that never go back are a leak.",
            "MemoryGrowing",
        ),
        q("process_resident_memory_bytes{@app}", "{{instance}}"),
        unit="bytes",
    )


def _processor_each_process() -> Panel:
    return series_panel(
        "Processor, each process",
        says("Peaks with scans.", "Flat near 100 %: the process is full; add workers or look for a loop."),
        q("rate(process_cpu_seconds_total{@app}[$__rate_interval])", "{{instance}}"),
        unit="percentunit",
    )


def _open_file_descriptors() -> Panel:
    return series_panel(
        "Open file descriptors",
        says("Below 200 and flat.", "Growing without end: something is not closed.", "FileDescriptorsRunningOut"),
        q("process_open_fds{@app}", "{{instance}}"),
        unit="short",
    )


def _garbage_collections() -> Panel:
    return series_panel(
        "Garbage collections",
        says("A few of generation 2 each minute at most.", "Many of generation 2: memory is tight or objects leak."),
        q('sum(rate(python_gc_collections_total{@app, generation="0"}[$__rate_interval]))', "generation 0", MUTED),
        q(
            'sum(rate(python_gc_collections_total{@app, generation="1"}[$__rate_interval]))',
            "generation 1",
            SECOND,
        ),
        q('sum(rate(python_gc_collections_total{@app, generation="2"}[$__rate_interval]))', "generation 2", BAD),
        unit="cps",
    ).span(12)
