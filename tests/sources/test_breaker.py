"""A host that fails again and again is left alone, and probed."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from aiohttp import web

from iam_job_scout.errors import BadPayload, BoardNotFound, CircuitOpen, FetchError, FetchTimeout, ServerFailed
from iam_job_scout.monitoring.testing import value
from iam_job_scout.sources import client as client_module
from iam_job_scout.sources.breaker import FAILURES, LONGEST_REST_SECONDS, REST_SECONDS, Breaker
from iam_job_scout.sources.client import TRIES, Api, Request, UpstreamClient

from .conftest import Upstream, WithClient

DOWN = ServerFailed("HTTP 503")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker("api.example.com", rest=REST_SECONDS, longest=LONGEST_REST_SECONDS, clock=clock)


def fail(breaker: Breaker, times: int, error: FetchError = DOWN) -> None:
    for _ in range(times):
        breaker.ask()
        breaker.failed(error)


def test_it_opens_after_many_failures_in_a_row_and_says_why(breaker: Breaker) -> None:
    fail(breaker, FAILURES - 1)
    assert not breaker.open
    fail(breaker, 1)
    with pytest.raises(CircuitOpen, match=r"api\.example\.com is left alone for 60 s more; last: HTTP 503"):
        breaker.ask()


def test_one_success_starts_the_count_again(breaker: Breaker) -> None:
    fail(breaker, FAILURES - 1)
    breaker.succeeded()
    fail(breaker, FAILURES - 1)
    assert not breaker.open


@pytest.mark.parametrize("error", [BoardNotFound("404"), BadPayload("HTML")])
def test_what_does_not_speak_against_the_host_counts_as_an_answer(error: FetchError, breaker: Breaker) -> None:
    fail(breaker, FAILURES - 1)
    breaker.failed(error)
    fail(breaker, FAILURES - 1)
    assert not breaker.open


def test_after_its_rest_one_probe_goes_out(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, FAILURES)
    clock.now += REST_SECONDS
    breaker.ask()
    with pytest.raises(CircuitOpen):
        breaker.ask()
    breaker.succeeded()
    breaker.ask()
    assert not breaker.open


def test_each_failed_probe_doubles_the_rest_up_to_the_longest(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, FAILURES)
    rests = []
    for _ in range(8):
        start = clock.now
        while True:
            try:
                breaker.ask()
                break
            except CircuitOpen:
                clock.now += 1
        rests.append(clock.now - start)
        breaker.failed(FetchTimeout("late"))
    assert rests == [60, 120, 240, 480, 900, 900, 900, 900]
    assert LONGEST_REST_SECONDS == 900


def test_calls_under_way_do_not_prolong_the_rest(breaker: Breaker, clock: Clock) -> None:
    for _ in range(FAILURES + 20):
        breaker.ask() if not breaker.open else None
        breaker.failed(DOWN)
    clock.now += REST_SECONDS
    breaker.ask()


def test_a_probe_that_never_returns_does_not_close_the_way_for_ever(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, FAILURES)
    clock.now += REST_SECONDS
    breaker.ask()
    clock.now += REST_SECONDS
    breaker.ask()


ANY: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


def call(host: str = "api.example.com") -> Callable[[UpstreamClient], Any]:
    request = Request(api=Api("breakertest", per_second=1000, concurrency=10), endpoint="/", url=f"https://{host}/")

    async def use(client: UpstreamClient) -> Any:
        return (await client.get_json(request, ANY)).value

    return use


async def outcomes(client: UpstreamClient, count: int) -> list[str]:
    found = []
    for _ in range(count):
        try:
            await call()(client)
            found.append("ok")
        except FetchError as error:
            found.append(error.error_type)
    return found


def test_the_client_stops_asking_a_host_that_is_down_and_the_metrics_show_it(
    upstream: Upstream, with_client: WithClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "LOOPBACK_REST_SECONDS", 0.5)

    async def answer(request: web.Request) -> web.Response:
        healthy = len(upstream.requests) > FAILURES * TRIES or "other" in request.path
        return web.json_response("fine") if healthy else web.Response(status=503)

    upstream.answer = answer

    async def use(client: UpstreamClient) -> None:
        assert await outcomes(client, FAILURES + 3) == ["server_error"] * FAILURES + ["circuit_open"] * 3
        assert len(upstream.requests) == FAILURES * TRIES
        assert value("external_api_circuit_open", api_name="breakertest") == 1
        assert await call("other.example.com")(client) == "fine"
        await asyncio.sleep(0.5)
        assert await outcomes(client, 2) == ["ok", "ok"]
        assert value("external_api_circuit_open", api_name="breakertest") == 0

    with_client(use)
