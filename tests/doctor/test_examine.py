"""The doctor beside the running product: whole, and with one thing after another broken."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from iam_job_scout.doctor import State, examine, try_alert_path
from iam_job_scout.doctor.clocks import measure_skew
from iam_job_scout.doctor.findings import Finding
from iam_job_scout.doctor.rules import check_rules
from iam_job_scout.settings import Settings
from iam_job_scout.stack.files import conf_dir
from product import Product
from real_servers import free_ports


def wait_until(condition: Callable[[], bool], *, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


def test_a_whole_chain_is_said_to_be_whole_and_exits_with_0(product: Product) -> None:
    done = product.doctor("--json", "--alert-path")
    told = json.loads(done.stdout)
    assert [one for one in told["findings"] if one["state"] != "ok"] == []
    assert (done.returncode, told["ok"]) == (0, True)
    assert {one["name"] for one in told["findings"]} == {
        *("app", "metrics", "target", "clocks", "rules", "rule selectors", "panel selectors", "alertmanager"),
        *("receiver email", "receiver slack", "receiver watchdog", "alert path email", "alert path slack"),
    }


def test_the_test_alert_reaches_the_real_receivers_and_says_that_it_is_a_test(product: Product) -> None:
    before = len(product.inboxes.of("slack"))
    findings = try_alert_path(product.settings)
    assert [finding.state for finding in findings] == [State.OK, State.OK]
    assert all("delivered after" in finding.detail for finding in findings)
    message = product.inboxes.of("slack")[before]
    assert "This is only a test" in message.text


def test_the_alert_path_can_be_tried_without_telling_anyone(product: Product) -> None:
    before = len(product.inboxes.messages)
    [finding] = try_alert_path(product.settings, local=True)
    assert finding.state == State.OK
    assert "AlertPathTest delivered to a local receiver" in finding.detail
    assert all(message.inbox == "watchdog" for message in product.inboxes.messages[before:])


def test_people_get_a_table_that_says_what_to_do(product: Product) -> None:
    done = product.doctor(SCOUT_ALERT_SLACK_URL="http://127.0.0.1:9/x")
    assert done.returncode == 1
    assert "cannot connect to 127.0.0.1:9" in done.stdout
    assert "→ check SCOUT_ALERT_SLACK_URL" in done.stdout
    assert "1 of 11 links are broken." in done.stdout


def test_an_app_of_another_version_is_named(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iam_job_scout.doctor.app.__version__", "99.0")
    metrics = by_name(examine(product.settings))["metrics"]
    assert metrics.state == State.BROKEN
    assert metrics.detail.endswith("this is 99.0")


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({"port": 9}, {"app", "metrics"}),
        ({"metrics_port": 9}, {"metrics"}),
        ({"prometheus_port": 9}, {"target", "rules", "alertmanager"}),
        ({"alertmanager_port": 9}, {"alertmanager"}),
        ({"smtp_port": 9}, {"receiver email"}),
        ({"alert_discord_url": SecretStr("http://127.0.0.1:9/x")}, {"alertmanager", "receiver discord"}),
        ({"smtp_tls": "on"}, {"receiver email"}),
        ({"smtp_user": "me", "smtp_password": SecretStr("x")}, {"receiver email"}),
        ({"alert_slack_url": SecretStr("http://127.0.0.1:9/x")}, {"receiver slack"}),
    ],
)
def test_what_is_broken_is_named_with_what_to_do(product: Product, change: dict[str, Any], broken: set[str]) -> None:
    findings = examine(product.settings.model_copy(update=change))
    assert {finding.name for finding in findings if finding.state == State.BROKEN} - {"panel selectors"} >= broken
    assert all(finding.advice for finding in findings if finding.state == State.BROKEN)


@contextmanager
def rewritten(product: Product, old: str, new: str) -> Iterator[None]:
    """A rule that Prometheus runs and that is not ours, until the end of the block."""
    file = conf_dir(product.settings) / "rules" / "http.yml"
    original = file.read_text()
    reload(product, file, original.replace(old, new))
    try:
        yield
    finally:
        reload(product, file, original)


def reload(product: Product, file: Path, text: str) -> None:
    file.write_text(text)
    flag = f"--web.listen-address=127.0.0.1:{product.settings.prometheus_port}"
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if flag in command:
            os.kill(int(process.name), signal.SIGHUP)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("> 0.05\n        for: 5m", "> 0.06\n        for: 5m", "another version of HighErrorRate"),
        ("for: 5m", "for: 6m", "another version of HighErrorRate, SlowRequests"),
        ("alert: UnhandledError", "alert: Unhandled", "has not loaded UnhandledError"),
    ],
)
def test_rules_that_are_not_this_versions_are_named(product: Product, old: str, new: str, said: str) -> None:
    with rewritten(product, old, new):
        wait_until(lambda: said in check_rules(product.settings).detail)
    wait_until(lambda: check_rules(product.settings).state == State.OK)


def test_a_clock_that_is_off_is_noticed(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    monkeypatch.setattr("iam_job_scout.doctor.asking.time.time", lambda: real() - 60)
    assert measure_skew(f"{product.settings.base_url}/health") == pytest.approx(60, abs=2)
    clocks = by_name(examine(product.settings))["clocks"]
    assert clocks.state == State.BROKEN
    assert "NTP" in clocks.advice


def test_where_nothing_runs_every_link_says_how_to_start_it(settings: Settings) -> None:
    app, prometheus, alertmanager = free_ports(3)
    ports = {"port": app, "prometheus_port": prometheus, "alertmanager_port": alertmanager}
    findings = by_name(examine(settings.model_copy(update=ports)))
    for name in ("app", "metrics", "target", "rules", "alertmanager"):
        assert findings[name].state == State.BROKEN
        assert "scout" in findings[name].advice
    assert findings["rule selectors"].state == State.SKIPPED
    assert findings["receivers"].state == State.SKIPPED
