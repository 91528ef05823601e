import os
import re
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iam_job_scout.errors import PortTaken, StackError
from iam_job_scout.settings import Settings
from iam_job_scout.stack import check_links, run_stack

Start = Callable[..., Any]


def wait_until_gone(stack: Any, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while stack.descendants() and time.monotonic() < deadline:
        time.sleep(0.05)


def test_the_chain_from_the_app_to_alertmanager_is_whole(live_stack: Any) -> None:
    links = {link.name: link for link in check_links(live_stack.settings)}
    assert [link.ok for link in links.values()] == [True, True, True]
    assert links["target"].detail == f"target up: 127.0.0.1:{live_stack.settings.port}"
    assert re.fullmatch(r"\d+ rules loaded", links["rules"].detail)


def test_each_url_is_printed_once(live_stack: Any) -> None:
    settings = live_stack.settings
    for port in (settings.port, settings.prometheus_port, settings.alertmanager_port):
        assert live_stack.text.count(f"http://127.0.0.1:{port}") == 1


def test_the_apps_lines_carry_its_name(live_stack: Any) -> None:
    assert "app          | hello from the app" in live_stack.lines


def test_the_servers_keep_their_small_talk_to_themselves(live_stack: Any) -> None:
    assert "level=info" not in live_stack.text


def test_verbose_shows_all_they_say(start_stack: Start, stack_settings: Settings) -> None:
    stack = start_stack(stack_settings, verbose=True)
    stack.wait_for("ready after", count=3)
    assert "level=info" in stack.text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_of_it_within_five_seconds(
    start_stack: Start, stack_settings: Settings, number: signal.Signals
) -> None:
    stack = start_stack(stack_settings)
    stack.wait_for("ready after", count=3)
    assert len(stack.descendants()) == 3
    begun = time.monotonic()
    stack.process.send_signal(number)
    assert stack.process.wait(10) == 0
    assert time.monotonic() - begun < 5
    assert stack.descendants() == []


def test_sigkill_of_the_parent_leaves_no_process(start_stack: Start, stack_settings: Settings) -> None:
    stack = start_stack(stack_settings)
    stack.wait_for("ready after", count=3)
    stack.process.kill()
    wait_until_gone(stack, seconds=6)
    assert stack.descendants() == []


def test_the_end_of_the_app_stops_everything_with_its_code(start_stack: Start, stack_settings: Settings) -> None:
    app = Path(__file__).with_name("fake_app.py")
    stack = start_stack(stack_settings, sys.executable, str(app), str(stack_settings.port), "1.5", "7")
    assert stack.process.wait(20) == 7
    stack.wait_for("cannot go on: the disk is on fire")
    stack.wait_for("!! ended by itself, exit code 7; everything stops")
    assert stack.descendants() == []


def test_the_end_of_a_server_is_reported_and_the_rest_goes_on(start_stack: Start, stack_settings: Settings) -> None:
    stack = start_stack(stack_settings)
    stack.wait_for("ready after", count=3)
    [alertmanager] = [
        pid for pid in stack.descendants() if b"alertmanager.yml" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    os.kill(alertmanager, signal.SIGKILL)
    stack.wait_for("alertmanager | !! ended by itself, killed by SIGKILL; the others go on without it")
    assert len(stack.descendants()) == 2
    assert stack.stop()[0] == 0


def test_the_app_runs_without_servers_and_says_why(start_stack: Start, stack_settings: Settings) -> None:
    empty = stack_settings.data_dir / "empty"
    empty.mkdir()
    stack = start_stack(stack_settings.model_copy(update={"stack_bin": empty}))
    stack.wait_for("going on without Prometheus and Alertmanager")
    stack.wait_for("ready after")
    assert "SCOUT_STACK_BIN" in stack.text
    assert stack.stop()[0] == 0


def test_the_servers_alone_cannot_go_without_servers(stack_settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(StackError, match="SCOUT_STACK_BIN"):
        run_stack(stack_settings.model_copy(update={"stack_bin": tmp_path}), app_argv=None)


def test_a_taken_port_is_named_before_anything_starts(stack_settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", stack_settings.prometheus_port)), pytest.raises(PortTaken) as caught:
        run_stack(stack_settings, app_argv=["false"])
    assert f"port {stack_settings.prometheus_port} for Prometheus is taken by" in str(caught.value)
    assert "SCOUT_PROMETHEUS_PORT" in str(caught.value)


def test_a_second_stack_on_the_same_data_is_told_why_prometheus_ends(
    start_stack: Start, live_stack: Any, stack_settings: Settings
) -> None:
    second = stack_settings.model_copy(update={"data_dir": live_stack.settings.data_dir})
    stack = start_stack(second)
    stack.wait_for("prometheus   | !! ended by itself, exit code 1")
    assert "lock DB directory" in stack.text
    assert "does not answer" not in stack.text


def test_servers_alone_say_that_the_app_is_not_there(start_stack: Start, stack_settings: Settings) -> None:
    stack = start_stack(stack_settings, alone=True)
    stack.wait_for("ready after", count=2)
    target = check_links(stack_settings)[0]
    assert not target.ok
    assert stack.stop()[0] == 0
