"""How many samples the app exposes and what they cost: forecast from its routes, then measured by a crawl.

    python benchmarks/series.py [--processes N]

Every route is asked once on a scratch database with the sample jobs in it, then the exposition is counted and timed.
"""

import argparse
import re
import tempfile
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.table import Table
from starlette.testclient import TestClient

from iam_job_scout.db import open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.main import create_app
from iam_job_scout.monitoring.exposition import Wanted, exposition
from iam_job_scout.monitoring.forecast import Expected, Forecast, forecast_series
from iam_job_scout.monitoring.routes import known_requests
from iam_job_scout.scan.samples import load_samples
from iam_job_scout.settings import Settings

HOME = "http://127.0.0.1:5000"
#: Routes of the app whose answers need the database, and the pairs of operation and table that they and the samplers
#: make. Counted once from a crawl; they grow with the app.
DATABASE_ROUTES, STATEMENTS = 12, 14


def measure(directory: Path, processes: int) -> tuple[Forecast, int, float]:
    """Returns the forecast, the samples of a real scrape after a crawl, and the seconds that the scrape took."""
    settings = Settings(data_dir=directory, _env_file=None)  # type: ignore[call-arg]
    database = open_database(settings)
    upgrade(database)
    load_samples(database)
    app = create_app(settings, database=database)
    with TestClient(app, base_url=HOME, client=("127.0.0.1", 50000)) as client:
        expected = Expected(database_routes=DATABASE_ROUTES, statements=STATEMENTS)
        forecast = forecast_series(app, expected, processes=processes)
        for method, endpoint in sorted({(method, endpoint) for method, endpoint, _ in known_requests(app)}):
            client.request(method, re.sub(r"{[^}]*}", "1", endpoint))
        client.get("/nowhere")
        "".join(exposition(Wanted()))
        started = perf_counter()
        lines = "".join(exposition(Wanted())).splitlines()
        seconds = perf_counter() - started
    database.close()
    return forecast, sum(not line.startswith("#") for line in lines), seconds


def main() -> None:
    """Prints the forecast beside what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=1, help="how many such processes one Prometheus scrapes")
    processes = parser.parse_args().processes
    with tempfile.TemporaryDirectory() as directory:
        forecast, samples, seconds = measure(Path(directory), processes)
    table = Table("", "forecast", "measured", box=None)
    table.add_row("samples of one process", f"{forecast.samples:,}", f"{samples:,}")
    table.add_row("time of a scrape", f"{forecast.scrape_seconds * 1e3:.1f} ms", f"{seconds * 1e3:.1f} ms")
    table.add_row("memory of the label sets", f"{forecast.memory_bytes / 1e3:,.0f} kB", "–")
    table.add_row(f"15 days in Prometheus, {processes} processes", f"{forecast.tsdb_bytes / 1e6:,.0f} MB", "–")
    Console().print(table)


if __name__ == "__main__":
    main()
