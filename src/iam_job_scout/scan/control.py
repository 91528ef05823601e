"""Starting, cancelling, pausing and resuming scans, from any process: what is wanted stands in the database."""

import contextlib
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from iam_job_scout.db import Database
from iam_job_scout.db.models import Board, ScanBoard, SourceSchedule
from iam_job_scout.errors import NoBoards, SourcePaused
from iam_job_scout.posting import Board as BoardName
from iam_job_scout.scan import receipts, runs, schedule
from iam_job_scout.settings import Settings
from iam_job_scout.sources.boards import all_boards
from iam_job_scout.sources.registry import get_source, usable_source


def run_now(settings: Settings, database: Database, source: str | None = None) -> str:
    """Asks for a scan of a source, or of all that are not paused, of whichever engine runs; returns the scan's id.

    Raises what `open_scan` raises.
    """
    return open_scan(settings, database, [source] if source else [], trigger="person")


def open_scan(settings: Settings, database: Database, sources: Sequence[str], *, trigger: str) -> str:
    """Writes a scan of some sources (none: all that are not paused) into the database, where engines look for work.

    Raises SourcePaused, SourceOff, NoBoards, or ScoutError for a source that does not exist.
    """
    labels = {source: usable_source(source, settings).label for source in sources}
    now = datetime.now(UTC)
    boards, scan_id = _current_boards(settings, database, now), str(uuid.uuid4())
    listed = {board.source for board in boards}
    without_boards = next((label for source, label in labels.items() if source not in listed), None)
    if without_boards is not None:
        raise NoBoards(f"{without_boards} has no board to scan; `scout sources add URL` adds that of a careers page")
    with database.writing() as session:
        paused = schedule.paused_sources(session)
        for source in sources:
            if source in paused:
                raise SourcePaused(f"{source} is paused; `scout scan resume {source}` goes on with it")
        chosen = set(sources) or listed - paused.keys()
        wanted = [board for board in boards if board.source in chosen]
        runs.begin_scan(session, scan_id, trigger=trigger, boards=wanted, now=now)
        schedule.put_off(session, chosen, settings, now)
    return scan_id


def begin_due(settings: Settings, database: Database, now: datetime) -> str | None:
    """Writes a scan of all sources that are due into the database; returns its id, or None where none is due."""
    boards, scan_id = _current_boards(settings, database, now), str(uuid.uuid4())
    with database.writing() as session:
        due = schedule.claim_due(session, {board.source for board in boards}, settings, now)
        if not due:
            return None
        wanted = [board for board in boards if board.source in due]
        runs.begin_scan(session, scan_id, trigger="schedule", boards=wanted, now=now)
    return scan_id


def _current_boards(settings: Settings, database: Database, now: datetime) -> list[BoardName]:
    """The boards to scan now, all of them in the database and their sources with a schedule."""
    boards = all_boards(settings)
    for _ in range(2):
        # The error is another process of the fleet that added them in this moment; the second time they are there.
        with contextlib.suppress(IntegrityError), database.writing() as session:
            runs.keep_boards(session, boards)
            schedule.add_missing(session, {board.source for board in boards}, now)
            break
    return boards


def cancel(database: Database, scan_id: str, *, now: datetime, source: str | None = None) -> int:
    """Ends a scan, or its part of one source: boards without a receipt get one that says so. Returns how many.

    What is being fetched just now is not stored any more; what is stored stays.
    """
    mine = [ScanBoard.scan_id == scan_id, ScanBoard.finished_at.is_(None)]
    if source is not None:
        mine.append(ScanBoard.board_id.in_(select(Board.id).where(Board.source == source)))
    with database.writing() as session:
        cancelled = session.connection().execute(
            update(ScanBoard).where(*mine).values(finished_at=now, cancelled=True, **receipts.NOTHING)
        )
        runs.finish_scan(session, scan_id, now)
        return cancelled.rowcount


def cancel_all(database: Database, *, now: datetime, source: str | None = None) -> int:
    """Ends all scans that go on, or their parts of one source; returns how many boards will not be asked."""
    with database.reading() as session:
        going = runs.unfinished_scans(session)
    return sum(cancel(database, scan_id, now=now, source=source) for scan_id in going)


def pause(database: Database, source: str, *, now: datetime) -> None:
    """Stops asking a source until it is resumed, and cancels what is under way.

    Raises ScoutError for a source that does not exist.
    """
    get_source(source)
    with database.writing() as session:
        schedule.add_missing(session, [source], now)
        session.flush()
        mine = (SourceSchedule.source == source, SourceSchedule.paused_at.is_(None))
        session.execute(update(SourceSchedule).where(*mine).values(paused_at=now))
    cancel_all(database, now=now, source=source)


def resume(database: Database, source: str, *, now: datetime) -> None:
    """Goes on asking a source, at once. Raises ScoutError for one that does not exist."""
    get_source(source)
    with database.writing() as session:
        mine = (SourceSchedule.source == source, SourceSchedule.paused_at.is_not(None))
        session.execute(update(SourceSchedule).where(*mine).values(paused_at=None, next_at=now))
