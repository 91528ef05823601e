"""Calling the middleware, compiled or not, gives a coroutine of the app, and whatever becomes of it is counted."""

import asyncio
import gc
import inspect
import sys
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextvars import copy_context
from typing import Any

import pytest
from starlette.requests import ClientDisconnect
from uvicorn import Config

from iam_job_scout.monitoring import PrometheusMiddleware
from iam_job_scout.monitoring.testing import Changes

Message = dict[str, Any]
App = Callable[..., Any]

START = {"type": "http.response.start", "status": 200, "headers": []}
BODY = {"type": "http.response.body", "body": b"hello"}


class Server:
    """The server's side of a request, with the state that uvicorn keeps."""

    disconnected = False

    async def receive(self) -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: Message) -> None:
        await asyncio.sleep(0)


async def answers(scope: Message, receive: object, send: Callable[[Message], Awaitable[None]]) -> None:
    await send(START)
    await send(BODY)


async def answers_with_a_value(scope: Message, receive: object, send: Callable[[Message], Awaitable[None]]) -> str:
    await answers(scope, receive, send)
    return "a value"


async def says_nothing(scope: Message, receive: object, send: object) -> None: ...


async def breaks(scope: Message, receive: object, send: object) -> None:
    raise LookupError("mine")


async def breaks_midway(scope: Message, receive: object, send: Callable[[Message], Awaitable[None]]) -> None:
    await send(START)
    raise LookupError("mine")


async def breaks_afterwards(scope: Message, receive: object, send: Callable[[Message], Awaitable[None]]) -> None:
    await answers(scope, receive, send)
    raise LookupError("mine")


async def finds_the_client_gone(scope: Message, receive: object, send: object) -> None:
    raise ClientDisconnect


async def stops(scope: Message, receive: object, send: object) -> None:
    raise StopIteration("no coroutine may")


async def waits(scope: Message, receive: object, send: object) -> None:
    await asyncio.sleep(60)


async def forgives(scope: Message, receive: object, send: Callable[[Message], Awaitable[None]]) -> None:
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        await answers(scope, receive, send)


def breaks_when_called(scope: Message, receive: object, send: object) -> None:
    raise LookupError("mine")


def gives_no_awaitable(scope: Message, receive: object, send: object) -> str:
    return "not to be awaited"


class Awaited:
    """Something to await that is no coroutine, and whose iterator knows neither `throw` nor `close`."""

    def __init__(self, scope: Message, receive: object, send: Callable[[Message], Awaitable[None]]) -> None:
        self._answer = answers(scope, receive, send)

    def __await__(self) -> "Awaited":
        return self

    def __iter__(self) -> "Awaited":
        return self

    def __next__(self) -> Any:
        return self._answer.send(None)


class LongAwaited(Awaited):
    """The like, which takes its time."""

    def __init__(self, scope: Message, receive: object, send: object) -> None:
        self._answer = waits(scope, receive, send)


class Tasked:
    """Something to await that waits for a task."""

    def __init__(self, scope: Message, receive: object, send: Callable[[Message], Awaitable[None]]) -> None:
        self._task = asyncio.ensure_future(waits(scope, receive, send))

    def __await__(self) -> Generator[Any, None, None]:
        return self._task.__await__()


APPS: list[App] = [
    answers, answers_with_a_value, says_nothing, breaks, breaks_midway, breaks_afterwards, finds_the_client_gone, stops,
    waits, forgives, breaks_when_called, gives_no_awaitable, Awaited, LongAwaited, Tasked,
]  # fmt: skip
CANCELLED = {waits, forgives, LongAwaited, Tasked}


def begin(app: App, *, short: bool = True) -> Coroutine[Any, Any, object]:
    """A request has arrived, and takes the short way or the long one."""
    middleware, server = PrometheusMiddleware(app), Server()
    scope: dict[str, object] = {"type": "http", "method": "GET", "path": "/", "headers": [], "root_path": ""}
    return (middleware if short else middleware.measure)(scope, server.receive, server.send)  # type: ignore[return-value]


async def run(app: App, *, short: bool) -> object:
    """What comes of a request: what is returned or raised."""
    task = asyncio.create_task(begin(app, short=short))
    if app in CANCELLED:
        await asyncio.sleep(0.01)
        task.cancel()
    try:
        return await task
    except (Exception, asyncio.CancelledError) as error:
        return type(error), str(error)


def counted(seen: Changes) -> dict[object, float]:
    """What of the requests was counted, their durations aside."""
    return {
        (name, labels): change
        for (name, labels), change in seen.all().items()
        if name.startswith(("http_", "application_errors")) and not name.endswith(("_sum", "_bucket", "_created"))
    }


@pytest.mark.anyio
@pytest.mark.parametrize("app", APPS, ids=lambda app: app.__name__)
async def test_both_ways_end_alike(app: App) -> None:
    outcomes = []
    for short in (True, False):
        seen = Changes()
        outcomes.append((await run(app, short=short), counted(seen)))
    (result, counts), long_way = outcomes
    assert (result, counts) == long_way
    assert sum(change for (name, _), change in counts.items() if name == "http_requests_total") == 1
    assert not [name for name, _ in counts if name == "http_requests_in_progress"]


def closed(coroutine: Coroutine[Any, Any, object]) -> None:
    coroutine.close()
    coroutine.close()


def dropped(coroutine: Coroutine[Any, Any, object]) -> None:
    """Nobody has it any more when this returns."""


@pytest.mark.parametrize("end", [closed, dropped])
@pytest.mark.parametrize("short", [True, False])
def test_a_request_that_is_given_up_is_cancelled(end: Callable[[Any], None], short: bool) -> None:
    async def yields(scope: Message, receive: object, send: object) -> None:
        await asyncio.sleep(0)

    seen = Changes()
    coroutine = begin(yields, short=short)
    copy_context().run(coroutine.send, None)
    end(coroutine)
    del coroutine
    gc.collect()
    assert seen.delta("http_requests_total", status_code="cancelled") == 1
    assert seen.delta("http_requests_in_progress") == 0


def test_what_was_thrown_before_the_start_comes_back() -> None:
    for short in (True, False):
        coroutine = begin(answers, short=short)
        with pytest.raises(LookupError, match="thrown"):
            coroutine.throw(LookupError("thrown"))


def test_what_has_ended_cannot_be_awaited_again() -> None:
    for short in (True, False):
        coroutine = begin(says_nothing, short=short)
        with pytest.raises(StopIteration):
            copy_context().run(coroutine.send, None)
        with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
            coroutine.send(None)
        coroutine.close()


def test_what_is_no_request_at_all_is_a_type_error() -> None:
    for arguments in ((), ({"type": "http"},)):
        with pytest.raises(TypeError):
            PrometheusMiddleware(answers)(*arguments)


def test_servers_see_a_coroutine_function() -> None:
    config = Config(PrometheusMiddleware(answers), log_level="critical")
    config.load()
    assert config.interface == "asgi3"
    coroutine = begin(answers)
    assert asyncio.iscoroutine(coroutine)
    assert inspect.isawaitable(coroutine)
    coroutine.close()


def test_nothing_is_kept_of_what_has_ended() -> None:
    def rounds(count: int) -> int:
        for _ in range(count):
            for app in (says_nothing, breaks, breaks_when_called, gives_no_awaitable):
                with pytest.raises((StopIteration, LookupError, TypeError)):
                    copy_context().run(begin(app).send, None)
            begin(answers).close()
        gc.collect()
        return sys.getallocatedblocks()

    rounds(50)
    before = rounds(1)
    assert rounds(300) - before < 100
