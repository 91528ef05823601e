"""Instrumentation never breaks a request: whatever fails inside it, the client gets the same bytes."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, StreamingResponse
from sqlalchemy import create_engine, text

from iam_job_scout.monitoring import (
    PrometheusMiddleware,
    db_metrics,
    families,
    instrument_engine,
    phases,
    pool_metrics,
    record_scan,
    routes,
    track_db_operation,
    track_external_api,
    tracking,
)
from iam_job_scout.monitoring import exchange as exchange_module
from iam_job_scout.monitoring import middleware as middleware_module
from iam_job_scout.monitoring import request as request_module
from iam_job_scout.monitoring.internal import INTERNAL_ERRORS
from iam_job_scout.monitoring.testing import Changes, value

from .conftest import ask

pytestmark = pytest.mark.anyio


def make_app(*, instrumented: bool) -> FastAPI:
    app = FastAPI()
    engine = create_engine("sqlite://")
    if instrumented:
        app.add_middleware(PrometheusMiddleware)
        instrument_engine(engine)

    @app.get("/text/{name}")
    async def answer(name: str) -> PlainTextResponse:
        with track_db_operation("select", "x"), engine.connect() as connection:
            connection.execute(text("select 1"))
        async with track_external_api("other", "/") as call:
            call.set_status(200)
        record_scan("x", status="success", duration_seconds=1.0)
        return PlainTextResponse(name)

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(iter((b"a", b"b")), media_type="text/event-stream")

    return app


def broken(*args: Any, **kwargs: Any) -> Any:
    raise ZeroDivisionError("inside the instrumentation")


def break_metrics(patch: pytest.MonkeyPatch) -> None:
    for kind in (families.Counter, families.Gauge, families.Histogram, families.Family):
        for name in ("inc", "touch", "set", "add", "observe", "child"):
            if hasattr(kind, name):
                patch.setattr(kind, name, broken)


def break_labels(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(middleware_module, "endpoint_label", broken)
    patch.setattr(routes, "effective_context", broken)


def break_clocks(patch: pytest.MonkeyPatch) -> None:
    for module in (request_module, exchange_module, phases, tracking, pool_metrics, db_metrics):
        patch.setattr(module, "perf_counter", broken)
    for module in (exchange_module, families):
        patch.setattr(module, "time", SimpleNamespace(time=broken))


def break_traces(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PrometheusMiddleware, "trace_id", broken)


def break_finish(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(exchange_module, "bisect_left", broken)
    for name in ("_finish", "_count_time", "_stream_began"):
        patch.setattr(exchange_module.Exchange, name, broken)


BREAKAGES = [break_metrics, break_labels, break_clocks, break_traces, break_finish]


@pytest.mark.parametrize("path", ["/text/ann", "/stream", "/nope", "/text/ann/"])
@pytest.mark.parametrize("breakage", BREAKAGES)
async def test_the_answer_is_the_same_byte_for_byte(
    path: str, breakage: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = await ask(make_app(instrumented=False), path, scope={"headers": [(b"content-length", b"abc")]})
    app = make_app(instrumented=True)
    await ask(app, "/openapi.json")
    breakage(monkeypatch)
    assert await ask(app, path, scope={"headers": [(b"content-length", b"abc")]}) == plain


async def test_a_failure_inside_is_counted_and_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(instrumented=True)
    await ask(app, "/nope")
    monkeypatch.setattr("iam_job_scout.monitoring.internal._reported", set())
    monkeypatch.setattr(exchange_module.Exchange, "_finish", broken)
    before = INTERNAL_ERRORS.value("finish")
    for _ in range(3):
        await ask(app, "/nope")
    assert INTERNAL_ERRORS.value("finish") == before + 3
    assert value("monitoring_internal_errors_total", where="finish") == before + 3
    assert [record.message for record in caplog.records].count("monitoring failed in finish; the program goes on") == 1


async def test_a_trace_callback_that_fails_costs_the_exemplar_only(seen: Changes) -> None:
    app = PrometheusMiddleware(make_app(instrumented=False), trace_id=broken)
    await ask(app, "/text/ann")
    assert INTERNAL_ERRORS.value("trace_id") >= 1
    assert seen.delta("http_requests_total", endpoint="/text/{name}", status_code="200") == 1
