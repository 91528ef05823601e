"""The state of the alerts of one area, shown where it belongs."""

from grafana_foundation_sdk.builders import stat, statetimeline
from observability.grafana.colors import BAD, GOOD, WARNING, steps
from observability.grafana.panels import ALERT, stat_panel, timeline_panel
from observability.grafana.queries import q
from observability.grafana.words import says

_LOUD = 'alertname!="Watchdog", severity!="none"'


def alerts_firing(areas: str) -> stat.Panel:
    """How many alerts of these areas (a regular expression) fire."""
    return stat_panel(
        "Alerts firing",
        says(
            "0: nothing of this page is out of order.",
            "The timeline of alerts on this page names them; each alert links to its runbook.",
        ),
        q(f'count(ALERTS{{alertstate="firing", area=~"{areas}", {_LOUD}}}) or vector(0)', "firing"),
        unit="short",
        thresholds=steps((1, WARNING), (3, BAD), base=GOOD),
    )


def alerts_over_time(areas: str) -> statetimeline.Panel:
    """When each alert of these areas was pending or firing."""
    labels = f'area=~"{areas}", {_LOUD}'
    return timeline_panel(
        "Alerts over time",
        says(
            "No band at all.",
            "Open the alert in Prometheus or Alertmanager; its runbook_url says what to do first.",
            empty="no alert of this page was pending or firing in the chosen time.",
        ),
        q(
            f'max by (alertname, severity) (ALERTS{{alertstate="firing", {labels}}} * 2'
            f' or ALERTS{{alertstate="pending", {labels}}})',
            "{{alertname}} ({{severity}})",
        ),
        states=ALERT,
    )
