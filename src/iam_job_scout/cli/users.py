"""`scout user`."""

import typer

from iam_job_scout.cli.output import open_tables
from iam_job_scout.errors import ScoutError
from iam_job_scout.settings import load_settings

app = typer.Typer(help="Accounts.", no_args_is_help=True)


@app.callback()
def _accounts() -> None:
    """Accounts."""


@app.command("link")
def user_link() -> None:
    """Print a fresh one-time link that makes the owner."""
    from iam_job_scout.serve import owner_link

    settings = load_settings()
    with open_tables(settings) as database:
        link = owner_link(settings, database)
    if link is None:
        raise ScoutError("there is an owner already; sign in with the e-mail and password of that account")
    typer.echo(link)
