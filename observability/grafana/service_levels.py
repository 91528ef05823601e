"""Service Levels: what is promised, how much of the error budget is left, how fast it burns. Figures from slo.yaml."""

from observability.grafana.alert_panels import alerts_firing, alerts_over_time
from observability.grafana.colors import BAD, GOOD, INFO, SECOND, WARNING, steps, too_high, too_low
from observability.grafana.frame import Page, Section
from observability.grafana.panels import Panel, bars_panel, gauge_panel, series_panel, stat_panel, table_panel
from observability.grafana.queries import Query, q
from observability.grafana.words import says

from iam_job_scout.stack.slo import Objective, Spec, Window, read_spec

NEVER = "no source has been scanned whole yet."
QUIET = "no request came in during that time."
AGE = "source:iam_source_age_seconds:max{@job}"
#: Where SourceLate and SourceDark begin, by the pace at which each source is scanned; one that is paused has none.
LATE_AFTER = "on (job, source) (2 * source:iam_source_cadence_seconds:max{@job})"
DARK_AFTER = "on (job, source) source:iam_source_dark_after_seconds:max{@job}"
#: 1 is where a source becomes late.
OVERDUE = f"{AGE} / {LATE_AFTER}"


def page() -> Page:
    """The dashboard."""
    spec = read_spec()
    return Page(
        uid="scout-service-levels",
        title="Service Levels",
        description="The promises, what is left of each error budget, how fast it burns, how fresh the sources are.",
        area="slo",
        since="now-24h",
        sections=[
            Section("Are the promises kept?", _answer(spec)),
            *(Section(f"{_title(one)}: {one.promise}", _objective(spec, one)) for one in spec.objectives),
            Section("Freshness of sources", _freshness()),
        ],
    )


def _title(objective: Objective) -> str:
    return objective.name.capitalize()


def _ratio(objective: Objective, window: str) -> str:
    """The recorded share of bad requests over a window."""
    return f"job:http_{objective.name}_bad:ratio_rate{window}{{@job}}"


def _budget(objective: Objective) -> str:
    """1 less its decimal noise: what may be bad, as a share of all."""
    return f"{1 - objective.target:.6g}"


def _left(spec: Spec, objective: Objective) -> str:
    """The share of the budget that the whole period (or as much as Prometheus keeps of it) has left."""
    bad, total = (f"sum_over_time({name}{{@job}}[{spec.period}])" for name in (objective.bad, objective.total))
    return f"1 - ({bad} / ({total} > 0)) / {_budget(objective)}"


def _left_over_time(spec: Spec, objective: Objective) -> str:
    """The same from means over five minutes: a sum over every sample of a month at every point would take seconds."""
    means = (f"avg_over_time({name}{{@job}}[5m])" for name in (objective.bad, objective.total))
    bad, total = (f"sum_over_time({mean}[{spec.period}:5m])" for mean in means)
    return f"1 - ({bad} / ({total} > 0)) / {_budget(objective)}"


def _answer(spec: Spec) -> list[Panel]:
    return [
        *(_budget_gauge(spec, one) for one in spec.objectives),
        *(_burn_stat(one) for one in spec.objectives),
        oldest_source(),
        alerts_firing("http|sources|scans"),
    ]


def oldest_source() -> Panel:
    """The source that is nearest to being late, or the furthest beyond."""
    return stat_panel(
        "Oldest source",
        says(
            "Below 100 %: each source answered within two of its own intervals.",
            "Above, postings are late; at eight intervals and a day the source is dark, and they are missed.",
            "SourceLate",
            "SourceDark",
            empty=NEVER,
        ),
        q(f"max({OVERDUE})", "of its limit"),
        unit="percentunit",
        thresholds=too_high(1, 4),
        decimals=0,
        no_value="no scan yet",
    )


def _budget_gauge(spec: Spec, objective: Objective) -> Panel:
    return gauge_panel(
        f"{_title(objective)}: budget left",
        says(
            f"Above half. The promise over {spec.period}: {objective.promise}. Prometheus sums what it keeps.",
            "Below 0 the promise is broken: stop risky changes until it recovers.",
            objective.alert,
            empty=QUIET,
        ),
        q(f"min({_left(spec, objective)})", "left"),
        unit="percentunit",
        thresholds=too_low(0, 0.25),
    )


