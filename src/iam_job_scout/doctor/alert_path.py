"""Sends a synthetic alert the whole way through Alertmanager and says how long it took."""

import json
import queue
import re
import secrets
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from iam_job_scout.doctor.asking import ask
from iam_job_scout.doctor.findings import Finding, broken, fine
from iam_job_scout.errors import StackError
from iam_job_scout.settings import Settings
from iam_job_scout.stack import alertmanager
from iam_job_scout.stack.binaries import find_servers, working_dir
from iam_job_scout.stack.files import conf_dir, storage_dir
from iam_job_scout.stack.ports import find_free_port
from iam_job_scout.stack.receivers import name_channels
from iam_job_scout.stack.render import render

WAITED_SECONDS = 30.0
COUNT = r'^alertmanager_notification_requests(_failed)?_total{{integration="{kind}"}} (\S+)$'
SEE_LOG = "Alertmanager's log says why; docs/runbooks/NotificationsFailing.md"


def try_alert_path(settings: Settings, *, local: bool = False) -> list[Finding]:
    """Fires an alert at each receiver of the settings; without any, or with `local`, at a receiver of its own.

    The local way starts an Alertmanager of its own with the configuration of the settings, whose messages it takes.
    """
    kinds = name_channels(settings)
    try:
        return _try_real(settings, kinds) if kinds and not local else [_try_local(settings)]
    except StackError as error:
        return [broken("alert path", str(error), "start Alertmanager with `./scout up` or `./scout stack up`")]


def _try_real(settings: Settings, kinds: list[str]) -> list[Finding]:
    """What was delivered shows in Alertmanager's own counts of requests and of failed ones."""
    url = alertmanager.url(settings)
    before = {kind: _count(url, kind) for kind in kinds}
    begun = time.monotonic()
    fire(settings, url)
    findings: dict[str, Finding] = {}
    while len(findings) < len(kinds) and time.monotonic() - begun < WAITED_SECONDS:
        time.sleep(0.05)
        for kind in set(kinds) - set(findings):
            requests, failed = _count(url, kind)
            if failed > before[kind][1]:
                findings[kind] = broken(f"alert path {kind}", "the receiver did not take the message", SEE_LOG)
            elif requests > before[kind][0]:
                findings[kind] = fine(f"alert path {kind}", f"delivered after {time.monotonic() - begun:.1f} s")
    late = broken("alert path", f"nothing was delivered within {WAITED_SECONDS:.0f} s", SEE_LOG)
    return [findings.get(kind, late) for kind in kinds]


def _count(url: str, kind: str) -> tuple[float, float]:
    """Requests to receivers of a kind so far, and those that failed."""
    text = ask(f"{url}/metrics").body.decode()
    counts = {suffix: float(value) for suffix, value in re.findall(COUNT.format(kind=kind), text, re.MULTILINE)}
    return counts.get("", 0.0), counts.get("_failed", 0.0)


def fire(settings: Settings, url: str) -> None:
    """Posts the alert, which ends by itself after half a minute. Raises StackError where it is not taken."""
    now = datetime.now(UTC)
    alert = {
        "labels": {
            "alertname": alertmanager.PROBE,
            "severity": "critical",
            "area": "monitoring",
            "environment": settings.environment,
            "probe": secrets.token_hex(4),
        },
        "annotations": {
            "summary": "This is only a test of the way that alerts take",
            "description": "`scout doctor --alert-path` sent it. Nothing is wrong, and there is nothing to do.",
            "runbook_url": f"{settings.docs_url or settings.shown_url + '/docs'}/runbooks/Watchdog.md",
            "dashboard_url": f"{settings.shown_url}/monitoring",
        },
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(seconds=30)).isoformat(),
    }
    answer = ask(f"{url}/api/v2/alerts", payload=[alert])
    if answer.status != 200:
        raise StackError(f"Alertmanager refused the alert: {answer.body[:200].decode(errors='replace')}")


def _try_local(settings: Settings) -> Finding:
    with _listening() as (url, messages), _own_alertmanager(settings, url) as own:
        begun = time.monotonic()
        fire(settings, alertmanager.url(own))
        try:
            message = messages.get(timeout=WAITED_SECONDS)
        except queue.Empty:
            return broken("alert path local", f"no message within {WAITED_SECONDS:.0f} s", SEE_LOG)
        name = message["alerts"][0]["labels"]["alertname"]
        return fine("alert path local", f"{name} delivered to a local receiver after {time.monotonic() - begun:.1f} s")


@contextmanager
def _own_alertmanager(settings: Settings, receiver: str) -> Iterator[Settings]:
    """An Alertmanager on a free port that tells `receiver` alone; yields its settings."""
    server = find_servers(settings).alertmanager
    with tempfile.TemporaryDirectory(prefix="scout-doctor-") as directory:
        silent = {name: SecretStr("") for name in ("alert_slack_url", "alert_discord_url", "alert_pagerduty_key")}
        told = {"alert_webhook_url": SecretStr(receiver), "alert_email_to": "", "alert_watchdog_url": SecretStr("")}
        place = {"data_dir": Path(directory), "alertmanager_port": find_free_port(), "alertmanager_url": ""}
        own = settings.model_copy(update={**silent, **told, **place})
        storage_dir(own, "alertmanager").mkdir(parents=True)
        render(own, conf_dir(own))
        argv = alertmanager.build_argv(own, server)
        quiet = subprocess.DEVNULL
        with subprocess.Popen(argv, cwd=working_dir(server.path), stdout=quiet, stderr=quiet) as process:  # noqa: S603
            try:
                _wait_ready(own)
                yield own
            finally:
                process.terminate()


def _wait_ready(settings: Settings) -> None:
    deadline = time.monotonic() + WAITED_SECONDS
    while not alertmanager.check_ready(settings).ok:
        if time.monotonic() > deadline:
            raise StackError("an Alertmanager of our own did not become ready")
        time.sleep(0.05)


@contextmanager
def _listening() -> Iterator[tuple[str, "queue.Queue[dict[str, Any]]"]]:
    """A receiver on a free port of this machine; yields its URL and what it is sent."""
    messages: queue.Queue[dict[str, Any]] = queue.Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            messages.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """The messages are what counts."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", messages
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
