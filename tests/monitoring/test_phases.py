"""Where a request's time went, and that the parts add up."""

import asyncio
import time
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import create_engine, event, text

from iam_job_scout.monitoring import PrometheusMiddleware, instrument_engine, track_db_operation, track_external_api
from iam_job_scout.monitoring.phases import DB, EXTERNAL, PhaseClock
from iam_job_scout.monitoring.testing import Changes

from .conftest import ask

pytestmark = pytest.mark.anyio
PHASES = "http_request_phase_seconds_total"


def make_app(directory: Path) -> FastAPI:
    app = FastAPI()
    app.add_middleware(PrometheusMiddleware)
    engine = create_engine(f"sqlite:///{directory / 'db'}")
    instrument_engine(engine)

    @event.listens_for(engine, "connect")
    def add_sleep(connection: object, _: object) -> None:
        connection.create_function("nap", 1, time.sleep)  # type: ignore[attr-defined]

    @app.get("/mixed")
    async def mixed() -> None:
        with engine.connect() as connection:
            connection.execute(text("select nap(0.1)"))
        async with track_external_api("other", "/"):
            await asyncio.sleep(0.2)
        time.sleep(0.05)  # noqa: ASYNC251 - stands for the app's own work

    @app.get("/threaded")
    def threaded() -> None:
        with engine.connect() as connection:
            connection.execute(text("select nap(0.1)"))

    @app.get("/fan-out")
    async def fan_out() -> None:
        async def one() -> None:
            async with track_external_api("other", "/"):
                await asyncio.sleep(0.1)

        await asyncio.gather(one(), one(), one())

    @app.get("/chatty")
    async def chatty() -> None:
        with engine.connect() as connection:
            for _ in range(7):
                connection.execute(text("select 1"))

    return app


async def test_phases_split_the_duration_and_add_up_to_it(tmp_path: Path, seen: Changes) -> None:
    await ask(make_app(tmp_path), "/mixed")
    parts = {name: seen.delta(PHASES, endpoint="/mixed", phase=name) for name in ("db", "external", "app")}
    assert parts["db"] == pytest.approx(0.1, rel=0.2)
    assert parts["external"] == pytest.approx(0.2, rel=0.2)
    assert 0.05 <= parts["app"] < 0.2
    duration = seen.delta("http_request_duration_seconds_sum", endpoint="/mixed")
    assert sum(parts.values()) == pytest.approx(duration, rel=1e-6)


async def test_statements_in_a_worker_thread_belong_to_their_request(tmp_path: Path, seen: Changes) -> None:
    await ask(make_app(tmp_path), "/threaded")
    assert seen.delta(PHASES, endpoint="/threaded", phase="db") == pytest.approx(0.1, rel=0.2)


async def test_calls_side_by_side_count_their_common_time_once(tmp_path: Path, seen: Changes) -> None:
    await ask(make_app(tmp_path), "/fan-out")
    assert seen.delta(PHASES, endpoint="/fan-out", phase="external") == pytest.approx(0.1, rel=0.2)


async def test_the_number_of_statements_of_a_request_is_known(tmp_path: Path, seen: Changes) -> None:
    await ask(make_app(tmp_path), "/chatty")
    assert seen.delta("http_request_db_queries_sum", endpoint="/chatty") == 7
    assert seen.delta("http_request_db_queries_count", endpoint="/chatty") == 1


async def test_work_outside_of_requests_belongs_to_none(seen: Changes) -> None:
    with track_db_operation("select", "x"):
        pass
    assert not seen.changed(PHASES)


def test_of_phases_that_overlap_the_database_counts_first() -> None:
    clock = PhaseClock(time.perf_counter())
    clock.enter(EXTERNAL)
    clock.enter(DB)
    time.sleep(0.02)
    clock.leave(DB)
    clock.leave(EXTERNAL)
    seconds = clock.close(time.perf_counter())
    assert seconds[DB] >= 0.02
    assert seconds[EXTERNAL] < 0.01
