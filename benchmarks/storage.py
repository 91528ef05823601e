"""What the metrics cost on disk and in memory: a real Prometheus scrapes the running app under mixed load.

    python benchmarks/storage.py [--seconds 480] [--json] [--write]

Time runs fifteen times too fast: a scrape each second instead of each 15 s, and fifteen times the visits of an instance
with two a second, so that from scrape to scrape the counters move as they would. Afterwards Prometheus writes what it
has into a block, of 480 scrapes like its own of two hours; bytes per sample are that block's chunks and index.
`--write` puts the figures and the page made from them into benchmarks/figures/storage.json and
docs/reference/capacity.md.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from alert_rig import SOURCE, fetch, free_ports, visit, wait_until

from iam_job_scout.settings import Settings
from iam_job_scout.stack import alertmanager, prometheus
from iam_job_scout.stack.binaries import Servers, working_dir
from iam_job_scout.stack.files import conf_dir, storage_dir
from iam_job_scout.stack.obtain import get_servers
from iam_job_scout.stack.render import render

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "benchmarks" / "figures" / "storage.json"
PAGE = ROOT / "docs" / "reference" / "capacity.md"
PATHS = ("/", "/api/v1/jobs?q=okta", "/api/v1/stats", "/sources", "/monitoring", "/nowhere", "/health", "/job/1")
VISITS_PER_SECOND = 30
SCRAPES = 15 * 24 * 3600 // 15
BOARDS = ("birch", "cedar", "hazel", "maple")


@dataclass(frozen=True)
class Figures:
    """What was measured. Samples are per scrape; `recorded` are those that the rules add per evaluation.

    An idle instance has started and been asked nothing; a scanned one has scanned every source that is on besides.
    """

    idle_samples: int
    scanned_samples: int
    loaded_samples: int
    server_samples: int
    recorded: int
    bytes_per_sample: float
    wal_bytes_per_sample: float
    prometheus_mb: float
    alertmanager_mb: float
    scrapes: int


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=480)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    servers = get_servers(Settings(_env_file=None), say=lambda line: print(line, file=sys.stderr))  # type: ignore[call-arg]
    with tempfile.TemporaryDirectory(prefix="scout-bench-") as directory:
        figures = measure(Path(directory), servers, seconds=options.seconds)
    text = json.dumps(asdict(figures), indent=2) + "\n"
    if options.write:
        FIGURES.parent.mkdir(exist_ok=True)
        FIGURES.write_text(text, encoding="utf-8")
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(build_page(figures), encoding="utf-8")
    print(text if options.json else build_page(figures), end="")
    return 0


def measure(directory: Path, servers: Servers, *, seconds: float) -> Figures:
    """Runs app and servers, idle and then under load for so many scrapes, and weighs what was stored."""
    with ExitStack() as stack:
        settings = settle(directory, stack)
        idle = idle_instance(settings)
        processes = start(settings, servers, stack)
        wait_until(lambda: _value(settings, "sum(iam_scan_runs_total)"), seconds=60)
        time.sleep(5)
        scanned = _samples(settings, prometheus.JOB)
        with load(settings.base_url):
            time.sleep(seconds)
        block = _take_block(settings)
        return Figures(
            idle_samples=idle,
            scanned_samples=scanned,
            loaded_samples=_samples(settings, prometheus.JOB),
            server_samples=_samples(settings, "prometheus") + _samples(settings, "alertmanager"),
            recorded=int(_value(settings, 'count({__name__=~".+:.+:.+"}) or vector(0)')),
            bytes_per_sample=round(block.size / block.samples, 2),
            wal_bytes_per_sample=round(_size(storage_dir(settings, "prometheus") / "wal") / block.samples, 2),
            prometheus_mb=round(_resident(processes["prometheus"]) / 1e6, 1),
            alertmanager_mb=round(_resident(processes["alertmanager"]) / 1e6, 1),
            scrapes=int(seconds),
        )


def settle(directory: Path, stack: ExitStack) -> Settings:
    app, prometheus_port, alertmanager_port = free_ports(3)
    (directory / "boards.csv").write_text(
        "ats,token,company\n" + "".join(f"greenhouse,{token},{token.title()}\n" for token in BOARDS)
    )
    return Settings(
        data_dir=directory,
        port=app,
        prometheus_port=prometheus_port,
        alertmanager_port=alertmanager_port,
        boards=directory / "boards.csv",
        upstream=stack.enter_context(board_service()),
        scan_schedule="* * * * *",
        auth="off",
        _env_file=None,
    )  # type: ignore[call-arg]


def start(settings: Settings, servers: Servers, stack: ExitStack) -> dict[str, subprocess.Popen[bytes]]:
    for name in ("prometheus", "alertmanager"):
        storage_dir(settings, name).mkdir(parents=True)
    rendered = render(settings, conf_dir(settings))
    for file in (rendered.prometheus, *rendered.rules):
        text = (
            file.read_text(encoding="utf-8").replace("15s", "1s").replace("scrape_timeout: 10s", "scrape_timeout: 1s")
        )
        file.write_text(text, encoding="utf-8")
    scout = (sys.executable, "-m", "iam_job_scout")
    run((*scout, "samples", "load"), settings).wait(60)
    argvs = {
        "app": (*scout, "serve"),
        "alertmanager": alertmanager.build_argv(settings, servers.alertmanager),
        "prometheus": (*prometheus.build_argv(settings, servers.prometheus), "--web.enable-admin-api"),
    }
    processes = {name: run(argv, settings) for name, argv in argvs.items()}
    for process in processes.values():
        stack.callback(lambda ending=process: (ending.terminate(), ending.wait(20)))  # type: ignore[misc]
    return processes


def idle_instance(settings: Settings) -> int:
    """Samples of an instance that scans nothing, as a first start would at once; it is ended again."""
    process = run((sys.executable, "-m", "iam_job_scout", "serve", "--no-engine"), settings)
    try:
        wait_until(lambda: fetch_text(f"{settings.base_url}/metrics"))
        time.sleep(1)
        return sum(not line.startswith("#") for line in fetch_text(f"{settings.base_url}/metrics").splitlines())
    finally:
        process.terminate()
        process.wait(20)


def fetch_text(url: str) -> str:
    """The text of an answer; empty while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


