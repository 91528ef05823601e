"""Traps 26 to 29, 43 to 48, and the one call that does it all."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY, CollectorRegistry, Counter
from sqlalchemy import create_engine, text

from iam_job_scout.monitoring import Counter as OwnCounter
from iam_job_scout.monitoring import (
    MetricNameTakenError,
    PrometheusMiddleware,
    add_metric,
    catalogue,
    metrics_endpoint,
    set_job_counts,
    setup_monitoring,
)
from iam_job_scout.monitoring.lifespan import MAX_KNOWN_REQUESTS
from iam_job_scout.monitoring.metrics import CATALOGUE
from iam_job_scout.monitoring.testing import Changes, value

from .conftest import ask, eventually, serving

TOTAL = "http_requests_total"


def hello_app(**options: object) -> FastAPI:
    app = FastAPI(**options)

    @app.get("/hello/{name}")
    async def hello(name: str) -> str:
        return name

    @app.get("/api/metrics/daily")
    @app.get("/healthz-report")
    @app.get("/health")
    async def fine() -> str:
        return "fine"

    @app.get("/fails", responses={503: {}})
    async def fails() -> None:
        raise RuntimeError

    return app


def test_one_call_measures_requests_statements_and_samples_and_answers_scrapes(tmp_path: Path, seen: Changes) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'db'}")
    app = hello_app()

    @app.get("/rows")
    def rows() -> None:
        with engine.connect() as connection:
            connection.execute(text("select 1 from sqlite_master"))

    setup_monitoring(app, engine=engine, samplers={"jobs": lambda: set_job_counts({"new": 5})}, version="1.2.3")
    with serving(app) as site:
        site.get("/rows")
        eventually(lambda: value("iam_jobs", status="new") == 5)
        content = site.get("/metrics")[2].decode()
    engine.dispose()
    assert seen.delta(TOTAL, endpoint="/rows", status_code="200") == 1
    assert seen.delta("db_operations_total", table="sqlite_master", status="success") == 1
    for expected in ('iam_job_scout_info{version="1.2.3"', "\ndb_connections_max ", "process_resident_memory_bytes"):
        assert expected in content


def test_the_samplers_run_every_interval_and_stop_with_the_app() -> None:
    runs: list[int] = []
    app = hello_app()
    setup_monitoring(app, samplers={"count": lambda: runs.append(1)}, interval_seconds=0.05)
    with serving(app):
        eventually(lambda: len(runs) >= 4)
    before = len(runs)
    assert not eventually_grows(runs, before)


def eventually_grows(runs: list[int], before: int) -> bool:
    try:
        eventually(lambda: len(runs) > before + 1, within=0.3)
    except AssertionError:
        return False
    return True


def test_the_apps_own_lifespan_runs_as_before() -> None:
    happened: list[str] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, str]]:
        happened.append("up")
        yield {"mine": "kept"}
        happened.append("down")

    app = hello_app(lifespan=lifespan)
    setup_monitoring(app)
    with serving(app) as site:
        assert site.get("/hello/x")[0] == 200
        assert happened == ["up"]
    assert happened == ["up", "down"]


@pytest.mark.parametrize("options", [{"lifespan": "off"}, {"lifespan": "on"}])
def test_the_middleware_and_the_endpoint_work_alone_and_without_arguments(
    options: dict[str, str], seen: Changes
) -> None:
    app = hello_app()
    app.add_middleware(PrometheusMiddleware)
    app.add_route("/metrics", metrics_endpoint)
    with serving(app, **options) as site:
        site.get("/hello/x")
        assert (
            b'http_requests_total{method="GET",endpoint="/hello/{name}",status_code="200"}' in site.get("/metrics")[2]
        )
    assert seen.delta(TOTAL, endpoint="/hello/{name}") == 1
    assert seen.delta(TOTAL, endpoint="/metrics") == 0


@pytest.mark.anyio
async def test_only_exact_paths_are_excluded(seen: Changes) -> None:
    app = hello_app()
    setup_monitoring(app, exclude=["/health"])
    for path in ("/health", "/metrics", "/api/metrics/daily", "/healthz-report"):
        await ask(app, path)
    counted = {dict(labels)["endpoint"] for labels in seen.changed(TOTAL)}
    assert counted == {"/api/metrics/daily", "/healthz-report"}


@pytest.mark.anyio
async def test_health_checks_stay_visible_under_a_label_of_their_own(seen: Changes) -> None:
    app = hello_app()
    setup_monitoring(app)
    await asyncio.gather(*(ask(app, "/health") for _ in range(200)))
    assert seen.delta(TOTAL, endpoint="/health", status_code="200") == 200


@pytest.mark.anyio
async def test_two_apps_in_one_process_and_a_factory_called_twice_all_count(seen: Changes) -> None:
    for _ in range(2):
        app = hello_app()
        setup_monitoring(app)
        await ask(app, "/hello/x")
        app.middleware_stack = app.build_middleware_stack()
        await ask(app, "/hello/x")
    assert seen.delta(TOTAL, endpoint="/hello/{name}") == 4


@pytest.mark.anyio
async def test_a_registry_of_ones_own_holds_every_metric(seen: Changes) -> None:
    registry = CollectorRegistry()
    app = hello_app()
    setup_monitoring(app, registry=registry)
    await ask(app, "/hello/x")
    own = {metric.name for metric in registry.collect()}
    assert {family.name.removesuffix("_total") for family in CATALOGUE} <= own
    assert b"http_requests_in_progress" in (await ask(app, "/metrics"))[1]["body"]


def test_a_name_that_is_taken_is_an_error_that_names_both_owners() -> None:
    registry = CollectorRegistry()
    Counter("http_requests_total", "Somebody else's.", registry=registry)
    with pytest.raises(MetricNameTakenError, match=r"http_requests.* is registered by .*iam_job_scout\.monitoring"):
        setup_monitoring(hello_app(), registry=registry)
    with pytest.raises(MetricNameTakenError, match="http_requests_in_progress"):
        add_metric(OwnCounter("http_requests_in_progress", "Taken."))


def test_a_metric_of_ones_own_is_exposed_beside_the_others() -> None:
    orders = add_metric(OwnCounter("test_orders_total", "Orders.", ("kind",)))
    try:
        orders.inc("big", by=3)
        assert REGISTRY.get_sample_value("test_orders_total", {"kind": "big"}) == 3
    finally:
        catalogue._added.remove(orders)


def test_the_first_error_of_a_route_finds_its_counter_at_zero(seen: Changes) -> None:
    app = hello_app()
    setup_monitoring(app)
    with serving(app) as site:
        known = 'http_requests_total{method="GET",endpoint="/fails",status_code="%s"} 0'
        content = site.get("/metrics")[2].decode()
        assert known % 500 in content
        assert known % 503 in content
        site.get("/fails")
    assert seen.delta(TOTAL, endpoint="/fails", status_code="500") == 1


IDLE_INSTANCE = """
from fastapi import APIRouter, FastAPI
from sqlalchemy import create_engine
from iam_job_scout.monitoring import setup_monitoring, update_all_metrics
from iam_job_scout.monitoring.exposition import Wanted, exposition
from iam_job_scout.monitoring.lifespan import expect_requests

app, router = FastAPI(), APIRouter()
for number in range(300):
    router.add_api_route(f"/many/{number}", lambda: None, methods=["GET", "POST"], responses={404: {}, 409: {}})
app.include_router(router)
setup_monitoring(app, engine=create_engine("sqlite://"))
expect_requests(app)
update_all_metrics()
print(sum(not line.startswith("#") for line in "".join(exposition(Wanted())).splitlines()))
"""


def test_an_idle_instance_exposes_under_a_thousand_samples() -> None:
    done = subprocess.run([sys.executable, "-c", IDLE_INSTANCE], check=True, capture_output=True, text=True)
    assert MAX_KNOWN_REQUESTS < int(done.stdout) < 1_000
