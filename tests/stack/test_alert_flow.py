"""From a service that dies to the alert that arrives, with the real servers and shortened times."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from iam_job_scout.settings import Settings
from iam_job_scout.stack import alertmanager, prometheus
from iam_job_scout.stack.binaries import Servers, working_dir
from iam_job_scout.stack.files import conf_dir
from iam_job_scout.stack.render import render

FAKE_APP = Path(__file__).with_name("fake_app.py")


@contextmanager
def running(argv: tuple[str, ...]) -> Iterator[subprocess.Popen[bytes]]:
    cwd = working_dir(Path(argv[0]))
    with subprocess.Popen(argv, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


def render_fast(settings: Settings) -> None:
    """What `scout up` renders, with seconds in place of its fifteen seconds and minutes."""
    rendered = render(settings, conf_dir(settings))
    for file in (rendered.prometheus, *rendered.rules):
        text = file.read_text().replace("15s", "1s").replace("scrape_timeout: 10s", "scrape_timeout: 1s")
        file.write_text(text.replace("for: 1m", "for: 2s"))


@pytest.fixture
def flow(stack_settings: Settings, servers: Servers) -> Iterator[tuple[Settings, subprocess.Popen[bytes]]]:
    """Both servers and the fake app; yields the settings and the app's process."""
    render_fast(stack_settings)
    fast = "--rules.alert.resend-delay=1s"
    with ExitStack() as stack:
        app = stack.enter_context(running((sys.executable, str(FAKE_APP), str(stack_settings.port))))
        stack.enter_context(running(alertmanager.build_argv(stack_settings, servers.alertmanager)))
        stack.enter_context(running((*prometheus.build_argv(stack_settings, servers.prometheus), fast)))
        yield stack_settings, app


def fetch(url: str) -> Any:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return json.load(answer)
    except OSError:
        return None


def states(settings: Settings, name: str) -> set[str]:
    """The states in which Prometheus has an alert."""
    answer = fetch(f"{prometheus.url(settings)}/api/v1/alerts")
    alerts = answer["data"]["alerts"] if answer else []
    return {alert["state"] for alert in alerts if alert["labels"]["alertname"] == name}


def arrived(settings: Settings, name: str) -> dict[str, Any] | None:
    """The alert as Alertmanager has it."""
    alerts = fetch(f"{alertmanager.url(settings)}/api/v2/alerts") or []
    return next((alert for alert in alerts if alert["labels"]["alertname"] == name), None)


def wait_until(condition: Any, *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert condition()


def test_a_service_that_dies_is_pending_then_firing_and_arrives(
    flow: tuple[Settings, subprocess.Popen[bytes]],
) -> None:
    settings, app = flow
    wait_until(lambda: prometheus.check_target(settings).ok)
    assert states(settings, "ServiceDown") == set()
    app.terminate()
    wait_until(lambda: states(settings, "ServiceDown") == {"pending"})
    wait_until(lambda: states(settings, "ServiceDown") == {"firing"})
    wait_until(lambda: arrived(settings, "ServiceDown") is not None)
    alert = arrived(settings, "ServiceDown")
    assert alert is not None
    assert alert["labels"]["environment"] == "production"
    assert alert["receivers"] == [{"name": "on-call"}]
    assert alert["annotations"]["summary"] == f"IAM Job Scout does not answer on 127.0.0.1:{settings.port}"
    wait_until(lambda: arrived(settings, "Watchdog") is not None)
