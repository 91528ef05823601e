"""Traps 33 to 36: one scrape gives exact totals of all workers, whatever happens to some of them."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from iam_job_scout.monitoring import WorkersError, setup_monitoring, share_between_workers
from iam_job_scout.monitoring.process_metrics import supported
from iam_job_scout.monitoring.worker_files import KEYS, VALUES, stems

from .conftest import Site, eventually

APP = """
import asyncio, os
from pathlib import Path
from fastapi import FastAPI
from iam_job_scout.monitoring import record_scan, set_active_sessions, setup_monitoring
app = FastAPI()
@app.get("/hello/{name}")
async def hello(name: str) -> int:
    return os.getpid()
@app.get("/hang")
async def hang() -> None:
    await asyncio.sleep(60)
@app.get("/scan")
async def scan() -> None:
    record_scan("board", status="success", duration_seconds=1.5, found=7, new=2)
setup_monitoring(app, workers_directory=Path(os.environ["COUNTS"]), samplers={"s": lambda: set_active_sessions(3)})
"""


class Fleet(Site):
    """Several workers behind one port, and the directory that they share."""

    def __init__(self, port: int, directory: Path) -> None:
        self.port = port
        self.directory = directory
        self.loop = SimpleNamespace()

    def settle(self) -> None:
        """Each answer comes from another process; the last of its work is done a moment later."""

    def scrape(self) -> dict[str, float]:
        samples = {}
        for family in text_string_to_metric_families(self.get("/metrics")[2].decode()):
            for sample in family.samples:
                labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
                samples[f"{sample.name}{{{labels}}}"] = sample.value
        return samples

    def total(self, pattern: str) -> float:
        return sum(value for name, value in self.scrape().items() if re.fullmatch(pattern, name))

    def many(self, number: int) -> set[int]:
        with ThreadPoolExecutor(8) as pool:
            return {int(answer[2]) for answer in pool.map(lambda n: self.get(f"/hello/{n}"), range(number))}


HELLOS = r"http_requests_total\{endpoint=/hello/\{name\},.*"
HANGING = r"http_requests_in_progress\{method=GET\}"


@contextmanager
def fleet(tmp_path: Path, port: int, *, workers: int) -> Iterator[Fleet]:
    (tmp_path / "fleet_app.py").write_text(APP)
    environment = {**os.environ, "COUNTS": str(tmp_path / "counts"), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "uvicorn", "fleet_app:app", "--app-dir", str(tmp_path), "--port", str(port)]
    with subprocess.Popen([*command, "--workers", str(workers), "--log-level", "critical"], env=environment) as parent:
        try:
            running = Fleet(port, tmp_path / "counts")
            eventually(lambda: len(stems(running.directory)) == workers and answers(running), within=30)
            yield running
        finally:
            parent.terminate()
            parent.wait(15)


def answers(running: Fleet) -> bool:
    try:
        return running.get("/metrics")[0] == 200
    except OSError:
        return False


@pytest.mark.skipif(not supported(), reason="this system has no /proc")
def test_four_workers_count_as_one_and_losing_some_loses_nothing(tmp_path: Path, free_port: int) -> None:
    with fleet(tmp_path, free_port, workers=4) as running:
        assert len(running.many(1_000)) > 1
        running.get("/scan")
        eventually(lambda: running.total(HELLOS) == 1_000)
        assert {running.total(HELLOS) for _ in range(20)} == {1_000}
        samples = running.scrape()
        assert samples["iam_scan_jobs_found{source=board}"] == 7
        assert samples["active_user_sessions{}"] == 3
        assert samples["scan_duration_seconds_sum{source=board}"] == 1.5
        assert len([name for name in samples if name.startswith("process_resident_memory_bytes{worker=")]) == 4
        kill_workers_with_requests_in_flight(running)
        eventually(lambda: len(stems(running.directory)) == 4, within=20)
        eventually(lambda: running.total(HANGING) == 0, within=20)
        assert {running.total(HELLOS) for _ in range(20)} == {1_000}
        running.many(100)
        eventually(lambda: running.total(HELLOS) == 1_100)
        cut_off_a_dead_workers_file(running)


def kill_workers_with_requests_in_flight(running: Fleet) -> None:
    for _ in range(3):
        threading.Thread(target=hang, args=(running,), daemon=True).start()
    eventually(lambda: running.total(HANGING) == 3)
    for stem in stems(running.directory):
        if stem.split("-")[1] != "0":
            os.kill(int(stem.split("-")[2]), signal.SIGKILL)
    time.sleep(0.5)
    survivor = next(stem for stem in stems(running.directory) if stem.split("-")[1] == "0")
    hanging_there = running.total(HANGING)
    if hanging_there:
        eventually(lambda: len(stems(running.directory)) == 4, within=20)
        os.kill(int(survivor.split("-")[2]), signal.SIGKILL)


def hang(running: Fleet) -> None:
    try:
        running.get("/hang")
    except (OSError, EOFError):
        return
    except Exception as error:
        assert "Remote" in type(error).__name__


def cut_off_a_dead_workers_file(running: Fleet) -> None:
    (running.directory / f"worker-9-999999-feed{KEYS}").write_text('["http_requests_total", ["GET"], 0')
    (running.directory / f"worker-9-999999-feed{VALUES}").write_bytes(b"1234")
    eventually(lambda: running.total(r"monitoring_corrupt_files_total\{\}") >= 1)
    assert running.total(HELLOS) == 1_100
    assert "worker-9-999999-feed" not in stems(running.directory)


ONE_WORKER = """
import os, sys
from pathlib import Path
from iam_job_scout.monitoring import record_scan, share_between_workers
from iam_job_scout.monitoring.metrics import HTTP_IN_PROGRESS, SCAN_RUNS
from iam_job_scout.monitoring.testing import value
record_scan("early", status="success", duration_seconds=1)
share_between_workers(Path(sys.argv[1]))
"""


def run_worker(directory: Path, code: str) -> str:
    command = [sys.executable, "-c", ONE_WORKER + code, str(directory)]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout


def test_counts_from_before_the_sharing_come_along(tmp_path: Path) -> None:
    assert run_worker(tmp_path, "print(value('iam_scan_runs_total', source='early', status='success'))") == "1.0\n"


def test_files_of_a_run_that_has_ended_are_removed_by_the_next(tmp_path: Path) -> None:
    run_worker(tmp_path, "os.kill(os.getpid(), 9)")
    assert len(stems(tmp_path)) == 1
    assert run_worker(tmp_path, "print(value('iam_scan_runs_total', source='early'))") == "1.0\n"
    assert len(stems(tmp_path)) == 1


def test_a_forked_child_counts_on_its_own_and_twice_nothing(tmp_path: Path) -> None:
    code = """
