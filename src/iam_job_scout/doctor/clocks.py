"""Whether all machines of the chain agree on the time."""

from email.utils import parsedate_to_datetime

from iam_job_scout.doctor.asking import ask
from iam_job_scout.doctor.findings import Finding, broken, fine, skipped
from iam_job_scout.errors import StackError
from iam_job_scout.settings import Settings
from iam_job_scout.stack import alertmanager, prometheus

#: Seconds; ages and `for` are minutes, and a Date header is cut to whole seconds.
TOLERATED_SECONDS = 5.0


def check_clocks(settings: Settings) -> Finding:
    """Compares the clocks of the app and both servers with this machine's."""
    skews = {}
    for name, url in (
        ("app", f"{settings.base_url}/health"),
        ("Prometheus", f"{prometheus.url(settings)}/-/ready"),
        ("Alertmanager", f"{alertmanager.url(settings)}/-/ready"),
    ):
        try:
            skews[name] = measure_skew(url)
        except StackError:
            continue
    off = {name: skew for name, skew in skews.items() if abs(skew) > TOLERATED_SECONDS}
    if off:
        said = ", ".join(f"{name} is {skew:+.0f} s off" for name, skew in off.items())
        return broken("clocks", said, "let NTP set the clocks: ages of sources and of alerts are wrong by as much")
    if not skews:
        return skipped("clocks", "nothing answers that has a clock")
    return fine("clocks", f"{', '.join(skews)} within {TOLERATED_SECONDS:.0f} s of this machine")


def measure_skew(url: str) -> float:
    """Seconds by which the answer's Date is ahead of this machine. Raises StackError without an answer or a date."""
    answer = ask(url)
    date = next((value for name, value in answer.headers.items() if name.lower() == "date"), "")
    try:
        theirs = parsedate_to_datetime(date).timestamp()
    except ValueError as error:
        raise StackError(f"{url} has no Date header") from error
    if answer.asked_at - 1 <= theirs <= answer.answered_at:
        return 0.0
    return theirs - (answer.asked_at + answer.answered_at) / 2
