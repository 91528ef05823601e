"""How fast the dashboards of /monitoring are in a browser, over 15 days of 1,000 series in a real Prometheus.

    python benchmarks/dashboards.py [--days 15] [--series 1000] [--data DIRECTORY] [--json]

The series are those of the app under load for half a minute; their past is made up from what they were then, written
as OpenMetrics and turned into blocks by promtool. `--data` keeps the blocks for a next run. Data: from the request of a
panel until its numbers are there; drawn: from then until the panel shows them. A dashboard is opened on a screen of
1440 × 900, then scrolled until every panel was drawn.
"""

import argparse
import gzip
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from alert_rig import fetch, wait_until
from storage import load, run, settle, start

from iam_job_scout.settings import Settings
from iam_job_scout.stack import prometheus
from iam_job_scout.stack.binaries import Servers
from iam_job_scout.stack.files import conf_dir, storage_dir
from iam_job_scout.stack.obtain import get_servers
from iam_job_scout.web.monitoring.dashboards import read_dashboards
from iam_job_scout.web.rendering import STATIC_DIR

STEP, DAY = 15, 86_400
LOADED_SECONDS = 30
SCRIPTS = (
    "theme.js", "vendor/htmx.min.js", "scout.js", "vendor/uPlot.iife.min.js", "charts.js", "charts_series.js",
    "monitoring_panels.js", "monitoring.js",
)  # fmt: skip
#: Series whose values are moments or states: their past is what they are.
STEADY = ("up", "process_start_time_seconds", "iam_job_scout_info", "db_connections_max", "process_max_fds")


@dataclass(frozen=True)
class Series:
    """A series as it was after the load: its selector as text, and its value."""

    name: str
    labels: str
    value: float


@dataclass(frozen=True)
class Figures:
    """What one dashboard took, in milliseconds; `first` are the panels on the screen when it opens."""

    dashboard: str
    panels: int
    first_panels: int
    first_data: float
    slowest_data: float
    slowest_draw: float
    all_draws: float
    failed: int


def main() -> int:
    options = _options()
    servers = get_servers(Settings(_env_file=None), say=lambda line: print(line, file=sys.stderr))  # type: ignore[call-arg]
    with tempfile.TemporaryDirectory(prefix="scout-bench-") as directory, ExitStack() as stack:
        data = options.data or Path(directory) / "data"
        settings = settle(Path(directory), stack)
        if not (data / "ends").is_file():
            series = take_series(settings, servers, options.series)
            make_blocks(servers, series, data, days=options.days)
        end = int((data / "ends").read_text(encoding="ascii"))
        found = measure(settings, servers, data, end=end, days=options.days)
    if options.json:
        print(json.dumps([asdict(one) for one in found], indent=2))
    else:
        report(found)
    slow = [one for one in found if max(one.first_data, one.slowest_data, one.slowest_draw) >= 1_000 or one.failed]
    return 1 if slow else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--days", type=int, default=15)
    parser.add_argument("--series", type=int, default=1_000)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def take_series(settings: Settings, servers: Servers, count: int) -> list[Series]:
    """So many series of the app under load and of the rules, those first that the dashboards draw."""
    with ExitStack() as stack:
        start(settings, servers, stack)
        wait_until(lambda: fetch(f"{settings.base_url}/health"), seconds=90)
        with load(settings.base_url):
            time.sleep(LOADED_SECONDS)
        query = urllib.parse.quote('{job="iam-job-scout"}')
        found = fetch(f"{prometheus.url(settings)}/api/v1/query?query={query}")["data"]["result"]
    drawn = "\n".join(t.expr for d in read_dashboards().values() for p in d.panels.values() for t in p.targets)
    found.sort(key=lambda one: (one["metric"]["__name__"] not in drawn, json.dumps(one["metric"], sort_keys=True)))
    series = [_series(one["metric"], float(one["value"][1])) for one in found]
    assert len(series) >= count, f"the app has {len(series)} series only"
    return sorted(series[:count], key=lambda one: one.name)


def _series(metric: dict[str, str], value: float) -> Series:
    labels = ",".join(f"{name}={json.dumps(text)}" for name, text in metric.items() if name != "__name__")
    return Series(metric["__name__"], labels, value if math.isfinite(value) else 0)


def make_blocks(servers: Servers, series: list[Series], data: Path, *, days: int) -> None:
    """Writes the past of the series into blocks of a day; `ends` in the directory says where the last one ends."""
    assert servers.promtool, "promtool is needed"
    data.mkdir(parents=True, exist_ok=True)
    end = int(time.time()) // DAY * DAY
    for day in range(days):
        file = data / "day.om"
        with file.open("w", encoding="utf-8") as written:
            begin = end - (days - day) * DAY
            for one in series:
                written.writelines(course(one, begin, since=end - days * DAY))
            written.write("# EOF\n")
        argv = [servers.promtool, "tsdb", "create-blocks-from", "--max-block-duration=24h", "openmetrics", file, data]
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
        file.unlink()
        print(f"day {day + 1} of {days} is written", file=sys.stderr)
    (data / "ends").write_text(str(end), encoding="ascii")


