"""The whole way of an alert on this machine with seconds in place of minutes: app, servers, traffic, inboxes.

The configuration and the rules are those that `scout up` renders; only their times are shortened.
"""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inboxes import Inboxes

from iam_job_scout.settings import Settings
from iam_job_scout.stack import alertmanager, prometheus
from iam_job_scout.stack.binaries import Servers, working_dir
from iam_job_scout.stack.files import conf_dir, storage_dir
from iam_job_scout.stack.render import Rendered, render

FAULTY_APP = Path(__file__).with_name("faulty_app.py")
SOURCE = Path(__file__).resolve().parents[1] / "src"
FOR, SCRAPE, EVALUATION, GROUP_WAIT = 4, 1, 1, 2
#: Over which rates are taken. A Prometheus that starts scrapes after five seconds, and must still see what was before.
WINDOW = 10
#: From the condition to the delivered message, in seconds.
PROMISED = FOR + SCRAPE + EVALUATION + GROUP_WAIT + 1
#: How long an alert waits that would otherwise fire at once: longer than a dead service takes to fire.
FIRST_ERROR_FOR = 8


@dataclass
class Rig:
    """What runs, by name; each can be ended and started again."""

    settings: Settings
    servers: Servers
    inboxes: Inboxes
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    failing: threading.Event = field(default_factory=threading.Event)

    def start(self, name: str) -> None:
        argv = self._argv(name)
        directory = working_dir(Path(argv[0]))
        environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
        self.running[name] = subprocess.Popen(
            argv, cwd=directory, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def end(self, name: str, *, kill: bool = False) -> None:
        """SIGTERM, or SIGKILL; returns once it is gone."""
        process = self.running.pop(name)
        process.kill() if kill else process.terminate()
        process.wait(10)

    def _argv(self, name: str) -> tuple[str, ...]:
        if name == "alertmanager":
            return alertmanager.build_argv(self.settings, self.servers.alertmanager)
        if name == "prometheus":
            argv = prometheus.build_argv(self.settings, self.servers.prometheus)
            shortened = (re.sub("(for-grace-period)=.*", r"\1=1s", argument) for argument in argv)
            return (*shortened, "--rules.alert.resend-delay=1s")
        return (sys.executable, str(FAULTY_APP), str(self.settings.port), str(self.settings.data_dir / "app"))

    def alerts(self, name: str) -> list[dict[str, Any]]:
        """The alerts of a name as Prometheus has them."""
        answer = fetch(f"{prometheus.url(self.settings)}/api/v1/alerts")
        found = answer["data"]["alerts"] if answer else []
        return [alert for alert in found if alert["labels"]["alertname"] == name]

    def states(self, name: str) -> set[str]:
        return {alert["state"] for alert in self.alerts(name)}

    def taken(self, name: str) -> list[dict[str, Any]]:
        """The alerts of a name as Alertmanager has them."""
        found = fetch(f"{alertmanager.url(self.settings)}/api/v2/alerts") or []
        return [alert for alert in found if alert["labels"]["alertname"] == name]

    def query(self, expr: str) -> list[dict[str, Any]]:
        answer = fetch(f"{prometheus.url(self.settings)}/api/v1/query?query={urllib.parse.quote(expr)}")
        return list(answer["data"]["result"]) if answer else []

    def resident_bytes(self) -> dict[str, int]:
        """Memory of what runs, by name, as the system counts it."""
        return {name: _resident(process.pid) for name, process in self.running.items()}


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def fetch(url: str) -> Any:
    """The JSON of a 200 answer, else None."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return json.load(answer)
    except OSError:
        return None


def wait_until(condition: Callable[[], object], *, seconds: float = 25) -> float:
    """Returns time.time() once the condition holds; raises AssertionError where it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(0.05)
    return time.time()


def shorten(rendered: Rendered) -> None:
    """Puts seconds for minutes into what was rendered, and nothing else."""
    _replace(rendered.prometheus, {"15s": f"{SCRAPE}s", "scrape_timeout: 10s": "scrape_timeout: 1s"})
    waits = {f"group_wait: {wait}": f"group_wait: {GROUP_WAIT}s" for wait in ("10s", "30s")}
    pauses = {f"group_interval: {pause}": f"group_interval: {GROUP_WAIT}s" for pause in ("5m", "1m", "10s")}
    _replace(rendered.alertmanager, waits | pauses)
    http, app = (next(file for file in rendered.rules if file.name == name) for name in ("http.yml", "app.yml"))
    window = {"[5m]": f"[{WINDOW}s]", "offset 5m": f"offset {WINDOW}s", "/ 300": f"/ {WINDOW}", "< 300": f"< {WINDOW}"}
    _replace(http, window | {"for: 5m": f"for: {FOR}s"})
    _replace(http, {"interval: 15s": f"interval: {EVALUATION}s", "for: 0m": f"for: {FIRST_ERROR_FOR}s"})
    _replace(app, {"for: 1m": "for: 2s"})


def _replace(file: Path, changes: dict[str, str]) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in changes.items():
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def settle(directory: Path, inboxes: Inboxes, servers: Servers) -> Settings:
    """Settings with every receiver, each pointing at its inbox."""
    app, prometheus_port, alertmanager_port = free_ports(3)
    return Settings(
        data_dir=directory,
        port=app,
        prometheus_port=prometheus_port,
        alertmanager_port=alertmanager_port,
        stack_bin=servers.prometheus.path.parent,
        smtp_host="127.0.0.1",
        smtp_port=inboxes.smtp_port,
        smtp_from="scout@example.org",
        smtp_tls="off",
        alert_email_to="oncall@example.org",
        alert_slack_url=inboxes.url("slack"),
        alert_discord_url=inboxes.url("discord"),
        alert_pagerduty_key="0123456789abcdef0123456789abcdef",
        alert_pagerduty_url=inboxes.url("pagerduty"),
        alert_webhook_url=inboxes.url("webhook"),
        alert_watchdog_url=inboxes.url("watchdog"),
        _env_file=None,
    )  # type: ignore[call-arg]


@contextmanager
def running_rig(directory: Path, inboxes: Inboxes, servers: Servers) -> Iterator[Rig]:
    """Everything up, healthy traffic flowing and its rate recorded."""
    settings = settle(directory, inboxes, servers)
    for name in ("prometheus", "alertmanager"):
        storage_dir(settings, name).mkdir(parents=True)
    (directory / "app").mkdir()
    shorten(render(settings, conf_dir(settings)))
    rig = Rig(settings, servers, inboxes)
    with ExitStack() as stack:
        stack.callback(lambda: [rig.end(name, kill=True) for name in list(rig.running)])
        for name in ("app", "alertmanager", "prometheus"):
            rig.start(name)
        stack.enter_context(traffic(rig))
        wait_until(lambda: rig.query("job:http_request_errors_per_http_requests:ratio_rate5m == 0"))
        yield rig


@contextmanager
def traffic(rig: Rig) -> Iterator[None]:
    """Ten visits a second in a thread; while `rig.failing` is set, half as many failing ones beside them."""
    ended = threading.Event()

    def go() -> None:
        while not ended.wait(0.1):
            visit(f"{rig.settings.base_url}/api/v1/stats")
            if rig.failing.is_set():
                visit(f"{rig.settings.base_url}/fault/one")
                visit(f"{rig.settings.base_url}/fault/two")

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def visit(url: str) -> None:
    """One request; its failure is what the rig is about."""
    with suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
        answer.read()


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nothing listened on a moment ago, all different."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]
