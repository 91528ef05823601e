"""How long a scan takes and what it needs: the first, one with nothing changed, one with a thousand edits; and where.

    python benchmarks/scan.py [--sizes 100,500,1000,2352] [--upstream URL]

Boards are served by `board_farm.py` in a process of its own, or by any other upstream that lists its boards at
/__boards.csv and changes them at /__tick?gone=0&edited=SHARE&new=0. Each scan is a whole `scout scan` of an otherwise
empty data directory, timed from its start to its end, with the processor time and the peak of the memory that the
system counted for it. The last table tells which share of the processor time of a first scan went where.
"""

import argparse
import json
import os
import select
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
EDITS = 1000
SIZES = "100,500,1000,2352"


@dataclass(frozen=True)
class Run:
    """One scan: seconds of the command and of the scan itself by the clock, of the processor, MB at most, its totals.

    The scan begins when it is asked for and ends with the last receipt; the command starts a program around it.
    """

    wall: float
    scan: float
    cpu: float
    peak: float
    totals: dict[str, int]


@dataclass(frozen=True)
class Upstream:
    """Where the boards are, and how to list and change them."""

    url: str

    def boards(self) -> list[str]:
        """The rows of the boards file, without its head."""
        return self._ask("/__boards.csv").decode().splitlines()[1:]

    def edit(self, share: float) -> None:
        """Edits that share of all postings."""
        self._ask(f"/__tick?gone=0&edited={share}&new=0", method="POST")

    def _ask(self, path: str, method: str = "GET") -> bytes:
        request = urllib.request.Request(self.url + path, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return bytes(answer.read())


def upstream_at(url: str) -> Upstream:
    """The upstream at a URL; ends the program with one line where there is none."""
    try:
        Upstream(url).boards()
    except (OSError, ValueError) as error:
        sys.exit(f"no boards at {url}/__boards.csv: {error}")
    return Upstream(url)


@contextmanager
def farm(boards: int, port: int, *, script: str = "board_farm.py") -> Iterator[Upstream]:
    """Serves boards until the end of the block."""
    argv = [sys.executable, str(ROOT / "benchmarks" / script), "--port", str(port), "--boards", str(boards)]
    process = subprocess.Popen(argv, env=os.environ | {"PYTHONPATH": str(ROOT / "src")})
    upstream = Upstream(f"http://127.0.0.1:{port}")
    try:
        while True:
            try:
                upstream.boards()
                break
            except OSError:
                assert process.poll() is None, "the farm did not start"
                time.sleep(0.1)
        yield upstream
    finally:
        # Nothing is lost with it, and answers that stall would keep it from ending.
        process.kill()
        process.wait()


def scan(directory: Path, boards: Path, upstream: Upstream) -> Run:
    """Runs one `scout scan` and returns what it took."""
    sources = sorted({row.split(",")[0] for row in boards.read_text().splitlines()[1:]})
    argv = [sys.executable, "-m", "iam_job_scout", "scan", *sources, "--json"]
    environment = os.environ | {
        "PYTHONPATH": str(ROOT / "src"),
        "SCOUT_DATA_DIR": str(directory),
        "SCOUT_BOARDS": str(boards),
        "SCOUT_UPSTREAM": upstream.url,
    }
    ended = run_to_its_end(argv, environment, directory)
    summary = json.loads(ended.said)
    itself = max(source["seconds"] for source in summary["sources"].values())
    return Run(ended.wall, itself, ended.cpu, ended.peak, summary["totals"])


@dataclass(frozen=True)
class Ended:
    """A program that ran: what it printed, its seconds by the clock and of the processor, and its peak in MB."""

    said: bytes
    wall: float
    cpu: float
    peak: float


def run_to_its_end(argv: Sequence[str], environment: Mapping[str, str], directory: Path) -> Ended:
    """Runs a program that succeeds.

    The system's own figure of the peak begins with the memory of the process that starts it, which may be the larger
    one; so the program's own is read while it runs.
    """
    began, peak = time.perf_counter(), 0.0
    with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, cwd=directory) as process:
        assert process.stdout is not None
        while not select.select([process.stdout], [], [], 0.1)[0]:
            peak = max(peak, _peak_mb(process.pid))
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"the scan ended with status {process.returncode}"
    return Ended(said, time.perf_counter() - began, used.ru_utime + used.ru_stime, peak)


