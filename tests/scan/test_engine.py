"""The engine by itself: its schedule, what it does at a start, and what it resumes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from board_server import BoardServer
from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.db.models import Scan
from iam_job_scout.errors import EngineBusy
from iam_job_scout.posting import Board
from iam_job_scout.scan import runs
from iam_job_scout.scan.engine import Engine
from iam_job_scout.settings import Settings

Scanning = Callable[..., Settings]


@contextmanager
def running(settings: Settings) -> Iterator[tuple[Engine, Database]]:
    database = open_database(settings)
    upgrade(database)
    engine = Engine(settings, database)
    engine.start()
    try:
        yield engine, database
    finally:
        engine.stop()
        database.close()


def finished_scans(database: Database) -> list[Scan]:
    with database.reading() as session:
        return list(session.scalars(select(Scan).where(Scan.finished_at.is_not(None)).order_by(Scan.started_at)))


def wait_for_scans(database: Database, count: int) -> list[Scan]:
    deadline = time.monotonic() + 30
    while len(found := finished_scans(database)) < count and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def test_the_schedule_starts_scans_by_itself(upstream: BoardServer, scanning: Scanning) -> None:
    upstream.add("acme", "IAM Engineer")
    every_two_seconds = scanning("acme").model_copy(update={"scan_schedule": "*/2 * * * * *"})
    with running(every_two_seconds) as (_, database):
        scans = wait_for_scans(database, 2)
    assert [scan.trigger for scan in scans[:2]] == ["schedule", "schedule"]


def test_a_start_scans_when_the_schedule_was_missed_and_not_otherwise(
    upstream: BoardServer, scanning: Scanning
) -> None:
    upstream.add("acme", "IAM Engineer")
    with running(scanning("acme")) as (engine, database):
        engine.scan_if_due()
        assert [scan.trigger for scan in wait_for_scans(database, 1)] == ["start"]
        engine.scan_if_due()
        assert len(finished_scans(database)) == 1
        with database.writing() as session:
            session.scalars(select(Scan)).one().started_at = datetime.now(UTC) - timedelta(hours=2)
        engine.scan_if_due()
        assert len(wait_for_scans(database, 2)) == 2


def test_a_scan_that_the_queue_has_forgotten_is_gone_on_with(upstream: BoardServer, scanning: Scanning) -> None:
    upstream.add("acme", "IAM Engineer")
    settings = scanning("acme")
    database = open_database(settings)
    upgrade(database)
    with database.writing() as session:
        boards = [Board("greenhouse", "acme", "Acme")]
        runs.begin_scan(session, "forgotten", trigger="schedule", boards=boards, now=datetime.now(UTC))
    database.close()
    with running(settings) as (_, reopened):
        assert [scan.id for scan in wait_for_scans(reopened, 1)] == ["forgotten"]


def test_a_second_engine_of_a_data_directory_is_refused(scanning: Scanning, upstream: BoardServer) -> None:
    settings = scanning("acme")
    with running(settings) as (_, database), pytest.raises(EngineBusy):
        Engine(settings, database).start()
