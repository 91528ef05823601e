from pathlib import Path
from typing import Any

from iam_job_scout.settings import Settings
from iam_job_scout.stack import alertmanager
from iam_job_scout.stack.binaries import Server


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
