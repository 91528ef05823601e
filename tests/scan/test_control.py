"""Cancelling, pausing and resuming: what a person wants stands in the database, for whichever process scans."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from iam_job_scout.db import Database
from iam_job_scout.db.models import ScanBoard, SourceSchedule
from iam_job_scout.errors import NoBoards, ScoutError, SourcePaused
from iam_job_scout.scan import control, progress, runs
from iam_job_scout.settings import Settings

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
def boards(tmp_path: Path, settings: Settings) -> Settings:
    rows = ("greenhouse,acme,Acme", "greenhouse,bolt,Bolt", "lever,core,Core")
    (tmp_path / "boards.csv").write_text("\n".join(["ats,token,company", *rows]))
    return settings.model_copy(update={"boards": tmp_path / "boards.csv"})


def test_a_cancelled_scan_is_over_and_its_boards_say_so(boards: Settings, database: Database) -> None:
    scan_id = control.open_scan(boards, database, ["greenhouse"], trigger="person")
    assert control.cancel(database, scan_id, now=NOW) == 2
    with database.reading() as session:
        summary = runs.summarise(session, scan_id)
        assert progress.current(session) == []
        assert set(session.scalars(select(ScanBoard.cancelled))) == {True}
    assert summary is not None
    assert summary.finished
    assert (summary.sources["greenhouse"].cancelled, summary.sources["greenhouse"].errors) == (2, 0)
    assert summary.sources["greenhouse"].status == "partial"


def test_one_source_of_a_scan_can_be_cancelled_alone(boards: Settings, database: Database) -> None:
    control.open_scan(boards, database, ["greenhouse", "lever"], trigger="person")
    assert control.cancel_all(database, now=NOW, source="lever") == 1
    with database.reading() as session:
        [going] = progress.current(session)
    assert (going.boards, going.done) == (3, 1)


def test_a_paused_source_is_not_asked_until_it_is_resumed(boards: Settings, database: Database) -> None:
    control.open_scan(boards, database, ["lever"], trigger="person")
    control.pause(database, "lever", now=NOW)
    with database.reading() as session:
        assert progress.current(session) == []
    later = datetime.now(UTC) + timedelta(days=1)
    control.begin_due(boards, database, later)
    with database.reading() as session:
        [going] = progress.current(session)
    assert "lever" not in going.sources
    control.cancel_all(database, now=NOW)
    with pytest.raises(SourcePaused, match="scout scan resume lever"):
        control.run_now(boards, database, "lever")
    control.resume(database, "lever", now=later)
    control.begin_due(boards, database, later)
    with database.reading() as session:
        assert [list(scan.sources) for scan in progress.current(session)] == [["lever"]]


def test_a_source_without_boards_is_not_scanned_and_the_message_says_what_to_do(
    boards: Settings, database: Database
) -> None:
    with pytest.raises(NoBoards, match="Ashby has no board to scan; `scout sources add URL`"):
        control.open_scan(boards, database, ["lever", "ashby"], trigger="command")
    with database.reading() as session:
        assert progress.current(session) == []


def test_pausing_twice_keeps_the_first_time(boards: Settings, database: Database) -> None:
    for hours in (0, 5):
        control.pause(database, "lever", now=NOW + timedelta(hours=hours))
    with database.reading() as session:
        assert session.get_one(SourceSchedule, "lever").paused_at == NOW


def test_a_source_that_does_not_exist_is_named(boards: Settings, database: Database) -> None:
    for act in (control.pause, control.resume):
        with pytest.raises(ScoutError, match="nonsense"):
            act(database, "nonsense", now=NOW)


def test_a_source_that_is_being_scanned_is_not_begun_again(boards: Settings, database: Database) -> None:
    assert control.begin_due(boards, database, NOW) is not None
    assert control.begin_due(boards, database, NOW + timedelta(days=2)) is None
