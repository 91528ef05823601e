"""A worker process scans; a command beside it hands its scan over and follows it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from board_server import BoardServer
from iam_job_scout.scan import runs
from iam_job_scout.scan.command import scan_now
from iam_job_scout.scan.slots import take_slot
from iam_job_scout.settings import Settings


def test_a_scan_beside_a_worker_is_done_by_the_worker(upstream: BoardServer, scanning: Callable[..., Settings]) -> None:
    upstream.add("acme", "IAM Engineer")
    settings = scanning("acme")
    environment = os.environ | {
        "SCOUT_DATA_DIR": str(settings.data_dir),
        "SCOUT_BOARDS": str(settings.boards),
        "SCOUT_UPSTREAM": settings.upstream,
        "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
    }
    worker = subprocess.Popen(
        [sys.executable, "-m", "iam_job_scout", "worker"], env=environment, stderr=subprocess.PIPE
    )
    try:
        assert worker.stderr is not None
        assert b"scanning" in worker.stderr.readline()
        summary = scan_now(settings, ["greenhouse"], quiet=True)
        assert runs.totals(summary)["accepted"] == 1
        assert worker.poll() is None
    finally:
        started = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        _, said = worker.communicate(timeout=20)
    assert worker.returncode == 0
    assert time.monotonic() - started < 5
    assert b"Traceback" not in said


def test_one_process_holds_the_slot_of_a_data_directory(tmp_path: Path) -> None:
    held = take_slot(tmp_path, many=False)
    assert held is not None
    assert take_slot(tmp_path, many=False) is None
    held.release()
    again = take_slot(tmp_path, many=False)
    assert again is not None
    again.release()


def test_processes_of_a_fleet_take_the_lowest_free_slot(tmp_path: Path) -> None:
    first, second = take_slot(tmp_path, many=True), take_slot(tmp_path, many=True)
    assert first is not None
    assert second is not None
    assert (first.executor_id[-2:], second.executor_id[-2:]) == ("-0", "-1")
    first.release()
    again = take_slot(tmp_path, many=True)
    assert again is not None
    assert again.executor_id == first.executor_id
    again.release()
    second.release()
