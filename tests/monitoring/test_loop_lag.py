"""The event loop's delay, and the route that caused it."""

import threading
import time
from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request
from starlette.middleware.base import BaseHTTPMiddleware

from iam_job_scout.monitoring import setup_monitoring
from iam_job_scout.monitoring.testing import Changes

from .conftest import Site, eventually, serving

BLOCKED = "event_loop_blocked_seconds_total"


@pytest.fixture(scope="module", params=["plain", "behind another middleware"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    app = FastAPI()

    @app.get("/heavy/{number}")
    async def heavy(number: int) -> None:
        time.sleep(0.5)  # noqa: ASYNC251 - the point of it

    @app.get("/busy")
    async def busy() -> None:
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            pass

    @app.get("/light/{number}")
    async def light(number: int) -> int:
        return number

    async def passing(request: Request, call_next: object) -> object:
        return await call_next(request)

    if request.param != "plain":
        app.add_middleware(BaseHTTPMiddleware, dispatch=passing)
    setup_monitoring(app)
    with serving(app) as running:
        yield running


def blame(site: Site, path: str, endpoint: str) -> tuple[float, float, float]:
    """Seconds that the route is blamed for, that all others are, and the loop's lag, while ten requests run."""
    seen = Changes()
    others = [threading.Thread(target=site.get, args=(f"/light/{number}",)) for number in range(9)]
    for thread in others:
        thread.start()
    site.get(path)
    for thread in others:
        thread.join()
    eventually(lambda: seen.delta(BLOCKED, endpoint=endpoint))
    own = seen.delta(BLOCKED, endpoint=endpoint)
    return own, seen.delta(BLOCKED) - own, seen.delta("event_loop_lag_seconds_sum")


@pytest.mark.parametrize(("path", "endpoint"), [("/heavy/1", "/heavy/{number}"), ("/busy", "/busy")])
def test_only_the_route_that_held_the_loop_is_blamed(site: Site, path: str, endpoint: str) -> None:
    # A busy machine holds loops up too, and that is rightly counted: the quietest of a few rounds tells.
    own, others, lag = min((blame(site, path, endpoint) for _ in range(4)), key=lambda round_: round_[1])
    assert 0.4 <= own <= 0.6
    assert others < 0.1
    assert lag >= 0.4


def test_an_idle_loop_is_on_time_and_nobody_is_blamed(site: Site, seen: Changes) -> None:
    # Not the mean: when the garbage of all tests before is collected, one tick may be a second late, and rightly so.
    eventually(lambda: seen.delta("event_loop_lag_seconds_count") >= 20)
    on_time = seen.delta("event_loop_lag_seconds_bucket", le="0.05")
    assert on_time > 0.8 * seen.delta("event_loop_lag_seconds_count")