def _peak_mb(pid: int) -> float:
    """The most memory that a program has had; 0 where it has just ended."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int((status.partition("VmHWM:")[2].split() or ["0"])[0]) / 1024


def measure(upstream: Upstream, rows: Sequence[str]) -> dict[str, Run]:
    """A first scan of some boards, one with nothing changed, and one after about a thousand edits."""
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        boards = directory / "boards.csv"
        boards.write_text("\n".join(["ats,token,company", *rows]))
        first = scan(directory, boards, upstream)
        again = scan(directory, boards, upstream)
        assert again.totals["new"] == again.totals["changed"] == 0, again.totals
        everything = len(upstream.boards()) / len(rows) * first.totals["fetched"]
        upstream.edit(min(1.0, EDITS / everything))
        return {"first": first, "unchanged": again, f"{EDITS} edits": scan(directory, boards, upstream)}


def shares(upstream: Upstream, rows: Sequence[str]) -> dict[str, float]:
    """Seconds of the processor of a first scan in this process, by part."""
    from iam_job_scout.scan import batch, reading
    from iam_job_scout.scan.command import scan_now
    from iam_job_scout.settings import load_settings
    from iam_job_scout.sources.base import Source

    spent = {"parse": 0.0, "classify": 0.0, "store": 0.0}

    def timed(part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            began = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                spent[part] += time.thread_time() - began

        return run

    Source._postings = timed("parse", Source._postings)  # type: ignore[method-assign]
    reading.score = timed("classify", reading.score)
    batch.store = timed("store", batch.store)
    with tempfile.TemporaryDirectory() as place:
        boards = Path(place) / "boards.csv"
        boards.write_text("\n".join(["ats,token,company", *rows]))
        settings = load_settings(data_dir=Path(place), boards=boards, upstream=upstream.url)
        sources = sorted({row.split(",")[0] for row in rows})
        began = time.process_time()
        scan_now(settings, sources, quiet=True)
        everything = time.process_time() - began
    return {"fetch, queue and all else": everything - sum(spent.values()), **spent}


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=SIZES)
    parser.add_argument("--upstream", default="")
    parser.add_argument("--port", type=int, default=8391)
    given = parser.parse_args()
    sizes = [int(size) for size in given.sizes.split(",")]
    if given.upstream:
        report(upstream_at(given.upstream), sizes)
        return
    with farm(max(sizes), given.port) as upstream:
        report(upstream, sizes)


def report(upstream: Upstream, sizes: Sequence[int]) -> None:
    """Measures each size, then the shares of the largest."""
    rows = upstream.boards()
    print("boards  postings  scan          scan s  command s  processor s   peak MB  processor ms a board")
    for size in sizes:
        some = rows[:: max(1, len(rows) // size)][:size]
        for name, run in measure(upstream, some).items():
            each = run.cpu / len(some) * 1000
            figures = f"{run.scan:6.1f}  {run.wall:9.1f}  {run.cpu:11.1f}  {run.peak:8.0f}  {each:20.2f}"
            print(f"{len(some):6d}  {run.totals['fetched']:8d}  {name:12s}  {figures}", flush=True)
    spent = shares(upstream, rows[: max(sizes)])
    print("\nprocessor time of a first scan by part")
    for part, seconds in spent.items():
        print(f"  {part:28s} {seconds:6.1f} s  {seconds / sum(spent.values()):4.0%}")


if __name__ == "__main__":
    main()
