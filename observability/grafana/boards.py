"""The boards of the sources: how recently they answered, and how often they are asked."""

from observability.grafana.colors import BAD, GOOD, MUTED, WARNING
from observability.grafana.panels import Panel, series_panel
from observability.grafana.queries import q
from observability.grafana.words import says

#: Every state of a board with its colour.
BOARDS = {"fresh": GOOD, "late": WARNING, "dark": BAD, "unknown": MUTED}


def panels_of_boards() -> list[Panel]:
    """Two panels that fill a line."""
    return [_boards_by_state(), _pace_of_each_source()]


def _boards_by_state() -> Panel:
    counted = 'sum(max by (source, state) (iam_boards{@here, state="%s"}))'
    return series_panel(
        "Boards by state",
        says(
            "Fresh, nearly all of them.",
            "Dark boards have moved or closed: the page of the source names them.",
            "BoardsDark",
            empty="no board has been scanned yet.",
        ),
        *(q(counted % state, state, color) for state, color in BOARDS.items()),
        unit="short",
        stacked=True,
    ).span(12)


def _pace_of_each_source() -> Panel:
    return series_panel(
        "Time between scans of a source",
        says(
            "The schedule, an hour or a day.",
            "Longer than you set: look at the schedules. No line: a person has paused the source.",
            "SourceLate",
            empty="no source has a schedule.",
        ),
        q("max by (source) (iam_source_cadence_seconds{@here})", "{{source}}"),
        unit="s",
    ).span(12)
