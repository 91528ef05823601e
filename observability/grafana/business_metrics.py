"""Business Metrics: the jobs, what the scans bring, what people do with them."""

from observability.grafana.alert_panels import alerts_firing, alerts_over_time
from observability.grafana.colors import BAD, GOOD, INFO, MUTED, SECOND, THIRD, WARNING, plain, too_low
from observability.grafana.frame import Page, Section
from observability.grafana.panels import Panel, bars_panel, series_panel, stat_panel, table_panel
from observability.grafana.queries import Query, q
from observability.grafana.words import says

#: Every status with its colour; what a person decided is never red.
STATUSES = {
    "new": INFO,
    "saved": THIRD,
    "applied": SECOND,
    "interview": WARNING,
    "offer": GOOD,
    "rejected": "dark-red",
    "hidden": MUTED,
    "closed": "#5a5a5a",
}
#: How an attempt to tell somebody ends, with its colour.
NOTICES = {"sent": GOOD, "retried": WARNING, "failed": BAD}
UNSCANNED = "no scan has ended since the app started."
IN_PLAY = "new|saved|applied|interview|offer"


def page() -> Page:
    """The dashboard."""
    return Page(
        uid="scout-business",
        title="Business Metrics",
        description="How many fitting jobs there are, how many are new, and what becomes of them.",
        area="jobs",
        since="now-7d",
        marks_scans=True,
        sections=[
            Section("Does it find jobs?", _answer()),
            Section("Jobs", _jobs()),
            Section("What scans bring", _scans()),
            Section("What people do", _people()),
        ],
    )


def _count(status: str) -> str:
    """Several processes report the same database: the highest one counts."""
    return f'sum(max by (status) (iam_jobs{{@here, status=~"{status}"}}))'


def _answer() -> list[Panel]:
    return [
        _jobs_in_play(),
        _new_this_week(),
        _applied_and_beyond(),
        _sources_that_gave_jobs(),
        alerts_firing("jobs|scans|sources"),
        _people_signed_in(),
    ]


def _jobs_in_play() -> Panel:
    return stat_panel(
        "Jobs in play",
        says(
            "Grows over weeks: every job that is not closed, hidden or rejected.",
            "Halved within a day: a source lost its listing.",
            "JobsVanished",
        ),
        q(_count(IN_PLAY), "jobs"),
        unit="short",
        thresholds=too_low(1),
        decimals=0,
    )


def _new_this_week() -> Panel:
    return stat_panel(
        "New this week",
        says(
            "Dozens, less in holidays.",
            "0: scans fail or the classifier refuses everything; see Scan & Sources.",
            "NoNewJobs",
        ),
        q("max(iam_jobs_new_this_week{@here})", "new"),
        unit="short",
        thresholds=too_low(1, 5),
        decimals=0,
    )


def _applied_and_beyond() -> Panel:
    return stat_panel(
        "Applied and beyond",
        says("What you are waiting for.", "Nothing to do: it is your list."),
        q(_count("applied|interview|offer"), "under way"),
        unit="short",
        thresholds=plain(SECOND),
        decimals=0,
    )


def _sources_that_gave_jobs() -> Panel:
    return stat_panel(
        "Sources that gave jobs",
        says(
            "Nearly every source.",
            "Fewer than before: the table of sources on Scan & Sources shows who is missing.",
            "SourceEmpty",
            empty="no scan has ended since the app started.",
        ),
        q("count(max by (source) (iam_scan_jobs_found{@here}) > 0)", "sources"),
        unit="short",
        thresholds=too_low(1),
        decimals=0,
        no_value="no scan yet",
    )


def _people_signed_in() -> Panel:
    return stat_panel(
        "People signed in",
        says("The number of your people with an open session.", "More than there are people: end old sessions."),
        q("max(active_user_sessions{@here})", "sessions"),
        unit="short",
        thresholds=plain(),
        decimals=0,
    )


def _jobs() -> list[Panel]:
    by_status = [q(_count(status), status, color) for status, color in STATUSES.items()]
    return [
        series_panel(
            "Jobs by status",
            says(
                "Slow growth; closed takes over what disappears from the boards.",
                "A sudden fall of everything: a source answered with an empty or partial list.",
                "JobsVanished",
            ),
            *by_status,
            unit="short",
            stacked=True,
        ).span(16),
        _now(),
        _new_within_seven_days(),
        alerts_over_time("jobs|scans|sources").height(8),
    ]


