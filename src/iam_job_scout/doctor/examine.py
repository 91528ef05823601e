"""The chain, link by link, in the order in which an alert takes it."""

from iam_job_scout.doctor.app import check_app, check_metrics, fetch_metrics
from iam_job_scout.doctor.asking import Answer, ask
from iam_job_scout.doctor.clocks import check_clocks
from iam_job_scout.doctor.coverage import check_panel_selectors, check_rule_selectors, read_registry
from iam_job_scout.doctor.findings import Finding, broken, fine, skipped
from iam_job_scout.doctor.receivers import check_receivers
from iam_job_scout.doctor.rules import check_rules
from iam_job_scout.errors import StackError
from iam_job_scout.settings import Settings
from iam_job_scout.stack import alertmanager, prometheus
from iam_job_scout.stack.links import Link
from iam_job_scout.stack.receivers import name_channels

START_SERVERS = "start the servers with `./scout up` or `./scout stack up`; `./scout stack check` looks again"


def examine(settings: Settings) -> list[Finding]:
    """Looks at every link; never raises for what is broken. Takes a few seconds."""
    answer: Answer | StackError
    try:
        answer = fetch_metrics(settings)
    except StackError as error:
        answer = error
    return [
        check_app(settings),
        check_metrics(answer),
        _of_link(
            prometheus.check_target(settings), "the page /targets of Prometheus says why: refused, 401, too large"
        ),
        check_clocks(settings),
        check_rules(settings),
        *_check_selectors(settings, answer),
        _check_alertmanager(settings),
        *check_receivers(settings),
    ]


def _check_selectors(settings: Settings, answer: Answer | StackError) -> list[Finding]:
    if isinstance(answer, StackError) or answer.status != 200:
        return [skipped(name, "/metrics does not answer") for name in ("rule selectors", "panel selectors")]
    registry = read_registry(settings, answer.body.decode())
    return [check_rule_selectors(registry), check_panel_selectors(registry)]


def _check_alertmanager(settings: Settings) -> Finding:
    """Whether it answers, Prometheus sends to it, and it knows the receivers of the settings."""
    ready = alertmanager.check_ready(settings)
    connected = prometheus.check_alertmanager(settings) if ready.ok else ready
    if connected.ok:
        status = ask(f"{alertmanager.url(settings)}/api/v2/status").json()
        config = status.get("config", {}).get("original", "")
        unknown = [kind for kind in name_channels(settings) if f"{kind}_configs" not in config]
        if unknown:
            said = f"Alertmanager runs with an older configuration, without {', '.join(unknown)}"
            return broken("alertmanager", said, "start `./scout up` or `./scout stack up` again")
    return _of_link(connected, START_SERVERS)


def _of_link(link: Link, advice: str) -> Finding:
    unreachable = "does not answer" in link.detail
    return (
        fine(link.name, link.detail)
        if link.ok
        else broken(link.name, link.detail, START_SERVERS if unreachable else advice)
    )
