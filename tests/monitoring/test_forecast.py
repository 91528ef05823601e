"""The forecast is within a tenth of what a crawl of every route then measures."""

import json
import subprocess
import sys

import pytest

CRAWL = """
import asyncio, json, sys, tempfile
from fastapi import APIRouter, FastAPI
from sqlalchemy import create_engine, text
from iam_job_scout.monitoring import setup_monitoring, update_all_metrics
from iam_job_scout.monitoring.exposition import Wanted, exposition
from iam_job_scout.monitoring.forecast import Expected, forecast_series
from iam_job_scout.monitoring.lifespan import expect_requests

routes, with_database = int(sys.argv[1]), int(sys.argv[2])
engine = create_engine("sqlite:///" + tempfile.mkdtemp() + "/db")
app, router = FastAPI(), APIRouter(prefix="/api")

def plain():
    return 1

def with_rows():
    with engine.connect() as connection:
        connection.execute(text("select 1 from sqlite_master"))

for number in range(routes):
    router.add_api_route(f"/r{number}/{{item}}", with_rows if number < with_database else plain)
app.include_router(router)
setup_monitoring(app, engine=engine)
app.middleware_stack = app.build_middleware_stack()
expect_requests(app, exclude=["/metrics"])
update_all_metrics()
expected = Expected(database_routes=with_database, statements=bool(with_database))
forecast = forecast_series(app, expected)

async def crawl():
    for path in [f"/api/r{number}/x" for number in range(routes)] + ["/docs", "/redoc", "/openapi.json", "/none"]:
        scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
                 "headers": [], "root_path": "", "scheme": "http", "server": ("x", 80), "http_version": "1.1",
                 "client": ("127.0.0.1", 1), "asgi": {"version": "3.0"}}
        async def receive(): return {"type": "http.request"}
        async def send(message): pass
        await app(scope, receive, send)

asyncio.run(crawl())
measured = sum(not line.startswith("#") for line in "".join(exposition(Wanted())).splitlines())
print(json.dumps([forecast.samples, measured, forecast.memory_bytes, forecast.tsdb_bytes]))
"""


@pytest.mark.parametrize(("routes", "with_database"), [(1, 0), (20, 10), (200, 50)])
def test_the_samples_of_a_crawled_app_are_as_forecast(routes: int, with_database: int) -> None:
    command = [sys.executable, "-c", CRAWL, str(routes), str(with_database)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    forecast, measured, memory, tsdb = json.loads(done.stdout)
    assert forecast == pytest.approx(measured, rel=0.1)
    assert memory >= routes * 600
    assert tsdb == pytest.approx(forecast / 15 * 15 * 86_400 * 1.5, rel=0.01)
