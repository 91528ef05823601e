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

Port = Annotated[int | None, typer.Option(help="Port of the app (SCOUT_PORT).", min=1, max=65535)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]


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


def print_rows(rows: Sequence[Mapping[str, object]], *, as_json: bool, hidden: Sequence[str] = ()) -> None:
    """A table, or a JSON array of objects; columns that are `hidden` are in the JSON only."""
    if as_json:
        typer.echo(json.dumps([{name: _plain(value) for name, value in row.items()} for row in rows], indent=2))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    names = [name for name in (rows[0] if rows else ()) if name not in hidden]
    table = Table(*(name.capitalize() for name in names), box=None)
    for row in rows:
        # As text: what people typed is no markup for the terminal.
        table.add_row(*(Text(_shown(row[name])) for name in names))
    Console().print(table if rows else "Nothing there.")


def complain(message: str) -> None:
    """One line on standard error, red on a terminal."""
    typer.secho(f"scout: {message}", err=True, fg=typer.colors.RED if sys.stderr.isatty() else None)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "–" if value is None or value == "" else "".join(char if char.isprintable() else "?" for char in str(value))
