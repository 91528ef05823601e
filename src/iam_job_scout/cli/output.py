"""What the commands share: options, the opened database, and how they speak to the user."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
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


def complain(message: str) -> None:
    """One line on standard error, red on a terminal."""
    typer.secho(f"scout: {message}", err=True, fg=typer.colors.RED if sys.stderr.isatty() else None)
