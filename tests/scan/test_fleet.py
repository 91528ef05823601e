"""The work of an engine that died on another machine is done by the others."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from board_server import BoardServer
from iam_job_scout.db import Database, open_database
from iam_job_scout.scan import control, fleet, pulse, runs
from iam_job_scout.scan.engine import Engine
from iam_job_scout.settings import Settings

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def test_who_has_not_signed_for_long_is_silent(database: Database) -> None:
    with database.writing() as session:
        fleet.sign(session, "one-0", NOW)
        fleet.sign(session, "two-0", NOW - fleet.SILENT_FOR - timedelta(seconds=1))
    with database.writing() as session:
        assert fleet.silent(session, NOW) == ["two-0"]
        fleet.forget(session, "two-0", NOW)
        fleet.forget(session, "one-0", NOW)
    with database.reading() as session:
        assert fleet.silent(session, NOW + timedelta(days=1)) == ["one-0"]


def test_a_scan_of_a_machine_that_never_returns_is_finished_by_another(
    upstream: BoardServer,
    scanning: Callable[..., Settings],
    postgresql_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fleet, "SILENT_FOR", timedelta(seconds=2))
    monkeypatch.setattr(pulse, "FLEET_SECONDS", 0.5)
    tokens = [f"board{number}" for number in range(150)]
    for token in tokens:
        upstream.add(token, "IAM Engineer")
    settings = scanning(*tokens).model_copy(update={"database_url": SecretStr(postgresql_url)})
    scan_id = die_in_the_middle(settings, upstream)
    elsewhere = settings.model_copy(update={"data_dir": tmp_path / "another machine"})
    database = open_database(elsewhere)
    engine = Engine(elsewhere, database)
    engine.start(scheduled=False)
    deadline = time.monotonic() + 30
    try:
        while True:
            with database.reading() as session:
                summary = runs.summarise(session, scan_id)
            assert summary is not None
            if summary.finished and not any(engine.queue_depth().values()):
                break
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        engine.stop()
        database.close()
    assert (summary.sources["greenhouse"].done, runs.totals(summary)["fetched"]) == (150, 150)


def die_in_the_middle(settings: Settings, upstream: BoardServer) -> str:
    """Has a worker of its own begin a scan and kills it; returns the scan."""
    environment = os.environ | {
        "SCOUT_DATA_DIR": str(settings.data_dir),
        "SCOUT_DATABASE_URL": settings.database_url.get_secret_value(),
        "SCOUT_BOARDS": str(settings.boards),
        "SCOUT_UPSTREAM": settings.upstream,
        "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
    }
    worker = subprocess.Popen(
        [sys.executable, "-m", "iam_job_scout", "worker"], env=environment, stderr=subprocess.PIPE
    )
    assert worker.stderr is not None
    while b"scanning" not in worker.stderr.readline():
        assert worker.poll() is None
    database = open_database(settings)
    try:
        control.cancel_all(database, now=datetime.now(UTC))
        upstream.requests.clear()
        scan_id = control.run_now(settings, database, "greenhouse")
        while len(upstream.requests) < 20:
            time.sleep(0.01)
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
        with database.reading() as session:
            assert scan_id in runs.unfinished_scans(session)
        return scan_id
    finally:
        database.close()
