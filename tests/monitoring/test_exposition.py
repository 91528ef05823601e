"""Traps 31, 32, 44, 45: what a scraper gets, in which format, and that it always gets it."""

import asyncio
import gzip
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY, CollectorRegistry, Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from iam_job_scout.monitoring import Histogram, add_metric, catalogue, setup_monitoring
from iam_job_scout.monitoring import exposition as exposition_module
from iam_job_scout.monitoring.exposition import Wanted, exposition
from iam_job_scout.monitoring.metrics import LOOP_LAG
from iam_job_scout.monitoring.testing import Changes, value

from .conftest import Site, ask, serving

OPENMETRICS = {"accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}


def make_app(**options: object) -> FastAPI:
    app = FastAPI()

    @app.get("/hello/{name}")
    async def hello(name: str) -> str:
        return name

    @app.get("/block")
    async def block() -> None:
        time.sleep(2)  # noqa: ASYNC251 - the point of it

    @app.get("/spin")
    async def spin() -> None:
        end = time.monotonic() + 2
        while time.monotonic() < end:
            pass

    @app.get("/sleep")
    def sleep() -> None:
        time.sleep(2)

    setup_monitoring(app, **options)
    return app


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving(make_app()) as running:
        yield running


def test_plain_text_is_the_default_and_parses(site: Site) -> None:
    site.get('/hello/a"b')
    status, headers, content = site.get("/metrics")
    assert (status, headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    families = {family.name for family in parse_text(content.decode())}
    assert {"http_requests", "http_request_duration_seconds", "process_start_time_seconds"} <= families


def test_openmetrics_is_given_to_who_prefers_it_and_ends_properly(site: Site) -> None:
    site.get("/hello/x")
    _, headers, content = site.get("/metrics", headers=OPENMETRICS)
    assert headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert content.endswith(b"# EOF\n")
    assert "http_requests" in {family.name for family in parse_openmetrics(content.decode())}


def test_both_formats_and_the_registry_agree_on_every_value(site: Site) -> None:
    site.get("/hello/x")
    plain, parsed = list(exposition(Wanted())), {}
    for family in parse_text("".join(plain)):
        parsed.update({(s.name, tuple(sorted(s.labels.items()))): s.value for s in family.samples})
    for family in parse_openmetrics("".join(exposition(Wanted(openmetrics=True)))):
        for sample in family.samples:
            if sample.name.startswith("http_request"):
                assert parsed[sample.name, tuple(sorted(sample.labels.items()))] == sample.value
    labels = {"method": "GET", "endpoint": "/hello/{name}", "status_code": "200"}
    assert REGISTRY.get_sample_value("http_requests_total", labels) == value("http_requests_total", **labels)


def test_exemplars_carry_the_trace_and_only_openmetrics_has_them(site: Site) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    time.sleep(1.05)
    site.get("/hello/x", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    _, _, content = site.get("/metrics", headers=OPENMETRICS)
    exemplars = [
        sample.exemplar.labels["trace_id"]
        for family in parse_openmetrics(content.decode())
        for sample in family.samples
        if sample.exemplar
    ]
    assert exemplars == [trace]
    assert trace.encode() not in site.get("/metrics")[2]


def test_gzip_is_used_when_accepted(site: Site) -> None:
    _, headers, content = site.get("/metrics", headers={"accept-encoding": "gzip"})
    assert headers["content-encoding"] == "gzip"
    assert b"http_requests_total" in gzip.decompress(content)


def test_only_the_samples_asked_for_are_given(site: Site) -> None:
    site.get("/hello/x")
    _, _, content = site.get("/metrics?name[]=http_requests_total&name[]=process_open_fds")
    names = {sample.name for family in parse_text(content.decode()) for sample in family.samples}
    assert names == {"http_requests_total", "process_open_fds"}


@pytest.mark.parametrize(
    ("accept", "openmetrics"),
    [("", False), ("*/*", False), ("text/plain", False), ("application/openmetrics-text", True),
     ("application/openmetrics-text;q=0.2, text/plain;q=0.9", False), ("application/openmetrics-text;q=x", False)],
)  # fmt: skip
def test_the_preferred_format_wins(accept: str, openmetrics: bool) -> None:
    assert Wanted.of(accept=accept, encoding="", names=()).openmetrics is openmetrics


class Broken:
    def collect(self) -> Iterator[Metric]:
        raise ConnectionError("the database is away")


def test_observations_beyond_the_last_bucket_show_as_a_share() -> None:
    waits = add_metric(Histogram("test_waits_seconds", "Waits.", buckets=(1.0, 10.0)))
    try:
        for seconds in (0.5, 0.5, 5, 12):
            waits.observe(seconds)
        text = "".join(exposition(Wanted()))
    finally:
        catalogue._added.remove(waits)
    assert 'monitoring_bucket_overflow_ratio{metric="test_waits_seconds"} 0.25' in text


def test_without_traffic_all_series_stay(site: Site) -> None:
    site.get("/hello/x")
    before = set(site.get("/metrics")[2].split(b"\n"))
    for _ in range(3):
        after = site.get("/metrics")[2].split(b"\n")
    assert {line for line in before if line.startswith(b"http_requests_total")} <= set(after)


def test_a_broken_collector_costs_its_own_samples_only() -> None:
    registry = CollectorRegistry()
    registry.register(Broken())
    text = "".join(exposition(Wanted(), registry))
    assert "http_requests_total" in text
    name = f"{Broken.__module__}.Broken"
    assert f'monitoring_collector_success{{collector="{name}"}} 0' in "".join(exposition(Wanted(), registry))


def test_a_family_that_cannot_be_rendered_costs_its_own_samples_only(monkeypatch: pytest.MonkeyPatch) -> None:
    render = exposition_module.family_text

    def failing(family: object, *args: object, **kwargs: object) -> Iterator[str]:
        if family is LOOP_LAG:
            raise ValueError("no")
        return render(family, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(exposition_module, "family_text", failing)
    text = "".join(exposition(Wanted()))
    assert "http_requests_total" in text
    assert "# TYPE event_loop_lag_seconds" not in text


@pytest.mark.parametrize(
    ("client", "headers", "token", "status"),
    [
        ("127.0.0.1", {}, None, 200),
        ("::1", {}, None, 200),
        ("10.0.0.9", {}, None, 403),
        ("10.0.0.9", {}, "secret", 401),
        ("10.0.0.9", {"authorization": "Bearer secret"}, "secret", 200),
        ("10.0.0.9", {"authorization": "Bearer wrong"}, "secret", 401),
        ("127.0.0.1", {"x-forwarded-for": "10.0.0.9"}, None, 403),
        ("127.0.0.1", {"authorization": "bearer secret", "forwarded": "for=x"}, "secret", 200),
    ],
)
@pytest.mark.anyio
async def test_metrics_are_for_this_machine_and_the_bearer_of_the_token(
    client: str, headers: dict[str, str], token: str | None, status: int, seen: Changes
) -> None:
    raw = [(name.encode(), content.encode()) for name, content in headers.items()]
    sent = await ask(make_app(metrics_token=token), "/metrics", scope={"client": (client, 1), "headers": raw})
    assert sent[0]["status"] == status
    assert seen.delta("monitoring_scrapes_total", status_code=str(status)) == 1


@pytest.mark.anyio
async def test_scrapes_beyond_the_limit_are_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposition_module, "SLICE_SECONDS", 0.0)
    app = make_app()
    statuses = [sent[0]["status"] for sent in await asyncio.gather(*(ask(app, "/metrics") for _ in range(8)))]
    assert statuses.count(200) == exposition_module.MAX_IN_FLIGHT
    assert statuses.count(503) == 3


def test_a_scrape_reports_on_the_one_before(site: Site) -> None:
    size = len(site.get("/metrics")[2])
    site.get("/metrics")
    assert abs((value("monitoring_scrape_size_bytes") or 0) - size) < 1_000
    assert (value("monitoring_scrape_duration_seconds") or 0) > 0
    assert (value("monitoring_scrape_samples") or 0) > 100


SCRAPER = """
import sys, time, urllib.request
for _ in range(6):
    started = time.perf_counter()
    with urllib.request.urlopen("http://127.0.0.1:%s/metrics" % sys.argv[1]) as response:
        assert b"http_requests_total" in response.read()
    print(time.perf_counter() - started)
"""


def scrape_times(port: int) -> list[float]:
    """Seconds per scrape, taken by another process; its first one, which loads modules, left out."""
    done = subprocess.run([sys.executable, "-c", SCRAPER, str(port)], check=True, capture_output=True, text=True)
    return [float(line) for line in done.stdout.split()][1:]


@pytest.mark.parametrize("path", ["/block", "/spin"])
def test_a_scrape_is_not_starved_by_a_blocked_loop_and_a_full_thread_pool(path: str, free_port: int) -> None:
    with serving(make_app(metrics_port=free_port)) as site:
        threads = [threading.Thread(target=site.get, args=("/sleep",)) for _ in range(50)]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        blocked = threading.Thread(target=site.get, args=(path,))
        blocked.start()
        time.sleep(0.2)
        assert statistics.median(scrape_times(free_port)) < 0.1
        assert blocked.is_alive()
        for thread in (blocked, *threads):
            thread.join()


def test_the_own_port_knows_the_token_other_paths_and_compression(free_port: int) -> None:
    with serving(make_app(metrics_port=free_port)) as site:
        own = Site(free_port, site.loop)
        assert own.get("/elsewhere")[0] == 404
        assert own.get("/metrics", headers={"x-forwarded-for": "10.0.0.9"})[0] == 403
        _, headers, content = own.get("/metrics", headers={**OPENMETRICS, "accept-encoding": "gzip"})
        assert gzip.decompress(content).endswith(b"# EOF\n")
        assert headers["content-type"].startswith("application/openmetrics-text")
