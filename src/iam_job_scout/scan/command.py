"""What `scout scan` does: runs a scan, here or in the process that scans already, and shows it live."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import msgspec
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.errors import EngineBusy, ScoutError
from iam_job_scout.scan import control, runs, schedule
from iam_job_scout.scan.engine import Engine
from iam_job_scout.scan.runs import ScanSummary
from iam_job_scout.scan.slots import slot_is_free
from iam_job_scout.settings import Settings
from iam_job_scout.sources.boards import all_boards

#: How often the progress is read and drawn, in seconds.
REFRESH = 0.2
#: At most this many failed boards are listed below the table; the rest is counted.
MAX_PROBLEMS = 12


def scan_now(settings: Settings, sources: Sequence[str], *, quiet: bool) -> ScanSummary:
    """Scans all boards of the given sources (none: all) and returns the sums; shows progress unless `quiet`."""
    all_boards(settings)
    database = open_database(settings)
    try:
        upgrade(database)
        scan_id = _choose(settings, database, sources)
        with _scanning(settings, database) as works:
            return _follow(database, works, scan_id, Console(stderr=True, quiet=quiet))
    finally:
        database.close()


def print_summary(summary: ScanSummary, *, as_json: bool) -> None:
    """Prints a table per source, or the same as one JSON object, to standard output."""
    if as_json:
        sources = {name: msgspec.structs.asdict(source) for name, source in summary.sources.items()}
        print(json.dumps({"sources": sources, "totals": runs.totals(summary)}))  # noqa: T201
        return
    console = Console()
    console.print(_table(summary))
    for source, token, error in summary.problems[:MAX_PROBLEMS]:
        console.print(Text(f"{source}/{token}: {error}", style="yellow"))
    if len(summary.problems) > MAX_PROBLEMS:
        console.print(f"and {len(summary.problems) - MAX_PROBLEMS} more; the Sources page lists all of them.")


@contextmanager
def _scanning(settings: Settings, database: Database) -> Iterator[Callable[[str], bool]]:
    """Has an engine run in this process or another; yields a function that tells whether one still works on a scan."""
    engine = Engine(settings, database)
    try:
        engine.start(scheduled=False)
    except EngineBusy:
        yield lambda _scan_id: not slot_is_free(settings.data_dir)
        return
    try:
        yield engine.works_on
    finally:
        engine.stop()


def _choose(settings: Settings, database: Database, sources: Sequence[str]) -> str:
    """Goes on with an unfinished scan of just these sources, or begins one."""
    with database.reading() as session:
        paused = schedule.paused_sources(session)
        wanted = set(sources) or {board.source for board in all_boards(settings)} - paused.keys()
        unfinished = runs.unfinished_scan_of(session, wanted)
    return unfinished or control.open_scan(settings, database, sources, trigger="command")


def _follow(database: Database, works: Callable[[str], bool], scan_id: str, console: Console) -> ScanSummary:
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            # Asked before the receipts are read: a scan ends before its last workflow does.
            worked_on = works(scan_id)
            with database.reading() as session:
                summary = runs.summarise(session, scan_id)
            if summary is not None and summary.finished:
                return summary
            if not worked_on:
                raise ScoutError("the scan stopped before its end; the log says why, and the next one goes on with it")
            if summary is not None:
                live.update(_progress(summary), refresh=True)
            time.sleep(REFRESH)


def _progress(summary: ScanSummary) -> Table:
    table = Table("Source", "Boards", "", "Fetched", "New", "Errors", box=None)
    for name, source in summary.sources.items():
        filled = round(24 * source.done / source.boards) if source.boards else 24
        bar = Text("━" * filled, style="blue") + Text("━" * (24 - filled), style="bright_black")
        done = f"{source.done:,}/{source.boards:,}"
        table.add_row(name, done, bar, f"{source.fetched:,}", f"{source.new:,}", f"{source.errors:,}")
    return table


def _table(summary: ScanSummary) -> Table:
    columns = ("boards", *runs.COUNTS)
    table = Table("Source", box=None, show_footer=True, footer_style="bold")
    sums = runs.totals(summary) | {"boards": sum(source.boards for source in summary.sources.values())}
    table.columns[0].footer = "all"
    for name in columns:
        table.add_column(name.capitalize(), justify="right", footer=f"{sums[name]:,}")
    for name, source in summary.sources.items():
        cells = [f"{getattr(source, column):,}" for column in columns]
        table.add_row(name, *cells, style="yellow" if source.errors else None)
    return table
