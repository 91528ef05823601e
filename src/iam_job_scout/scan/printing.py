"""What the commands about scans print: tables for people, JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from iam_job_scout.db import Database
from iam_job_scout.scan import runs
from iam_job_scout.scan.freshness import SourceState
from iam_job_scout.scan.rejudge import Rejudged, rejudge
from iam_job_scout.scan.runs import ScanSummary
from iam_job_scout.scan.why import BoardVerdict, Verdict, find_boards, find_postings

#: At most this many failed boards are listed below the table; the rest is counted.
MAX_PROBLEMS = 12
#: As many pieces of evidence are shown of one posting.
MAX_EVIDENCE = 12
#: Columns that a table may have where no terminal sets its width, so that no figure is cut in a file or a pipe.
WIDE = 120


def print_summary(summary: ScanSummary, *, as_json: bool) -> None:
    """Prints a table per source, or the same as one JSON object, to standard output."""
    if as_json:
        sources = {name: msgspec.structs.asdict(source) for name, source in summary.sources.items()}
        print(json.dumps({"sources": sources, "totals": runs.totals(summary)}))  # noqa: T201
        return
    console = _wide_console()
    console.print(_table(summary))
    for source, token, error in summary.problems[:MAX_PROBLEMS]:
        console.print(Text(f"{source}/{token}: {error}", style="yellow"))
    if len(summary.problems) > MAX_PROBLEMS:
        console.print(f"and {len(summary.problems) - MAX_PROBLEMS} more; the Sources page lists all of them.")


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


def print_states(states: Sequence[SourceState], now: datetime) -> None:
    """Prints a line for each source: how its boards are, and when it is due."""
    table = Table("Source", "State", box=None)
    for name in ("Boards", "Fresh", "Late", "Dark", "Never asked", "Every", "Last answer", "Next"):
        table.add_column(name, justify="right")
    for state in states:
        counts = (f"{count:,}" for count in (state.boards, state.fresh, state.late, state.dark, state.unknown))
        last = f"{_span((now - state.last_success).total_seconds())} ago" if state.last_success else "never"
        due = f"in {_span((state.next_run - now).total_seconds())}" if state.next_run else ""
        table.add_row(state.label, state.state, *counts, _span(state.cadence.total_seconds()), last, due)
    _wide_console().print(table)


def _wide_console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, WIDE))


def _span(seconds: float) -> str:
    minutes = max(0, round(seconds / 60))
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"


def print_rejudged(database: Database, *, write: bool, as_json: bool) -> None:
    """Judges all stored postings again and prints those on which the rules now say something else."""
    judged, changed = 0, list[Rejudged]()
    console = Console(stderr=True, quiet=as_json)
    with console.status("judging") as status:
        for count, group in rejudge(database, write=write):
            judged += count
            changed += group
            status.update(f"judged {judged:,} postings, {len(changed):,} changed")
    if as_json:
        print(json.dumps({"judged": judged, "changed": [vars(item) for item in changed]}))  # noqa: T201
        return
    for item in changed:
        line = Text(f"{_judgement(item.old)} → {_judgement(item.new)}", style="yellow")
        Console().print(line, Text(f"  {item.title} · {item.company} ({item.source})"), soft_wrap=True, sep="")
    verb = "changed" if write else "would change"
    Console().print(f"{judged:,} postings judged again, {len(changed):,} {verb}.")


def _judgement(shown: Mapping[str, object]) -> str:
    return f"{shown['tier']} {shown['score']} ({shown['rule']})"


def print_why(database: Database, url: str, *, as_json: bool) -> bool:
    """Prints everything that is known of an address; False where nothing is."""
    with database.reading() as session:
        postings = find_postings(session, url)
        boards = [] if postings else find_boards(session, url)
        if as_json:
            print(json.dumps(_as_json(postings, boards), default=str))  # noqa: T201
            return bool(postings)
        for posting in postings:
            _print_verdict(posting)
    if postings:
        return True
    print("No listing has shown a posting with that address.")  # noqa: T201
    for board in boards:
        print(f"  {board.source}/{board.token}: {_board_words(board)}")  # noqa: T201
    return False


def _print_verdict(verdict: Verdict) -> None:
    console = Console(soft_wrap=True, highlight=False, markup=False)
    console.print(Text(f"{verdict.title} · {verdict.company}", style="bold"))
    console.print(f"  {verdict.url}  ({verdict.source}/{verdict.board}, {verdict.external_id})")
    of_job = f", job {verdict.job_id}" if verdict.job_id is not None else ""
    console.print(f"  {verdict.decision}: {verdict.rule} ({verdict.tier}, {verdict.score} points{of_job})")
    for piece in verdict.evidence[:MAX_EVIDENCE]:
        console.print(f"    {piece['points']:+3d}  {piece['field']}: “{piece['text']}” {piece['reason']}")
    for at, words in _course(verdict):
        console.print(f"  {at:%Y-%m-%d %H:%M} UTC  {words}")


def _course(verdict: Verdict) -> list[tuple[datetime, str]]:
    course = [(verdict.first_seen, "first seen")]
    course += [(event.at, _happened(event.kind, event.detail)) for event in verdict.events]
    return course if verdict.closed_at else [*course, (verdict.last_seen, "last seen, still open")]


def _happened(kind: str, detail: Mapping[str, Any]) -> str:
    if kind == "edited":
        return f"edited: {', '.join(detail['fields'])}"
    if kind == "pay":
        return f"pay: {detail['old'] or 'none'} → {detail['new'] or 'none'}"
    if kind == "closed":
        return "closed: " + (
            "no listing has shown it for 30 days" if detail["why"] == "aged out" else "not listed any more"
        )
    if kind == "merged":
        return f"job {detail['job']} became part of job {detail['into']}"
    return f"repeats {detail['url']}" if kind == "reposted" else kind


def _board_words(board: BoardVerdict) -> str:
    receipt = board.receipt
    if receipt is None or receipt.finished_at is None:
        return "not scanned yet" if board.listed else "not on the list of boards"
    said = receipt.error or f"gave {receipt.fetched} postings"
    wrong = ", ".join(f"{count} × {reason}" for reason, count in receipt.invalid.items())
    return f"{receipt.finished_at:%Y-%m-%d %H:%M} UTC {said}" + (f"; unusable: {wrong}" if wrong else "")


def _as_json(postings: Sequence[Verdict], boards: Sequence[BoardVerdict]) -> dict[str, object]:
    events = [[{"at": e.at, "kind": e.kind, "detail": e.detail} for e in posting.events] for posting in postings]
    return {
        "postings": [{**vars(posting), "events": of} for posting, of in zip(postings, events, strict=True)],
        "boards": [
            {"source": board.source, "token": board.token, "listed": board.listed, "said": _board_words(board)}
            for board in boards
        ],
    }
