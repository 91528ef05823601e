"""The engine by itself: its schedule, what it does at a start, and what it resumes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from board_server import BoardServer
from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.db.models import Scan, SourceSchedule
from iam_job_scout.errors import EngineBusy
from iam_job_scout.posting import Board
from iam_job_scout.scan import control, pulse, runs
from iam_job_scout.scan.engine import Engine
from iam_job_scout.settings import Settings

Scanning = Callable[..., Settings]


@contextmanager
def running(settings: Settings, *, scheduled: bool = True) -> Iterator[tuple[Engine, Database]]:
    database = open_database(settings)
    upgrade(database)
    engine = Engine(settings, database)
    engine.start(scheduled=scheduled)
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


def test_each_source_is_scanned_when_it_is_due_and_not_before(
    upstream: BoardServer, scanning: Scanning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "SCHEDULE_SECONDS", 0.1)
    monkeypatch.setattr(pulse, "WORK_SECONDS", 0.1)
    upstream.add("acme", "IAM Engineer")
    with running(scanning("acme")) as (_, database):
        assert [scan.trigger for scan in wait_for_scans(database, 1)] == ["schedule"]
        time.sleep(0.5)
        assert len(finished_scans(database)) == 1
        with database.writing() as session:
            session.get_one(SourceSchedule, "greenhouse").next_at = datetime.now(UTC)
        assert [scan.trigger for scan in wait_for_scans(database, 2)] == ["schedule", "schedule"]


def test_what_a_person_asks_for_elsewhere_is_done_here(upstream: BoardServer, scanning: Scanning) -> None:
    upstream.add("acme", "IAM Engineer")
    settings = scanning("acme")
    with running(settings, scheduled=False) as (_, database):
        asked = control.run_now(settings, database, "greenhouse")
        assert [(scan.id, scan.trigger) for scan in wait_for_scans(database, 1)] == [(asked, "person")]


def test_a_scan_that_the_queue_has_forgotten_is_gone_on_with(upstream: BoardServer, scanning: Scanning) -> None:
    upstream.add("acme", "IAM Engineer")
    settings = scanning("acme")
    database = open_database(settings)
    upgrade(database)
    with database.writing() as session:
        boards = [Board("greenhouse", "acme", "Acme")]
        runs.keep_boards(session, boards)
        runs.begin_scan(session, "forgotten", trigger="schedule", boards=boards, now=datetime.now(UTC))
    database.close()
    with running(settings, scheduled=False) as (_, reopened):
        assert [scan.id for scan in wait_for_scans(reopened, 1)] == ["forgotten"]


def test_a_second_engine_of_a_data_directory_is_refused(scanning: Scanning, upstream: BoardServer) -> None:
    settings = scanning("acme")
    with running(settings) as (_, database), pytest.raises(EngineBusy):
        Engine(settings, database).start()
