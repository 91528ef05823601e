"""`scout sources`: which there are, whether their boards live, and adding a board."""

import asyncio
import json
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from iam_job_scout.cli.output import Json, print_done
from iam_job_scout.settings import Settings, load_settings

if TYPE_CHECKING:
    from iam_job_scout.posting import Board
    from iam_job_scout.sources.checking import Checked

app = typer.Typer(help="The sources of postings and the boards that are watched.", no_args_is_help=True)

_COLOURS = {"live": "green", "off": "bright_black", "empty": "yellow", "failing": "red", "gone": "red"}


@app.command("list")
def list_sources(as_json: Json = False) -> None:
    """Show every source: whether it is on, its boards, how often it is asked; with --json its terms too."""
    from iam_job_scout.sources.boards import all_boards
    from iam_job_scout.sources.registry import SOURCES

    settings = load_settings()
    boards = Counter(board.source for board in all_boards(settings))
    rows = [
        {
            "name": source.name,
            "label": source.label,
            "on": not source.off_reason(settings),
            "off_reason": source.off_reason(settings),
            "boards": boards[source.name],
            "cadence_minutes": round(source.cadence.total_seconds() / 60),
            "newest_only": source.newest_only,
            "terms": source.terms,
            "attribution": source.attribution,
            "docs": source.docs,
        }
        for source in SOURCES.values()
    ]
    if as_json:
        typer.echo(json.dumps({"sources": rows, "broken": dict(SOURCES.broken)}, indent=2))
        return
    _show_sources(rows, broken=dict(SOURCES.broken))


@app.command()
def check(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Sources to check; none: all.", show_default=False)
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put what is gone aside (boards-gone.csv), take back what answers again.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read the first page of each board and say which live. Exits 1 where one is gone or fails."""
    from iam_job_scout.sources.boards import all_boards
    from iam_job_scout.sources.checking import gone_boards, put_gone_aside
    from iam_job_scout.sources.registry import get_source

    settings = load_settings()
    chosen = {get_source(name).name for name in sources or ()}
    known = {*all_boards(settings), *gone_boards(settings)}
    boards = sorted(board for board in known if not chosen or board.source in chosen)
    results = _check(settings, boards, quiet=as_json)
    aside, back = put_gone_aside(settings, results) if write else (0, 0)
    _show_results(results, as_json=as_json)
    if write and not as_json:
        typer.echo(f"put aside {aside}, taken back {back} ({settings.data_dir / 'boards-gone.csv'})")
    if any(result.state in ("gone", "failing") for result in results):
        raise typer.Exit(1)


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="Address of a careers page, a board or one of its jobs.")],
    company: Annotated[str, typer.Option(help="Name of the employer. Empty: as the board has it.")] = "",
    as_json: Json = False,
) -> None:
    """Find the board of a careers page and watch it from the next scan on."""
    from iam_job_scout.errors import ScoutError
    from iam_job_scout.sources.boards import added_file, append_board, load_boards
    from iam_job_scout.sources.checking import BoardState

    settings = load_settings()
    watched = {(board.source, board.token.lower()) for board in load_boards(settings)}
    found = asyncio.run(_find(settings, url, company))
    board = found.board
    if (board.source, board.token.lower()) in watched:
        words = f"{board.source},{board.token} is watched already"
        print_done(words, as_json=as_json, source=board.source, token=board.token, added=False)
        return
    if found.state not in (BoardState.LIVE, BoardState.EMPTY):
        raise ScoutError(f"{board.source},{board.token} was found but not added: {found.detail}")
    append_board(added_file(settings), board)
    words = (
        f"added {board.source},{board.token} ({board.company or 'no name'}, {found.postings:,} postings)\n"
        f"to {added_file(settings)}; the next scan reads it, `scout scan {board.source}` does now"
    )
    facts = {"source": board.source, "token": board.token, "company": board.company, "postings": found.postings}
    print_done(words, as_json=as_json, **facts, added=True)


async def _find(settings: Settings, url: str, company: str) -> "Checked":
    from msgspec.structs import replace

    from iam_job_scout.sources.checking import check_board
    from iam_job_scout.sources.client import UpstreamClient
    from iam_job_scout.sources.finding import find_board

    async with UpstreamClient(settings) as client:
        board = await find_board(client, url)
        return await check_board(client, replace(board, company=company.strip()))


def _check(settings: Settings, boards: "list[Board]", *, quiet: bool) -> "list[Checked]":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from iam_job_scout.sources.checking import check_boards

    columns = (TextColumn("checking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as progress:
        task = progress.add_task("boards", total=len(boards))
        return check_boards(settings, boards, lambda _: progress.advance(task))


def _show_results(results: "list[Checked]", *, as_json: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    states = Counter(result.state.value for result in results)
    if as_json:
        rows = [
            {
                "source": result.board.source,
                "token": result.board.token,
                "company": result.board.company,
                "state": result.state.value,
                "postings": result.postings,
                "detail": result.detail,
            }
            for result in results
        ]
        typer.echo(json.dumps({"boards": rows, "totals": dict(states)}, indent=2))
        return
    table = Table("Source", "Board", "Company", "State", "Postings", "Why", box=None)
    table.columns[4].justify = "right"
    # What needs a look comes last, where a terminal shows it.
    for result in sorted(results, key=lambda result: (list(_COLOURS).index(result.state), result.board)):
        postings = f"{result.postings:,}" if result.postings else ""
        names = map(Text, (result.board.source, result.board.token, result.board.company))
        table.add_row(*names, Text(result.state, style=_COLOURS[result.state]), postings, Text(result.detail))
    console = Console()
    console.print(table)
    console.print(", ".join(f"{count:,} {state}" for state, count in sorted(states.items())) or "no boards")


def _show_sources(rows: list[dict[str, object]], *, broken: dict[str, str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("Source", "Name", "Boards", "Asked every", "Shows", "State", box=None)
    table.columns[2].justify = table.columns[3].justify = "right"
    for row in rows:
        state = Text("on", style="green") if row["on"] else Text("off", style="yellow")
        shows = "the newest" if row["newest_only"] else "all"
        every = f"{row['cadence_minutes']:,} min"
        table.add_row(str(row["name"]), str(row["label"]), f"{row['boards']:,}", every, shows, state)
    console = Console()
    console.print(table)
    for row in rows:
        if row["off_reason"]:
            console.print(Text(f"{row['label']} {row['off_reason']}", style="yellow"), soft_wrap=True)
    for name, reason in broken.items():
        console.print(Text(f"{name}, of an installed package, cannot be used: {reason}", style="red"))
