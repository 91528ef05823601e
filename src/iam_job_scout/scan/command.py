"""What `scout scan` does: runs a scan, here or in the process that scans already, and shows it live."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.errors import EngineBusy, ScoutError
from iam_job_scout.scan import control, runs, schedule
from iam_job_scout.scan.engine import CONCURRENCY, Engine
from iam_job_scout.scan.recording import playing, recorder
from iam_job_scout.scan.runs import ScanSummary
from iam_job_scout.scan.slots import slot_is_free
from iam_job_scout.settings import Settings
from iam_job_scout.sources.boards import all_boards

#: How long the progress stands until it is read and drawn again, in seconds, and which share that may cost.
REFRESH, SHARE, LONGEST = 0.1, 0.05, 0.5


def scan_now(
    settings: Settings,
    sources: Sequence[str],
    *,
    quiet: bool,
    record: Path | None = None,
    replay: Path | None = None,
    workers: int | None = None,
) -> ScanSummary:
    """Scans all boards of the given sources (none: all) and returns the sums; shows progress unless `quiet`.

    `record` keeps the answers of the sources in a directory, `replay` takes them from one; both need that no other
    process scans with this data directory. `workers` is how many batches are scanned at once.
    """
    with ExitStack() as stack:
        if replay is not None:
            settings = settings.model_copy(update={"upstream": stack.enter_context(playing(replay))})
        all_boards(settings)
        database = stack.enter_context(closing(open_database(settings)))
        upgrade(database)
        scan_id = _choose(settings, database, sources)
        engine = Engine(
            settings, database, workers=workers or CONCURRENCY, recorder=recorder(record) if record else None
        )
        works = stack.enter_context(_scanning(engine, settings, scan_id, alone=bool(record or replay)))
        return _follow(database, works, scan_id, Console(stderr=True, quiet=quiet))


@contextmanager
def _scanning(engine: Engine, settings: Settings, scan_id: str, *, alone: bool) -> Iterator[Callable[[], bool]]:
    """Has an engine run in this process or another; yields a function that tells whether one still works on the scan.

    An engine of this process stops once all is done that follows the scan.
    """
    try:
        engine.start(scheduled=False)
    except EngineBusy:
        if alone:
            raise
        yield lambda: not slot_is_free(settings.data_dir)
        return
    try:
        yield partial(engine.works_on, scan_id)
        engine.settle(scan_id)
    finally:
        engine.stop()


def _choose(settings: Settings, database: Database, sources: Sequence[str]) -> str:
    """Goes on with an unfinished scan of just these sources, or begins one."""
    with database.reading() as session:
        paused = schedule.paused_sources(session)
        wanted = set(sources) or {board.source for board in all_boards(settings)} - paused.keys()
        unfinished = runs.unfinished_scan_of(session, wanted)
    return unfinished or control.open_scan(settings, database, sources, trigger="command")


def _follow(database: Database, works: Callable[[], bool], scan_id: str, console: Console) -> ScanSummary:
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            # Asked before the receipts are read: a scan ends before its last workflow does.
            began, worked_on = time.thread_time(), works()
            with database.reading() as session:
                summary = runs.summarise(session, scan_id)
            if summary is not None and summary.finished:
                return summary
            if not worked_on:
                raise ScoutError("the scan stopped before its end; the log says why, and the next one goes on with it")
            if summary is not None:
                live.update(_progress(summary), refresh=True)
            time.sleep(
                REFRESH if _nearly_over(summary) else min((time.thread_time() - began) / SHARE + REFRESH, LONGEST)
            )


def _nearly_over(summary: ScanSummary | None) -> bool:
    """Whether every board has its receipt, so that the end is a moment away."""
    return summary is not None and all(source.done == source.boards for source in summary.sources.values())


def _progress(summary: ScanSummary) -> Table:
    table = Table("Source", "Boards", "", "Fetched", "New", "Errors", box=None)
    for name, source in summary.sources.items():
        filled = round(24 * source.done / source.boards) if source.boards else 24
        bar = Text("━" * filled, style="blue") + Text("━" * (24 - filled), style="bright_black")
        done = f"{source.done:,}/{source.boards:,}"
        table.add_row(name, done, bar, f"{source.fetched:,}", f"{source.new:,}", f"{source.errors:,}")
    return table