def run(argv: tuple[str, ...], settings: Settings) -> subprocess.Popen[bytes]:
    given = {
        "SCOUT_DATA_DIR": str(settings.data_dir),
        "SCOUT_PORT": str(settings.port),
        "SCOUT_PROMETHEUS_PORT": str(settings.prometheus_port),
        "SCOUT_ALERTMANAGER_PORT": str(settings.alertmanager_port),
        "SCOUT_BOARDS": str(settings.boards),
        "SCOUT_UPSTREAM": settings.upstream,
        "SCOUT_SCAN_SCHEDULE": settings.scan_schedule,
        "SCOUT_AUTH": settings.auth,
        "PYTHONPATH": str(SOURCE),
    }
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SCOUT_")}
    directory = working_dir(Path(argv[0])) or settings.data_dir
    quiet = subprocess.DEVNULL
    return subprocess.Popen(argv, env=clean | given, cwd=directory, stdout=quiet, stderr=quiet)


@contextmanager
def board_service() -> Iterator[str]:
    """Answers every request for a board with a few postings; yields its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            board = re.sub(r"\W", "", self.path)[-40:]
            titles = enumerate(("IAM Engineer", "Okta Administrator", "Baker"))
            jobs = [
                {
                    "id": number + 1,
                    "title": title,
                    "absolute_url": f"https://jobs.example.org/{board}/{number}",
                    "location": {"name": "Austin, TX"},
                    "content": "Runs single sign-on and access reviews.",
                    "updated_at": "2026-01-01T00:00:00Z",
                }
                for number, title in titles
            ]
            body = json.dumps({"jobs": jobs, "meta": {"total": len(jobs)}}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.1,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def load(url: str) -> Iterator[None]:
    """People's visits, in a thread: pages, the API, misses, and now and then a job that is saved."""
    ended = threading.Event()

    def go() -> None:
        number = 0
        while not ended.wait(1 / VISITS_PER_SECOND):
            number += 1
            visit(url + PATHS[number % len(PATHS)])
            if number % 50 == 0:
                save(url, number)

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def save(url: str, number: int) -> None:
    status = ("saved", "applied")[number // 50 % 2]
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"{url}/api/v1/jobs/1/status", json.dumps({"status": status}).encode(), headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        answer.read()


@dataclass(frozen=True)
class Block:
    """A block of the time series database."""

    samples: int
    size: int


def _take_block(settings: Settings) -> Block:
    request = urllib.request.Request(f"{prometheus.url(settings)}/api/v1/admin/tsdb/snapshot", method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        name = json.load(answer)["data"]["name"]
    snapshot = storage_dir(settings, "prometheus") / "snapshots" / name
    metas = [json.loads(file.read_text(encoding="utf-8")) for file in snapshot.glob("*/meta.json")]
    size = sum(_size(block / "chunks") + _size(block / "index") for block in snapshot.iterdir())
    return Block(samples=sum(meta["stats"]["numSamples"] for meta in metas), size=size)


def _size(path: Path) -> int:
    """Bytes of what a file or a directory holds; WAL segments are allocated ahead, so their blocks are counted."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(min(file.stat().st_size, file.stat().st_blocks * 512) for file in files)


def _value(settings: Settings, expr: str) -> float:
    answer: Any = fetch(f"{prometheus.url(settings)}/api/v1/query?query={urllib.parse.quote(expr)}")
    result = answer["data"]["result"] if answer else []
    return float(result[0]["value"][1]) if result else 0.0


def _samples(settings: Settings, job: str) -> int:
    return int(_value(settings, f'max(scrape_samples_post_metric_relabeling{{job="{job}"}})'))


def _resident(process: subprocess.Popen[bytes]) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


TEMPLATE = """\
# Capacity

Generated by `./scout bench storage --write` from figures/storage.json beside the benchmark; run that again instead of
changing this page.

Measured: {scrapes} scrapes of one instance under mixed load (pages, API, scans), by the Prometheus that `scout up`
starts, with every rule loaded.

| what | figure |
|---|---|
| samples of an idle instance, per scrape (limit: 1,000) | {idle_samples:,} |
| samples once every source has been scanned, per scrape | {scanned_samples:,} |
| samples under load, per scrape | {loaded_samples:,} |
| samples of Prometheus and Alertmanager themselves, per scrape | {server_samples:,} |
| series that the rules record | {recorded:,} |
| bytes per sample in a block, index included | {bytes_per_sample:.2f} |
| bytes per sample in the write-ahead log | {wal_bytes_per_sample:.2f} |
| memory of Prometheus and Alertmanager at that load (limit: 150 MB) | {memory:.0f} MB |

## Disk for 15 days

A scrape every 15 s is {per_day:,} a day. Every process adds its samples; the recorded series and the servers' own come
once. The write-ahead log holds up to three hours.

| processes | samples per scrape | samples per second | blocks, 15 days | write-ahead log | disk |
|---|---|---|---|---|---|
{rows}

Set `--storage.tsdb.retention.size` to at most 80 % of the disk. Fewer series save more than a longer interval does:
`monitoring_scrape_samples` says what an instance exposes, `topk(10, count by (__name__) ({{job="iam-job-scout"}}))`
which metrics they are. A scrape over 20,000 samples is refused whole; `ScrapeNearLimit` warns before.
"""


def build_page(figures: Figures) -> str:
    """The page for the docs: the figures, and what follows from them."""
    return TEMPLATE.format(
        **asdict(figures),
        memory=figures.prometheus_mb + figures.alertmanager_mb,
        per_day=24 * 3600 // 15,
        rows="\n".join(_row(figures, processes) for processes in (1, 10, 100)),
    )


def _row(figures: Figures, processes: int) -> str:
    samples = processes * figures.loaded_samples + figures.recorded + figures.server_samples
    blocks = samples * SCRAPES * figures.bytes_per_sample
    log = samples * 3 * 3600 / 15 * figures.wal_bytes_per_sample
    cells = (
        f"{processes}",
        f"{samples:,}",
        f"{samples / 15:,.0f}",
        _megabytes(blocks),
        _megabytes(log),
        _megabytes(blocks + log),
    )
    return f"| {' | '.join(cells)} |"


def _megabytes(size: float) -> str:
    return f"{size / 1e6:,.0f} MB" if size < 10e9 else f"{size / 1e9:,.1f} GB"


if __name__ == "__main__":
    sys.exit(main())
