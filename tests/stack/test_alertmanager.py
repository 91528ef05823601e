import json
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

from iam_job_scout.settings import Settings
from iam_job_scout.stack import alertmanager
from iam_job_scout.stack.binaries import Server, Servers, working_dir
from iam_job_scout.stack.files import observability_dir
from iam_job_scout.stack.receivers import Secrets


def test_it_listens_on_loopback_only_and_for_no_peers(settings: Settings) -> None:
    argv = alertmanager.build_argv(settings, Server(Path("/usr/bin/alertmanager"), "0.28.0", flags=""))
    assert "--web.listen-address=127.0.0.1:9093" in argv
    assert "--cluster.listen-address=" in argv


def test_a_running_one_is_ready(live_stack: Any) -> None:
    assert alertmanager.check_ready(live_stack.settings).ok


def test_one_that_does_not_answer_is_not(settings: Settings, free_port: int) -> None:
    link = alertmanager.check_ready(settings.model_copy(update={"alertmanager_port": free_port}))
    assert not link.ok
    assert f"127.0.0.1:{free_port}" in link.detail


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    """The configuration with every kind of receiver."""
    (tmp_path / "templates").symlink_to(observability_dir() / "alertmanager" / "templates")
    file = tmp_path / "alertmanager.yml"
    file.write_text(yaml.safe_dump(alertmanager.build_config(told_everywhere(tmp_path), Secrets(tmp_path))))
    return file


def told_everywhere(directory: Path) -> Settings:
    return Settings(
        data_dir=directory,
        smtp_host="mail.example.org",
        smtp_from="scout@example.org",
        alert_email_to="me@example.org",
        alert_slack_url="https://slack.example.org/services/x",
        alert_discord_url="https://discord.example.org/api/webhooks/x",
        alert_pagerduty_key="key",
        alert_webhook_url="https://hooks.example.org/x",
        alert_watchdog_url="https://switch.example.org/x",
        _env_file=None,
    )  # type: ignore[call-arg]


def amtool(servers: Servers, *arguments: object) -> str:
    if servers.amtool is None:
        pytest.skip("no amtool")
    argv = [str(servers.amtool), *map(str, arguments)]
    done = subprocess.run(argv, capture_output=True, text=True, cwd=working_dir(servers.amtool), timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_its_own_tool_accepts_the_configuration(servers: Servers, config_file: Path) -> None:
    assert "6 inhibit rules" in amtool(servers, "check-config", config_file)


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (["alertname=HighErrorRate", "severity=critical", "area=http"], "on-call"),
        (["alertname=ServiceDown", "severity=critical", "area=app"], "on-call"),
        (["alertname=PoolTimeouts", "severity=critical", "area=database"], "on-call"),
        (["alertname=AlertmanagerDown", "severity=critical", "area=monitoring"], "on-call"),
        (["alertname=SourceDark", "severity=critical", "area=sources"], "team"),
        (["alertname=ScansStopped", "severity=critical", "area=scans"], "team"),
        (["alertname=SourceLate", "severity=warning", "area=sources"], "team"),
        (["alertname=SlowRequests", "severity=warning", "area=http"], "team"),
        (["alertname=AlertPathTest", "severity=critical", "area=monitoring"], "on-call"),
        (["alertname=Watchdog", "severity=none", "area=monitoring"], "watchdog"),
        (["alertname=RateLimited", "severity=info", "area=sources"], "nobody"),
    ],
)
def test_alerts_reach_those_they_concern(servers: Servers, config_file: Path, labels: list[str], receiver: str) -> None:
    assert amtool(servers, "config", "routes", "test", f"--config.file={config_file}", *labels) == receiver


def ask(url: str, payload: object | None = None) -> Any:
    body = None if payload is None else json.dumps(payload).encode()
    request = urllib.request.Request(url, data=body, headers={"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.loads(answer.read() or b"null")


def wait_for_alert(url: str, name: str, *, seconds: float = 10) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for alert in ask(f"{url}/api/v2/alerts"):
            if alert["labels"]["alertname"] == name:
                return dict(alert)
        time.sleep(0.2)
    raise AssertionError(f"{name} did not arrive")


def test_a_service_that_is_down_silences_what_follows_from_it(live_stack: Any) -> None:
    url = alertmanager.url(live_stack.settings)
    labels = [
        {"alertname": "ServiceDown", "severity": "critical", "area": "app", "job": "test-down", "outage": "whole"},
        {"alertname": "SlowRequests", "severity": "warning", "area": "http", "job": "test-down"},
        {"alertname": "ServiceDown", "severity": "critical", "area": "app", "job": "test-up", "outage": "part"},
        {"alertname": "SlowQueries", "severity": "warning", "area": "database", "job": "test-up"},
    ]
    ask(f"{url}/api/v2/alerts", [{"labels": each} for each in labels])
    assert wait_for_alert(url, "ServiceDown")["status"]["state"] != "suppressed"
    assert wait_for_alert(url, "SlowRequests")["status"]["inhibitedBy"] != []
    assert wait_for_alert(url, "SlowQueries")["status"]["inhibitedBy"] == []
