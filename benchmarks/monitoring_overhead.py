"""What instrumentation adds to a request: ours and its peers, in turn, in one run.

    python benchmarks/monitoring_overhead.py [--rounds 60] [--routes 1 200] [--json]

Each contender has a process in which it and the bare app are called over the bare protocol, as uvicorn would, with a
browser's headers and a task for each request: a hundred requests of each in turn, so that whatever slows the machine
slows both alike. What is added is the median, over the rounds, of the difference within a round. Peers that are not
installed are left out, with the reason. Ours runs with all that `setup_monitoring` can switch on, compiled where there
is a C compiler.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter, perf_counter_ns
from typing import Any, NamedTuple

from fastapi import FastAPI

BATCH = 100
WARM_UP_ROUNDS = 1
HEADERS = [
    (b"host", b"localhost:5000"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"),
    (b"accept", b"text/html,application/xhtml+xml"),
    (b"accept-language", b"en-US,en;q=0.9"),
    (b"accept-encoding", b"gzip, deflate, br"),
    (b"connection", b"keep-alive"),
    (b"cookie", b"session=0123456789abcdef"),
    (b"cache-control", b"no-cache"),
]


def bare(app: FastAPI) -> None:
    """Nothing at all."""


def ours(app: FastAPI) -> None:
    """`setup_monitoring` with everything: loop watch, samplers, own port, phases, exemplars."""
    from iam_job_scout.monitoring import setup_monitoring

    setup_monitoring(app, samplers={"nothing": lambda: None}, metrics_port=0)


def ours_in_python(app: FastAPI) -> None:
    """The same, with the short way of a request in Python instead of compiled."""
    os.environ["MONITORING_COMPILED"] = "0"
    ours(app)


def ours_with_workers(app: FastAPI) -> None:
    """The same, with counts in files that workers share."""
    from iam_job_scout.monitoring import setup_monitoring

    directory = Path(tempfile.mkdtemp(prefix="scout-bench-"))
    setup_monitoring(app, samplers={"nothing": lambda: None}, metrics_port=0, workers_directory=directory)


def instrumentator(app: FastAPI) -> None:
    """prometheus-fastapi-instrumentator with its defaults."""
    from prometheus_fastapi_instrumentator import Instrumentator

    Instrumentator().instrument(app)


def exporter(app: FastAPI) -> None:
    """starlette_exporter with its defaults."""
    from starlette_exporter import PrometheusMiddleware

    app.add_middleware(PrometheusMiddleware)


def opentelemetry(app: FastAPI) -> None:
    """OpenTelemetry's FastAPI instrumentation, metrics read by its Prometheus exporter."""
    from opentelemetry.exporter.prometheus import PrometheusMetricReader
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
    from opentelemetry.sdk.metrics import MeterProvider

    FastAPIInstrumentor.instrument_app(app, meter_provider=MeterProvider([PrometheusMetricReader()]))


def naive(app: FastAPI) -> None:
    """The way of the tutorials: a function as a middleware, the client library's metrics."""
    from prometheus_client import Counter, Histogram

    total = Counter("naive_requests_total", "Requests.", ("method", "endpoint", "status_code"))
    duration = Histogram("naive_duration_seconds", "Duration.", ("method", "endpoint"))

    @app.middleware("http")
    async def observe(request: Any, call_next: Callable[[Any], Awaitable[Any]]) -> Any:
        started = perf_counter()
        response = await call_next(request)
        path = request.scope["route"].path
        duration.labels(request.method, path).observe(perf_counter() - started)
        total.labels(request.method, path, response.status_code).inc()
        return response


def four_updates(app: FastAPI) -> None:
    """The four updates of the client library and nothing else: no status, no route, no send."""
    from prometheus_client import Counter, Gauge, Histogram

    total = Counter("four_requests_total", "Requests.", ("method", "endpoint", "status_code"))
    duration = Histogram("four_duration_seconds", "Duration.", ("method", "endpoint", "status_code"))
    in_progress = Gauge("four_in_progress", "Now.", ("method",))

    class Four:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            started = perf_counter()
            in_progress.labels("GET").inc()
            await self.app(scope, receive, send)
            duration.labels("GET", "/items/{number}", "200").observe(perf_counter() - started)
            total.labels("GET", "/items/{number}", "200").inc()
            in_progress.labels("GET").dec()

    app.add_middleware(Four)


CONTENDERS: dict[str, Callable[[FastAPI], None]] = {
    function.__name__: function
    for function in (
        bare,
        ours,
        ours_in_python,
        ours_with_workers,
        four_updates,
        instrumentator,
        exporter,
        naive,
        opentelemetry,
    )
}


class Connection:
    """Stands for the server's side of a request, with the state that uvicorn keeps."""

    disconnected = False
    response_started = True

    async def receive(self) -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: dict[str, Any]) -> None:
        pass