def _now() -> Panel:
    return bars_panel(
        "Now",
        says("Most are new or closed.", "Many saved and none applied: time to apply."),
        q("max by (status) (iam_jobs{@here})", "{{status}}"),
        unit="short",
    )


def _new_within_seven_days() -> Panel:
    return series_panel(
        "New within seven days",
        says(
            "Waves with the working week.",
            "Falling to 0 while scans succeed: a change of the boards or of the classifier.",
            "NoNewJobs",
        ),
        q("max(iam_jobs_new_this_week{@here})", "new this week", INFO),
        unit="short",
    ).span(12)


def _scans() -> list[Panel]:
    return [
        _fitting_jobs_per_scan(),
        _new_jobs_per_scan(),
        _the_last_scan_of_each_source(),
    ]


def _fitting_jobs_per_scan() -> Panel:
    return series_panel(
        "Fitting jobs per scan",
        says(
            "Flat lines: each source has its number.",
            "A line that falls to 0: that source changed its format or lost its boards.",
            "SourceEmpty",
            empty=UNSCANNED,
        ),
        q("max by (source) (iam_scan_jobs_found{@here})", "{{source}}"),
        unit="short",
    )


def _new_jobs_per_scan() -> Panel:
    return series_panel(
        "New jobs per scan",
        says(
            "A few each scan, many at the first.",
            "0 for days at every source: see Scan & Sources.",
            "NoNewJobs",
            empty=UNSCANNED,
        ),
        q("max by (source) (iam_scan_jobs_new{@here})", "{{source}}"),
        unit="short",
        stacked=True,
    )


def _the_last_scan_of_each_source() -> Panel:
    return table_panel(
        "The last scan of each source",
        says("Found well above 0 everywhere.", "Found 0: open the source's page.", "SourceEmpty", empty=UNSCANNED),
        q("max by (source) (iam_scan_jobs_found{@here})"),
        q("max by (source) (iam_scan_jobs_new{@here})"),
        columns={"source": "Source", "Value #A": "Found", "Value #B": "New"},
        units={"Found": "short", "New": "short"},
        steps={"Found": too_low(1)},
    ).span(8)


def _changes() -> list[Query]:
    return [
        q(
            f'sum(increase(iam_job_status_updates_total{{@here, status="{status}"}}[$__rate_interval]))',
            status,
            color,
        )
        for status, color in STATUSES.items()
    ]


def _people() -> list[Panel]:
    return [
        series_panel(
            "Changes of status",
            says("Follows your evenings.", "None for days although you clicked: look at Application Health."),
            *_changes(),
            unit="short",
            bars=True,
            stacked=True,
        ),
        bars_panel(
            "Changes in the chosen time",
            says("More saved than applied, more applied than interviews.", "Nothing to do: it is your funnel."),
            q("sum by (status) (increase(iam_job_status_updates_total{@here}[$__range]))", "{{status}}"),
            unit="short",
        ),
        series_panel(
            "Sessions",
            says("As many as people use it.", "A jump at night: look for sign-ins nobody made."),
            q("max(active_user_sessions{@here})", "signed in", INFO),
            unit="short",
        ),
        series_panel(
            "Notices by result",
            says(
                "Sent; now and then one that is tried again.",
                "Failed: a channel does not take them; its page says what it answered.",
                empty="nobody has a saved search or a channel.",
            ),
            *(
                q(f'sum(increase(iam_notices_total{{@here, status="{status}"}}[$__rate_interval]))', status, color)
                for status, color in NOTICES.items()
            ),
            unit="short",
            bars=True,
            stacked=True,
        ).span(12),
        series_panel(
            "Notices waiting",
            says(
                "0 but for minutes.",
                "A line that stays up: nothing delivers them; look at the worker's log.",
                empty="nothing was due yet.",
            ),
            q("max(iam_notices_waiting{@here})", "due", WARNING),
            unit="short",
        ).span(12),
    ]
