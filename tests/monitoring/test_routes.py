"""Traps 1 to 10, 12, 43: the endpoint label is the full template of what answered, and bounded."""

import random
import string
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, HTTPException
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from iam_job_scout.monitoring import PrometheusMiddleware
from iam_job_scout.monitoring.routes import endpoint_label, known_requests
from iam_job_scout.monitoring.testing import Changes

from .conftest import ask, serving

pytestmark = pytest.mark.anyio

TOTAL = "http_requests_total"


def make_app(directory: Path) -> FastAPI:
    app = FastAPI()
    router, outer, mounted = APIRouter(prefix="/r"), APIRouter(prefix="/outer/{realm}"), FastAPI()

    @app.get("/ok/{number}")
    async def ok(number: int) -> int:
        return number

    @router.get("/items/{number}")
    async def item(number: int) -> int:
        return number

    @mounted.get("/thing/{number}")
    async def thing(number: int) -> int:
        return number

    async def plain(request: Request) -> PlainTextResponse:
        return PlainTextResponse("plain")

    router.add_route("/plain/{name}", plain)
    app.add_route("/one/{name}", plain)
    app.add_route("/two/{name}", plain)
    outer.include_router(router)
    app.include_router(router)
    app.include_router(router, prefix="/v1")
    app.include_router(outer)
    mounted.add_middleware(PrometheusMiddleware)
    app.mount("/sub", mounted)
    app.mount("/tenants/{tenant}", mounted)
    app.mount("/static", StaticFiles(directory=directory))
    app.add_middleware(PrometheusMiddleware)
    return app


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    (tmp_path / "a.txt").write_text("hello")
    return make_app(tmp_path)


@pytest.mark.parametrize(
    ("path", "endpoint", "status"),
    [
        ("/ok/1", "/ok/{number}", "200"),
        ("/ok/x", "/ok/{number}", "422"),
        ("/r/items/1", "/r/items/{number}", "200"),
        ("/v1/r/items/1", "/v1/r/items/{number}", "200"),
        ("/outer/a/r/items/1", "/outer/{realm}/r/items/{number}", "200"),
        ("/plain/x", "/plain/{name}", "200"),
        ("/v1/plain/x", "/v1/plain/{name}", "200"),
        ("/one/x", "/one/{name}", "200"),
        ("/two/x", "/two/{name}", "200"),
        ("/sub/thing/1", "/sub/thing/{number}", "200"),
        ("/tenants/acme/thing/1", "/tenants/{tenant}/thing/{number}", "200"),
        ("/sub/nope", "unmatched", "404"),
        ("/static/a.txt", "/static", "200"),
        ("/static/nope", "/static", "404"),
        ("/openapi.json", "/openapi.json", "200"),
        ("/nope", "unmatched", "404"),
        ("/ok/1/", "unmatched", "307"),
    ],
)
async def test_each_path_counts_once_under_its_full_template(
    app: FastAPI, seen: Changes, path: str, endpoint: str, status: str
) -> None:
    await ask(app, path)
    assert seen.changed(TOTAL) == {(("endpoint", endpoint), ("method", "GET"), ("status_code", status)): 1}


async def test_paths_of_one_route_share_one_series(app: FastAPI, seen: Changes) -> None:
    await ask(app, "/ok/1")
    await ask(app, "/ok/2")
    assert seen.delta(TOTAL, endpoint="/ok/{number}", status_code="200") == 2


async def test_plain_routes_with_the_same_endpoint_keep_their_own_templates(app: FastAPI, seen: Changes) -> None:
    for path in ("/one/x", "/two/x", "/one/y", "/plain/z"):
        await ask(app, path)
    counted = {name: seen.delta(TOTAL, endpoint=name) for name in ("/one/{name}", "/two/{name}", "/plain/{name}")}
    assert counted == {"/one/{name}": 2, "/two/{name}": 1, "/plain/{name}": 1}


async def test_a_thousand_unknown_paths_are_one_series_and_none_is_dropped(app: FastAPI, seen: Changes) -> None:
    chance = random.Random(6)
    for _ in range(1_000):
        await ask(app, "/" + "".join(chance.choices(string.ascii_lowercase, k=12)))
    assert seen.changed(TOTAL) == {(("endpoint", "unmatched"), ("method", "GET"), ("status_code", "404")): 1_000}


