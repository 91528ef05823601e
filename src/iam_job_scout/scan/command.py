"""What `scout scan` does: runs a scan, here or in the process that scans already, and shows it live."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec
from dbos import DBOSClient
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.errors import EngineBusy, ScoutError
from iam_job_scout.scan import runs
from iam_job_scout.scan.engine import Engine, enqueue_elsewhere, queue_client, work_is_queued
from iam_job_scout.scan.runs import ScanSummary
from iam_job_scout.settings import Settings
from iam_job_scout.sources.boards import load_boards

#: How often the progress is read and drawn, in seconds.
REFRESH = 0.2
#: At most this many failed boards are listed below the table; the rest is counted.
MAX_PROBLEMS = 12


def scan_now(settings: Settings, sources: Sequence[str], *, quiet: bool) -> ScanSummary:
    """Scans all boards of the given sources (none: all) and returns the sums; shows progress unless `quiet`."""
    load_boards(settings.boards)
    database = open_database(settings)
    try:
        upgrade(database)
        with _scanning(settings, database, sources) as scan_id, queue_client(settings) as client:
            return _follow(database, client, scan_id, Console(stderr=True, quiet=quiet))
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
def _scanning(settings: Settings, database: Database, sources: Sequence[str]) -> Iterator[str]:
    engine = Engine(settings, database)
    try:
        engine.start()
    except EngineBusy:
        yield _running(database) or enqueue_elsewhere(settings, trigger="command", sources=sources)
        return
    try:
        yield _running(database) or engine.enqueue_scan(trigger="command", sources=sources)
    finally:
        engine.stop()


def _running(database: Database) -> str | None:
    with database.reading() as session:
        return runs.unfinished_scan(session)


def _follow(database: Database, client: DBOSClient, scan_id: str, console: Console) -> ScanSummary:
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            # Asked before the receipts are read: a scan ends before its last workflow does.
            queued = work_is_queued(client)
            with database.reading() as session:
                summary = runs.summarise(session, scan_id)
            if summary is not None and summary.finished:
                return summary
            if not queued:
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