def course(series: Series, begin: int, *, since: int) -> Iterator[str]:
    """A day of a series: counters grow with the hours of the day, gauges swing about what they were."""
    counts = series.name.endswith(("_total", "_count", "_sum", "_bucket"))
    selector = f"{series.name}{{{series.labels}}}"
    for moment in range(begin, begin + DAY, STEP):
        if series.name.endswith("timestamp_seconds"):
            value: float = moment // 3_600 * 3_600
        elif counts:
            value = round(series.value / LOADED_SECONDS * grown(moment - since), 3)
        else:
            value = series.value if series.name in STEADY else round(series.value * swing(moment), 3)
        yield f"{selector} {value} {moment}\n"


def grown(seconds: int) -> float:
    """How many seconds of load have passed: nights are quieter than days, and nothing ever shrinks."""
    turn = 2 * math.pi / DAY
    return seconds - 0.6 / turn * math.sin(turn * seconds)


def swing(moment: int) -> float:
    """Between half and one and a half."""
    return 1 + 0.3 * math.sin(moment / 7_000) + 0.2 * math.sin(moment / 311)


def measure(settings: Settings, servers: Servers, data: Path, *, end: int, days: int) -> list[Figures]:
    """Opens each dashboard over all of the data in Chromium."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "Chromium is needed"
    shutil.copytree(data, storage_dir(settings, "prometheus"), dirs_exist_ok=True)
    with ExitStack() as stack:
        serve(settings, servers, stack)
        wait_until(lambda: fetch(f"{settings.base_url}/health"), seconds=90)
        wait_until(lambda: fetch(f"{prometheus.url(settings)}/api/v1/query?query=1"))
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        times = {"from": f"{(end - days * DAY) * 1000}", "to": f"{end * 1000}", "refresh": ""}
        return [_open(browser, settings, uid, urllib.parse.urlencode(times)) for uid in read_dashboards()]


def serve(settings: Settings, servers: Servers, stack: ExitStack) -> None:
    """The app, and a Prometheus that scrapes nothing and keeps all it has."""
    config = conf_dir(settings) / "prometheus.yml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("{}", encoding="utf-8")
    argv = [one for one in prometheus.build_argv(settings, servers.prometheus) if "retention" not in one]
    # Blocks of one size are never compacted, which would take the processor from what is measured.
    sizes = (f"--storage.tsdb.{which}-block-duration=24h" for which in ("min", "max"))
    server = (*argv, *sizes, "--storage.tsdb.retention.time=10y")
    for command in (server, (sys.executable, "-m", "iam_job_scout", "serve")):
        process = run(command, settings)
        stack.callback(lambda ending=process: (ending.terminate(), ending.wait(20)))  # type: ignore[misc]


def _open(browser: Any, settings: Settings, uid: str, query: str) -> Figures:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    foreign: list[str] = []
    page.on(
        "request", lambda request: None if request.url.startswith(settings.base_url) else foreign.append(request.url)
    )
    page.goto(f"{settings.base_url}/monitoring/{uid}?{query}")
    wait = "() => [...document.querySelectorAll('.skeleton')].every((one) => one.getBoundingClientRect().top > {})"
    page.wait_for_function(wait.format("innerHeight"))
    first = _measures(page)
    for _ in range(14):
        page.mouse.wheel(0, 700)
        page.wait_for_function(wait.format("innerHeight"))
    page.wait_for_function("() => !document.querySelector('.skeleton')", timeout=60_000)
    page.wait_for_timeout(500)
    everything = _measures(page)
    panels = page.locator(".watch").count()
    broken = page.locator(".watch-note.is-bad, .watch-problems:not(.is-note)").all_inner_texts()
    empty = page.locator(".watch-note:not(.is-bad)").count()
    page.close()
    assert not foreign, foreign
    assert empty < panels / 3, f"{uid}: {empty} of {panels} panels have nothing to show"
    assert len(everything) >= panels, f"{uid}: {len(everything) // 2} of {panels} panels were drawn"
    draws = [one["duration"] for one in everything if one["name"].startswith("draw")]
    data = [one for one in everything if one["name"].startswith("data")]
    seen = [one for one in first if one["name"].startswith("data")]
    return Figures(
        dashboard=uid,
        panels=panels,
        first_panels=len(seen),
        first_data=max(one["startTime"] + one["duration"] for one in seen) - min(one["startTime"] for one in seen),
        slowest_data=max(one["duration"] for one in data),
        slowest_draw=max(draws),
        all_draws=sum(draws),
        failed=len(broken),
    )


def _measures(page: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate("performance.getEntriesByType('measure').map((one) => one.toJSON())")
    return found


def script_size() -> int:
    """Bytes of all scripts of the page, compressed."""
    return sum(len(gzip.compress((STATIC_DIR / name).read_bytes(), 9)) for name in SCRIPTS)


def report(found: list[Figures]) -> None:
    print("| dashboard | panels | data of the first screen | slowest data | slowest drawing | all drawings | failed |")
    print("|---|---|---|---|---|---|---|")
    for one in found:
        numbers = (f"{value:,.0f} ms" for value in (one.slowest_data, one.slowest_draw, one.all_draws))
        first = f"{one.first_data:,.0f} ms ({one.first_panels})"
        print(f"| {' | '.join((one.dashboard, str(one.panels), first, *numbers, str(one.failed)))} |")
    print(f"\nAll scripts of the page, compressed: {script_size() / 1_000:.1f} kB. No request left the machine.")


if __name__ == "__main__":
    sys.exit(main())
