"""A real Prometheus with a past that the test wrote: nothing is scraped, so that its answers stay the same."""

import json
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iam_job_scout.stack.binaries import Servers, working_dir

STEP = 15
HOURS = 3
JOB = 'job="iam-job-scout",instance="127.0.0.1:5000"'

#: Series by name and labels, and their value so many seconds after the beginning; None is a gap.
Past = dict[str, Callable[[int], float | None]]


def half_an_hour_away(second: int) -> float | None:
    """Three, but nothing was measured in the second hour's first half."""
    return None if 3_600 <= second < 5_400 else 3


def requests(route: str, status: int, pace: float) -> Past:
    """So many requests a second of a route that ended in a status."""
    labels = f'{JOB},method="GET",endpoint="{route}",status_code="{status}"'
    return {f"http_requests_total{{{labels}}}": lambda second: second * pace}


PAST: Past = {
    f"up{{{JOB}}}": lambda _: 1,
    f'iam_job_scout_info{{{JOB},version="0.1.0",python_version="3.11.7",environment="production"}}': lambda _: 1,
    f'iam_jobs{{{JOB},status="new"}}': lambda _: 42,
    f'iam_jobs{{{JOB},status="saved"}}': lambda _: 2,
    f"iam_jobs_new_this_week{{{JOB}}}": half_an_hour_away,
    f"process_resident_memory_bytes{{{JOB}}}": lambda _: 150 * 2**20,
    f"process_start_time_seconds{{{JOB}}}": lambda _: time.time() // 3_600 * 3_600 - 5_400,
    **requests("/", 200, 2),
    **requests("/job/{job_id}", 200, 1),
    **requests("/", 500, 0.5),
    **requests("/nowhere", 404, 0.25),
}


@dataclass(frozen=True)
class History:
    """The server, and when its past ends."""

    port: int
    end: int

    def value(self, expr: str, at: float) -> float:
        """The one number that Prometheus gives for a query at a moment."""
        query = urllib.parse.urlencode({"query": expr, "time": str(at)})
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/query?{query}", timeout=5) as answer:
            [series] = json.load(answer)["data"]["result"]
        return float(series["value"][1])


def write_blocks(promtool: Path, past: Past, directory: Path, end: int) -> None:
    begin = end - HOURS * 3_600
    lines = []
    for selector in sorted(past):
        for second in range(0, HOURS * 3_600 + 1, STEP):
            if (value := past[selector](second)) is not None:
                lines.append(f"{selector} {value} {begin + second}\n")
    file = directory / "past.om"
    file.write_text("".join(lines) + "# EOF\n")
    argv = [promtool, "tsdb", "create-blocks-from", "openmetrics", file, directory / "tsdb"]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def running_history(servers: Servers, directory: Path, port: int) -> Iterator[History]:
    """A Prometheus with PAST, which ends now."""
    assert servers.promtool
    end = int(time.time()) // STEP * STEP
    write_blocks(servers.promtool, PAST, directory, end)
    (directory / "prometheus.yml").write_text("{}")
    program = servers.prometheus.path
    argv = [
        str(program),
        f"--config.file={directory / 'prometheus.yml'}",
        f"--storage.tsdb.path={directory / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    with subprocess.Popen(argv, cwd=working_dir(program)) as process:
        try:
            wait_until_ready(port)
            yield History(port, end)
        finally:
            process.terminate()


def wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError("Prometheus is not ready")


def changed_dashboards(directory: Path, source: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The dashboards with one thing changed in the first one, in a directory of the test's own."""
    for file in source.glob("*.json"):
        dashboard = json.loads(file.read_text())
        if dashboard["uid"] == "scout-business":
            change(dashboard)
        (directory / file.name).write_text(json.dumps(dashboard))
    return directory