async def test_a_thousand_unknown_methods_are_one_series(app: FastAPI, seen: Changes) -> None:
    for number in range(1_000):
        await ask(app, "/ok/1", method=f"FOO{number}")
    assert seen.changed(TOTAL) == {(("endpoint", "/ok/{number}"), ("method", "OTHER"), ("status_code", "405")): 1_000}


async def test_a_wrong_method_keeps_the_template(app: FastAPI, seen: Changes) -> None:
    await ask(app, "/ok/1", method="POST")
    await ask(app, "/v1/r/items/1", method="DELETE")
    assert seen.delta(TOTAL, endpoint="/ok/{number}", method="POST", status_code="405") == 1
    assert seen.delta(TOTAL, endpoint="/v1/r/items/{number}", method="DELETE", status_code="405") == 1


@pytest.mark.parametrize("code", [418, HTTPStatus.NOT_FOUND])
async def test_the_status_is_the_number_that_the_client_received(seen: Changes, code: int) -> None:
    app = FastAPI()

    @app.get("/teapot")
    async def teapot() -> None:
        raise HTTPException(code)

    app.add_middleware(PrometheusMiddleware)
    await ask(app, "/teapot")
    assert seen.delta(TOTAL, endpoint="/teapot", status_code=str(int(code))) == 1


async def test_an_answer_of_an_inner_middleware_counts_with_its_status(seen: Changes) -> None:
    app = FastAPI()

    @app.middleware("http")
    async def refuse(request: Request, call_next: Any) -> PlainTextResponse:
        return PlainTextResponse("no", 403)

    app.add_middleware(PrometheusMiddleware)
    await ask(app, "/anything")
    assert seen.delta(TOTAL, endpoint="unmatched", status_code="403") == 1


async def test_the_deployments_root_path_is_no_part_of_the_label(app: FastAPI, seen: Changes) -> None:
    for path in ("/ok/1", "/sub/thing/1", "/v1/r/items/1"):
        await ask(app, f"/api{path}", scope={"root_path": "/api"})
    for endpoint in ("/ok/{number}", "/sub/thing/{number}", "/v1/r/items/{number}"):
        assert seen.delta(TOTAL, endpoint=endpoint, status_code="200") == 1


def test_a_servers_root_path_is_no_part_of_the_label(app: FastAPI, seen: Changes) -> None:
    with serving(app, root_path="/api") as site:
        assert site.get("/ok/1")[0] == 200
    assert seen.delta(TOTAL, endpoint="/ok/{number}", status_code="200") == 1


async def test_a_plain_starlette_app_has_its_templates_too(tmp_path: Path, seen: Changes) -> None:
    async def show(request: Request) -> PlainTextResponse:
        return PlainTextResponse("x")

    inner = Starlette(routes=[Route("/b/{x}", show)])
    app = Starlette(routes=[Route("/a/{x}", show), Mount("/m", inner), Mount("/s", StaticFiles(directory=tmp_path))])
    app.add_middleware(PrometheusMiddleware)
    for path in ("/a/1", "/m/b/1", "/m/none", "/s/none"):
        await ask(app, path)
    assert [seen.delta(TOTAL, endpoint=name) for name in ("/a/{x}", "/m/b/{x}", "/s")] == [1, 1, 1]


def test_older_frameworks_keep_the_full_path_in_the_route_itself() -> None:
    class OldRoute:
        path_format = "/v1/r/items/{id}"
        endpoint = print

    scope = {"type": "http", "route": OldRoute, "endpoint": print, "root_path": "", "path": "/v1/r/items/1"}
    assert endpoint_label(scope) == "/v1/r/items/{id}"


def test_known_requests_name_every_route_with_its_declared_statuses(app: FastAPI) -> None:
    known = set(known_requests(app))
    assert {("GET", "/v1/r/items/{number}", "200"), ("GET", "/tenants/{tenant}/thing/{number}", "500")} <= known
