"""The app's end of the chain: does it serve, does /metrics answer, is it small enough."""

import re

from iam_job_scout import __version__
from iam_job_scout.doctor.asking import Answer, ask
from iam_job_scout.doctor.findings import Finding, broken, fine
from iam_job_scout.errors import StackError
from iam_job_scout.settings import Settings
from iam_job_scout.stack.prometheus import SAMPLE_LIMIT

VERSION = re.compile(r'^iam_job_scout_info\{.*version="([^"]+)",python', re.MULTILINE)
START_IT = "start it with `./scout up`, or set SCOUT_HOST and SCOUT_PORT to where it runs"


def check_app(settings: Settings) -> Finding:
    """Whether the app answers and says that it is ready."""
    try:
        answer = ask(f"{settings.base_url}/ready")
    except StackError as error:
        return broken("app", str(error), START_IT)
    if answer.status != 200:
        reasons = answer.body[:200].decode(errors="replace")
        return broken("app", f"the app is not ready: {reasons}", "do what the reason says; the app's log has more")
    return fine("app", f"the app is ready on {settings.base_url}")


def fetch_metrics(settings: Settings) -> Answer:
    """The answer of /metrics where Prometheus is told to scrape it. Raises StackError."""
    port = settings.metrics_port or settings.port
    url = f"{settings.base_url.rpartition(':')[0]}:{port}/metrics"
    return ask(url, token=settings.metrics_token.get_secret_value())


def check_metrics(answer: Answer | StackError) -> Finding:
    """Whether /metrics answers with fewer samples than Prometheus takes."""
    if isinstance(answer, StackError):
        return broken("metrics", str(answer), START_IT)
    if answer.status in (401, 403):
        return broken("metrics", f"/metrics answered {answer.status}", "set SCOUT_METRICS_TOKEN to the app's token")
    if answer.status != 200:
        return broken("metrics", f"/metrics answered {answer.status}", "the app's log says why")
    samples = sum(1 for line in answer.body.splitlines() if line and not line.startswith(b"#"))
    if samples > SAMPLE_LIMIT:
        advice = "find the metric that grew: docs/runbooks/ScrapeNearLimit.md"
        return broken("metrics", f"{samples:,} samples, and Prometheus takes {SAMPLE_LIMIT:,}", advice)
    running = VERSION.search(answer.body.decode())
    if running and running[1] != __version__:
        said = f"the app that runs is version {running[1]}, this is {__version__}"
        return broken("metrics", said, "restart the app, or ask the doctor of its own version")
    took = answer.answered_at - answer.asked_at
    return fine("metrics", f"{samples:,} samples in {took * 1000:.0f} ms")