def _burn_stat(objective: Objective) -> Panel:
    return stat_panel(
        f"{_title(objective)}: burn, 1 h",
        says(
            "Below 1: at 1 the budget lasts exactly for its period.",
            "At 14.4 a fiftieth of a month's budget goes within an hour, and somebody is called.",
            objective.alert,
            empty=QUIET,
        ),
        q(f"max({_ratio(objective, '1h')} / {_budget(objective)})", "burn"),
        unit="none",
        thresholds=too_high(1, 6),
        decimals=2,
        no_value="no requests",
    )


def _objective(spec: Spec, objective: Objective) -> list[Panel]:
    return [
        series_panel(
            f"{_title(objective)} kept",
            says(
                "Above the dashed line over the hour and the day.",
                "The hour below it: something is going on. The day below it: the budget shrinks.",
                objective.alert,
                empty=QUIET,
            ),
            q(f"1 - {_ratio(objective, '1h')}", "hour", INFO),
            q(f"1 - {_ratio(objective, '1d')}", "day", SECOND),
            unit="percentunit",
            thresholds=steps((objective.target, GOOD), base="transparent"),
            from_zero=False,
        ),
        series_panel(
            f"{_title(objective)}: burn rate",
            says(
                "Below 1 over every window.",
                "An alert fires while a long window and its short one are both over the limit of the table beside.",
                objective.alert,
                empty=QUIET,
            ),
            *_burns(spec, objective),
            unit="none",
            thresholds=steps((1, WARNING), (spec.windows[0].burn, BAD), base="transparent"),
        ),
        series_panel(
            f"{_title(objective)}: budget left over time",
            says(
                "Falls slowly and recovers as bad days leave the period.",
                "A cliff is an incident; its time is where the line fell.",
                objective.alert,
                empty="no request came in yet, or the first five minutes are not over.",
            ),
            q(_left_over_time(spec, objective), "{{job}}", GOOD),
            unit="percentunit",
            thresholds=steps((0, "transparent"), base=BAD),
            from_zero=False,
        ),
        *(_window_stat(objective, window) for window in spec.windows),
    ]


def _burns(spec: Spec, objective: Objective) -> list[Query]:
    windows = zip(spec.windows, (BAD, WARNING, INFO, GOOD), strict=True)
    return [
        q(f"{_ratio(objective, window.long)} / {_budget(objective)}", window.long, color) for window, color in windows
    ]


def _window_stat(objective: Objective, window: Window) -> Panel:
    """How near one pair of windows is to its alert: 1 is where it fires."""
    long, short = _ratio(objective, window.long), _ratio(objective, window.short)
    limit = f"{window.burn * (1 - objective.target):.6g}"
    return stat_panel(
        f"{_title(objective)}: to the {window.severity} alert over {window.long}",
        says(
            "Below 50 %.",
            f"At 100 % for {window.hold}, both {window.long} and {window.short} burn {window.burn:g} times too fast "
            f"and {objective.alert} fires with severity {window.severity}.",
            objective.alert,
            empty=QUIET,
        ),
        q(f"max((({long} < {short}) or {short}) / {limit})", "of the limit"),
        unit="percentunit",
        thresholds=too_high(0.5, 1),
        decimals=0,
        no_value="no requests",
    ).span(6)


def _freshness() -> list[Panel]:
    return [
        _age_of_each_source(),
        _age_over_time(),
        _share_of_time_each_source_was_fresh(),
        alerts_over_time("http|sources|scans").span(24),
    ]


def _age_of_each_source() -> Panel:
    return bars_panel(
        "Age of each source",
        says(
            "Below 100 % of its limit, which is two of its own intervals.",
            "Orange is late, red is on its way to dark: open the source's page, then its runbook.",
            "SourceLate",
            "SourceDark",
            empty=NEVER,
        ),
        q(OVERDUE, "{{source}}"),
        unit="percentunit",
        thresholds=too_high(1, 4),
    )


def _age_over_time() -> Panel:
    return series_panel(
        "Age over time",
        says(
            "A saw: up for an interval, down at each scan.",
            "A line that goes on upwards is a source that no longer succeeds.",
            "SourceLate",
            "SourceDark",
            empty=NEVER,
        ),
        q(AGE, "{{source}}"),
        unit="s",
    )


def _share_of_time_each_source_was_fresh() -> Panel:
    return table_panel(
        "Share of time each source was fresh",
        says("Above 99 %.", "The source with the least is the first to mend.", "SourceLate", empty=NEVER),
        q(f"avg_over_time(({AGE} < bool {LATE_AFTER})[$__range:])"),
        columns={"source": "Source", "Value": "Fresh"},
        units={"Fresh": "percentunit"},
        steps={"Fresh": too_low(0.95, 0.99)},
    ).span(8)