def make_app(routes: int) -> FastAPI:
    """An app with this many routes; the one that is asked for is the last."""
    app = FastAPI()
    for number in range(routes - 1):
        app.add_api_route(f"/other{number}/{{number}}", lambda: None)

    @app.get("/items/{number}")
    async def item(number: int) -> dict[str, int]:
        return {"number": number}

    return app


async def measure(names: list[str], routes: int, rounds: int) -> dict[str, list[float] | str]:
    """Median nanoseconds of a request of each batch, by contender, or why it cannot be measured."""
    apps: dict[str, FastAPI] = {}
    figures: dict[str, list[float] | str] = {}
    stop = asyncio.Event()
    lifespans = []
    for name in names:
        app = make_app(routes)
        try:
            CONTENDERS[name](app)
        except ImportError as missing:
            figures[name] = str(missing)
            continue
        apps[name], figures[name] = app, []
        lifespans.append(asyncio.ensure_future(run_lifespan(app, stop)))
    await asyncio.sleep(0.1)
    for number in range(WARM_UP_ROUNDS + rounds):
        for name, app in apps.items():
            taken, values = await batch(app), figures[name]
            if number >= WARM_UP_ROUNDS and isinstance(values, list):
                values.append(taken)
        await asyncio.sleep(0)
    stop.set()
    await asyncio.gather(*lifespans)
    return figures


async def batch(app: FastAPI) -> float:
    """Median nanoseconds of a few requests."""
    connection, scope, taken = Connection(), request_scope(), []
    for _ in range(BATCH):
        fresh = {**scope, "headers": list(HEADERS), "state": {}}
        # A task for each request, as uvicorn has it: what a context holds is let go between the measurements.
        taken.append(await asyncio.create_task(timed(app, fresh, connection)))
    return statistics.median(taken)


async def timed(app: FastAPI, scope: dict[str, Any], connection: Connection) -> int:
    """Nanoseconds of one request."""
    started = perf_counter_ns()
    await app(scope, connection.receive, connection.send)
    return perf_counter_ns() - started


def request_scope() -> dict[str, Any]:
    """The scope of GET /items/7."""
    return {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
        "path": "/items/7", "raw_path": b"/items/7", "query_string": b"", "root_path": "", "scheme": "http",
        "client": ("127.0.0.1", 50_000), "server": ("127.0.0.1", 5_000),
    }  # fmt: skip


async def run_lifespan(app: FastAPI, stop: asyncio.Event) -> None:
    """Start the app up, and down once `stop` is set."""
    messages = iter(("lifespan.startup", "lifespan.shutdown"))

    async def receive() -> dict[str, Any]:
        kind = next(messages)
        if kind == "lifespan.shutdown":
            await stop.wait()
        return {"type": kind}

    async def send(message: dict[str, Any]) -> None:
        pass

    await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)


def run_group(names: list[str], routes: int, rounds: int) -> None:
    """The child process: print the figures of some contenders."""
    try:
        import uvloop

        run: Callable[[Any], Any] = uvloop.run
    except ImportError:
        run = asyncio.run
    print(json.dumps(run(measure(names, routes, rounds))))


class Added(NamedTuple):
    """Microseconds of a request, and how many of them the contender added."""

    request_us: float
    added_us: float


Row = Added | str


def compare(routes: int, rounds: int) -> dict[str, Row]:
    """Microseconds per request and microseconds added, by contender, or the reason why one is missing."""
    rows: dict[str, Row] = {}
    for contender in CONTENDERS:
        group = list(dict.fromkeys(("bare", contender)))
        command = [sys.executable, __file__, "--group", *group, "--routes", str(routes), "--rounds", str(rounds)]
        figures = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        values = figures[contender]
        rows[contender] = values if isinstance(values, str) else summary(values, figures["bare"])
    return rows


def summary(values: list[float], base: list[float]) -> Added:
    """The median request, and the median of what it takes longer than the bare app's of its round; from nanoseconds."""
    added = [mine - bare for mine, bare in zip(values, base, strict=True)]
    return Added(statistics.median(values) / 1_000, statistics.median(added) / 1_000)


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--routes", type=int, nargs="+", default=[1, 200])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--group", nargs="+", choices=CONTENDERS, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.group:
        run_group(chosen.group, chosen.routes[0], chosen.rounds)
        return
    results = {routes: compare(routes, chosen.rounds) for routes in chosen.routes}
    if chosen.json:
        print(json.dumps(results))
        return
    for routes, rows in results.items():
        print(f"\n{routes} route(s), µs per request at the median, and what is added")
        for name, row in rows.items():
            shown = f"skipped: {row}" if isinstance(row, str) else f"{row.request_us:8.1f} {row.added_us:+8.2f}"
            print(f"  {name:<20}{shown}")


if __name__ == "__main__":
    main()