pid = os.fork()
if not pid:
    record_scan("child", status="success", duration_seconds=1)
    os._exit(0)
os.waitpid(pid, 0)
print([value("iam_scan_runs_total", source=name, status="success") for name in ("early", "child")])
"""
    assert run_worker(tmp_path, code) == "[1.0, 1.0]\n"


def test_an_interrupted_archiving_counts_nothing_twice(tmp_path: Path) -> None:
    code = """
from iam_job_scout.monitoring import workers
real, left = workers.SharedCounts._remove, []
if not os.fork():
    record_scan("child", status="success", duration_seconds=1)
    os._exit(0)
os.wait()
workers.SharedCounts._remove = lambda self, ended: left.extend(ended)
print(value("iam_scan_runs_total", source="child"))
workers.SharedCounts._remove = real
print(value("iam_scan_runs_total", source="child"), len(left))
if not os.fork():
    record_scan("child", status="success", duration_seconds=1)
    os._exit(0)
os.wait()
print(value("iam_scan_runs_total", source="child"))
print(value("iam_scan_runs_total", source="child"))
"""
    assert run_worker(tmp_path, code).split() == ["1.0", "1.0", "1", "2.0", "2.0"]


@pytest.mark.parametrize("broken", ["not json", '["nobody"]\n["iam_scan_runs_total", 5'])
def test_a_broken_archive_costs_its_counts_only(tmp_path: Path, broken: str) -> None:
    code = f"""
(Path(sys.argv[1]) / "archive").write_text({broken!r})
print(value("iam_scan_runs_total", source="early", status="success"), value("monitoring_corrupt_files_total"))
"""
    assert run_worker(tmp_path, code) == "1.0 1.0\n"


def test_a_directory_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkersError, match="file"):
        share_between_workers(tmp_path / "file" / "counts")
    with pytest.raises(WorkersError, match="file"):
        setup_monitoring(SimpleNamespace(), workers_directory=tmp_path / "file")  # type: ignore[arg-type]
