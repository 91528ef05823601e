"""`scout db`."""

import typer

from iam_job_scout.cli.output import open_tables
from iam_job_scout.settings import load_settings

app = typer.Typer(help="The database.", no_args_is_help=True)


@app.callback()
def _database() -> None:
    """The database."""


@app.command("upgrade")
def db_upgrade() -> None:
    """Bring the tables up to date; `up`, `serve` and `worker` do so by themselves."""
    with open_tables(load_settings()):
        typer.echo("The tables are up to date.")
