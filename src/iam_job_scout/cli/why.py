"""`scout why`."""

from typing import Annotated

import typer

from iam_job_scout.cli.output import Json, open_tables
from iam_job_scout.settings import load_settings

app = typer.Typer()


@app.command()
def why(
    url: Annotated[str, typer.Argument(help="Address of a posting, or of a job's page here.")], as_json: Json = False
) -> None:
    """Say why a posting is on the list, or is not: its decision, the rule, the evidence, what happened to it."""
    from iam_job_scout.scan.printing import print_why

    with open_tables(load_settings()) as database:
        if not print_why(database, url, as_json=as_json):
            raise typer.Exit(1)
