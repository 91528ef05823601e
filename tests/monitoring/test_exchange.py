"""Traps 11 to 19, 21 to 25, 37: what a request is charged with, and when it is over."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator

import pytest
from fastapi import APIRouter, BackgroundTasks, FastAPI, Request
from fastapi.responses import PlainTextResponse, StreamingResponse
from starlette.requests import ClientDisconnect

from iam_job_scout.monitoring import PrometheusMiddleware
from iam_job_scout.monitoring.testing import Changes, value

from .conftest import Connection, Message, Site, ask, eventually, serving

pytestmark = pytest.mark.anyio
TOTAL = "http_requests_total"
SUM, COUNT = "http_request_duration_seconds_sum", "http_request_duration_seconds_count"


def make_app() -> FastAPI:
    app = FastAPI()
    app.add_middleware(PrometheusMiddleware)

    @app.get("/error")
    async def error() -> None:
        raise KeyError("x")

    @app.get("/stream")
    async def stream(fail: bool = False) -> StreamingResponse:
        async def chunks() -> AsyncIterator[bytes]:
            for number in range(3):
                if fail and number:
                    raise RuntimeError("halfway")
                yield b"12345"
                await asyncio.sleep(0.1)

        return StreamingResponse(chunks())

    @app.get("/slow")
    async def slow() -> str:
        await asyncio.sleep(0.6)
        return "late"

    @app.get("/background")
    async def background(tasks: BackgroundTasks, fail: bool = False) -> str:
        tasks.add_task(later, fail)
        return "now"

    async def later(fail: bool) -> None:
        await asyncio.sleep(0.3)
        if fail:
            raise ValueError("too late")

    @app.get("/events")
    async def events() -> StreamingResponse:
        async def ticks() -> AsyncIterator[bytes]:
            while True:
                yield b"data: x\n\n"
                await asyncio.sleep(0.02)

        return StreamingResponse(ticks(), media_type="text/event-stream")

    @app.get("/nothing", status_code=204)
    async def nothing() -> None: ...

    @app.post("/echo")
    async def echo(request: Request) -> PlainTextResponse:
        return PlainTextResponse(await request.body())

    @app.get("/text")
    @app.head("/text")
    async def text() -> PlainTextResponse:
        return PlainTextResponse("0123456789")

    return app


@pytest.fixture(scope="module")
def site() -> Site:
    with serving(make_app()) as running:
        yield running


def nothing_in_progress() -> bool:
    return value("http_requests_in_progress") == 0


def test_an_exception_is_a_500_a_duration_and_an_error_by_class(site: Site, seen: Changes) -> None:
    assert site.get("/error")[0] == 500
    assert seen.delta(TOTAL, endpoint="/error", status_code="500") == 1
    assert seen.delta(COUNT, endpoint="/error", status_code="500") == 1
    assert seen.delta("application_errors_total", error_type="KeyError", endpoint="/error", severity="critical") == 1
    assert nothing_in_progress()


async def test_the_apps_exception_reaches_the_server_unchanged() -> None:
    async def broken(scope: Message, receive: object, send: object) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await ask(PrometheusMiddleware(broken))


def test_a_streams_duration_ends_with_its_last_byte_and_all_bytes_count(site: Site, seen: Changes) -> None:
    site.get("/stream")
    assert 0.3 <= seen.delta(SUM, endpoint="/stream") < 1
    assert seen.delta("http_stream_first_byte_seconds_sum", endpoint="/stream") < 0.05
    assert seen.delta("http_response_body_bytes_total", endpoint="/stream") == 15


def test_a_stream_that_breaks_was_a_200_for_the_client_and_is_an_error_for_us(site: Site, seen: Changes) -> None:
    site.get("/stream?fail=1")
    assert seen.delta(TOTAL, endpoint="/stream", status_code="200") == 1
    assert seen.delta("application_errors_total", error_type="RuntimeError", endpoint="/stream", severity="error") == 1
    assert nothing_in_progress()


def test_a_client_that_left_before_the_answer_is_a_499(site: Site, seen: Changes) -> None:
    site.hang_up("/slow", after=0.1)
    eventually(lambda: seen.delta(TOTAL, endpoint="/slow"))
    assert seen.delta(TOTAL, endpoint="/slow", status_code="499") == 1
    assert seen.delta(TOTAL, endpoint="/slow") == 1
    assert seen.delta("http_client_disconnects_total", endpoint="/slow", phase="before_response") == 1
    assert not seen.changed("application_errors_total")
    assert nothing_in_progress()


def test_a_client_that_left_during_the_body_is_a_499_and_no_error(site: Site, seen: Changes) -> None:
    site.hang_up("/stream", after=0.15)
    eventually(lambda: seen.delta(TOTAL, endpoint="/stream"))
    assert seen.delta(TOTAL, endpoint="/stream", status_code="499") == 1
    assert seen.delta("http_client_disconnects_total", endpoint="/stream", phase="during_body") == 1
    assert not seen.changed("application_errors_total")
    assert nothing_in_progress()


@pytest.mark.parametrize("wrap", [ClientDisconnect, None])
async def test_a_server_that_raises_on_sending_to_nobody_is_a_499_too(seen: Changes, wrap: type[Exception]) -> None:
    async def app(scope: Message, receive: object, send: object) -> None:
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        except OSError as error:
            raise (wrap() if wrap else error) from None

    async def gone(message: Message) -> None:
        raise BrokenPipeError("gone")

    with pytest.raises((ClientDisconnect, OSError)):
        await ask(PrometheusMiddleware(app), send=gone)
    assert seen.delta(TOTAL, status_code="499") == 1
    assert not seen.changed("application_errors_total")


async def test_an_oserror_of_the_app_itself_is_no_disconnect(seen: Changes) -> None:
    async def app(scope: Message, receive: object, send: object) -> None:
        raise FileNotFoundError("mine")

    with pytest.raises(FileNotFoundError):
        await ask(PrometheusMiddleware(app))
    assert seen.delta(TOTAL, status_code="500") == 1
    assert seen.delta("application_errors_total", error_type="FileNotFoundError", severity="critical") == 1


async def test_a_request_cancelled_by_us_is_neither_an_error_nor_lost(seen: Changes) -> None:
    task = asyncio.ensure_future(ask(make_app(), "/slow"))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen.changed(TOTAL) == {(("endpoint", "/slow"), ("method", "GET"), ("status_code", "cancelled")): 1}
    assert not seen.changed("application_errors_total")
    assert nothing_in_progress()


async def test_a_group_of_exceptions_is_judged_by_what_is_in_it(seen: Changes) -> None:
    async def app(scope: Message, receive: object, send: object) -> None:
        raise BaseExceptionGroup("both", [asyncio.CancelledError(), asyncio.CancelledError()])

    with pytest.raises(BaseExceptionGroup):
        await ask(PrometheusMiddleware(app))
    assert seen.delta(TOTAL, status_code="cancelled") == 1


def test_background_work_is_neither_response_time_nor_in_progress(site: Site, seen: Changes) -> None:
    site.get("/background")
    assert seen.delta(SUM, endpoint="/background", status_code="200") < 0.1
    assert nothing_in_progress()


def test_a_failed_background_task_leaves_the_200_and_counts_on_its_own(site: Site, seen: Changes) -> None:
    assert site.get("/background?fail=1")[0] == 200
    eventually(lambda: seen.changed("http_background_task_errors_total"))
    assert seen.delta(TOTAL, endpoint="/background") == seen.delta(TOTAL, endpoint="/background", status_code="200")
    assert seen.delta("http_background_task_errors_total", endpoint="/background", error_type="ValueError") == 1
    assert seen.delta("application_errors_total", error_type="ValueError", severity="warning") == 1
    assert seen.delta(SUM, endpoint="/background") < 0.1


def test_an_event_stream_is_open_and_then_over_but_never_slow(site: Site, seen: Changes) -> None:
    with socket.create_connection(("127.0.0.1", site.port)) as client:
        client.sendall(b"GET /events HTTP/1.1\r\nhost: x\r\n\r\n")
        client.recv(1000)
        eventually(lambda: value("http_streams_open") == 1)
        time.sleep(0.2)
    eventually(lambda: value("http_streams_open") == 0)
    assert seen.delta(TOTAL, endpoint="/events", status_code="499") == 1
    assert seen.delta(COUNT, endpoint="/events") == 0
    assert seen.delta("http_event_stream_duration_seconds_count", endpoint="/events") == 1


@pytest.mark.parametrize("length", ["abc", None, "10000000000"])
async def test_a_senseless_content_length_changes_nothing(length: str | None, seen: Changes) -> None:
    headers = [(b"content-length", length.encode())] if length else []
    sent = await ask(make_app(), "/text", scope={"headers": headers})
    assert sent[1]["body"] == b"0123456789"
    assert not seen.changed("monitoring_internal_errors_total")


async def test_a_body_message_without_body_and_a_response_with_trailers_end_where_they_end(seen: Changes) -> None:
    async def app(scope: Message, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "trailers": True})
        await send({"type": "http.response.body"})
        assert not seen.changed(TOTAL)
        await send({"type": "http.response.trailers", "headers": []})
        assert seen.delta(TOTAL, status_code="200") == 1

    await ask(PrometheusMiddleware(app))
    assert not seen.changed("monitoring_internal_errors_total")


@pytest.mark.parametrize("connection", [Connection(), None], ids=["uvicorn", "others"])
async def test_hints_and_what_test_clients_add_end_nothing(seen: Changes, connection: Connection | None) -> None:
    async def app(scope: Message, receive: object, send: object) -> None:
        await send({"type": "http.response.early_hint", "links": []})
        await send({"type": "http.response.debug", "info": {}})
        assert seen.delta("http_requests_in_progress") == 1
        await send({"type": "http.response.start", "status": 201})
        await send({"type": "http.response.body", "body": b"four"})
        assert seen.delta(TOTAL, status_code="201") == 1

    await ask(PrometheusMiddleware(app), connection=connection)
    assert seen.delta(TOTAL) == seen.delta(TOTAL, status_code="201") == 1
    assert seen.delta("http_response_body_bytes_total") == 4


async def test_what_is_counted_the_short_way_is_counted_as_the_long_way_does(seen: Changes) -> None:
    inner = APIRouter()
    inner.add_api_route("/item/{number}", lambda number: number)
    app = make_app()
    app.include_router(inner, prefix="/one")
    app.include_router(inner, prefix="/two")
    paths = ("/text", "/stream", "/one/item/1", "/two/item/1", "/nowhere")
    for connection in (None, Connection()):
        before = Changes()
        for path in paths * 3:
            await ask(app, path, connection=connection)
        counted = {path: before.delta(TOTAL, endpoint=path) for path in (*paths[:2], "unmatched")}
        counted |= {path: before.delta(TOTAL, endpoint=f"/{path}/item/{{number}}") for path in ("one", "two")}
        assert set(counted.values()) == {3}, (connection, counted)
        assert before.delta(TOTAL) == 15
        assert before.delta("http_response_body_bytes_total") == 3 * (10 + 15 + 3 + 3 + 22)
        assert before.delta("http_request_duration_seconds_count") == 12
    assert not seen.changed("http_requests_in_progress")


async def test_a_file_handed_to_the_server_ends_the_response(seen: Changes) -> None:
    async def app(scope: Message, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.pathsend", "path": "/dev/null"})
        assert seen.delta(TOTAL, status_code="200") == 1

    await ask(PrometheusMiddleware(app))


async def test_sizes_of_concurrent_requests_are_not_mixed(seen: Changes) -> None:
    app = make_app()
    await asyncio.gather(ask(app, "/stream"), ask(app, "/text", scope={"headers": [(b"content-length", b"1234")]}))
    assert seen.delta("http_response_body_bytes_total", endpoint="/stream") == 15
    assert seen.delta("http_response_body_bytes_total", endpoint="/text") == 10


def test_bytes_of_a_request_body_count_as_received(site: Site, seen: Changes) -> None:
    site.get("/echo", method="POST", body=b"x" * 100_000)
    assert seen.delta("http_request_body_bytes_total", endpoint="/echo") == 100_000


def test_answers_without_body_count_once_and_with_no_bytes(site: Site, seen: Changes) -> None:
    assert site.get("/nothing")[0] == 204
    assert seen.delta(TOTAL, endpoint="/nothing", status_code="204") == 1
    assert seen.delta("http_response_body_bytes_total", endpoint="/nothing") == 0
    assert site.get("/text", method="HEAD")[2] == b""
    assert seen.delta(TOTAL, endpoint="/text", method="HEAD", status_code="200") == 1
    assert seen.delta("http_response_body_bytes_total", endpoint="/text") == 0


def test_a_step_of_the_wall_clock_does_not_touch_durations(
    site: Site, seen: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 0.0)
    site.get("/stream")
    assert 0.3 <= seen.delta(SUM, endpoint="/stream") < 1


async def test_an_app_that_stops_halfway_is_an_error(seen: Changes) -> None:
    async def app(scope: Message, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    await ask(PrometheusMiddleware(app))
    assert seen.delta("application_errors_total", error_type="IncompleteResponse", severity="error") == 1
    assert nothing_in_progress()
