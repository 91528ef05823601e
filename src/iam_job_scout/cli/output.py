"""What the commands share: options, the opened database, and how they speak to the user."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from iam_job_scout.settings import Settings

if TYPE_CHECKING:
    from iam_job_scout.db import Database

#: Columns of a table with no longer value than this are not wrapped.
WHOLE = 10

Port = Annotated[int | None, typer.Option(help="Port of the app (SCOUT_PORT).", min=1, max=65535)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead, for programs.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@contextmanager
def open_tables(settings: Settings) -> "Iterator[Database]":
    """The database of these settings, its tables up to date; closed at the end."""
    from iam_job_scout.db import open_database
    from iam_job_scout.db.migrate import upgrade

    database = open_database(settings)
    try:
        upgrade(database)
        yield database
    finally:
        database.close()


@contextmanager
def working(doing: str) -> Iterator[None]:
    """Says on a terminal what goes on until the end of the block, and that it does; to standard error."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(f"{doing} …"):
        yield


def print_rows(rows: Sequence[Mapping[str, object]], *, as_json: bool, hidden: Sequence[str] = ()) -> None:
    """A table, or a JSON array of objects; columns that are `hidden` are in the JSON only."""
    if as_json:
        print_json([{name: _plain(value) for name, value in row.items()} for row in rows])
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    names = [name for name in (rows[0] if rows else ()) if name not in hidden]
    table = Table(box=None)
    for name in names:
        numbers = all(isinstance(row[name], int) for row in rows)
        # Numbers and dates stay whole where the window is narrow; titles and the like are wrapped.
        short = all(len(_shown(row[name])) <= WHOLE for row in rows)
        title = name.capitalize().replace("_", " ")
        table.add_column(title, justify="right" if numbers else "left", no_wrap=short, overflow="fold")
    for row in rows:
        # As text: what people typed is no markup for the terminal.
        table.add_row(*(Text(_shown(row[name])) for name in names))
    Console().print(table if rows else "Nothing there.")


def print_done(sentence: str, *, as_json: bool, **facts: object) -> None:
    """What was done: a sentence for people, or the facts as a JSON object."""
    if as_json:
        print_json({name: _plain(value) for name, value in facts.items()})
    else:
        typer.echo(_printable(sentence))


def print_json(value: object) -> None:
    """A JSON document on standard output."""
    typer.echo(json.dumps(value, indent=2))


def complain(message: str) -> None:
    """One line on standard error, red on a terminal."""
    line = _printable(" ".join(message.split()))
    typer.secho(f"scout: {line}", err=True, fg=typer.colors.RED if sys.stderr.isatty() else None)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None or value == "" else _printable(str(value))


def _printable(text: str) -> str:
    """Without what would steer the terminal."""
    return "".join(char if char.isprintable() or char == "\n" else "?" for char in text)
