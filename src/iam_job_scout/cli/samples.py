"""`scout samples`."""

from typing import TYPE_CHECKING

import typer

from iam_job_scout.cli.output import Json, open_tables, print_done
from iam_job_scout.settings import load_settings

if TYPE_CHECKING:
    from iam_job_scout.db import Database

app = typer.Typer(help="Sample postings, to look around without network.", no_args_is_help=True)


@app.command("load")
def samples_load(as_json: Json = False) -> None:
    """Load the sample postings."""
    with open_tables(load_settings()) as database:
        load(database, as_json=as_json)


@app.command("remove")
def samples_remove(as_json: Json = False) -> None:
    """Remove every sample posting and job."""
    from iam_job_scout.scan.samples import remove_samples

    with open_tables(load_settings()) as database:
        count = remove_samples(database)
    print_done(f"{count} sample jobs removed.", as_json=as_json, removed=count)


def load(database: "Database", *, as_json: bool = False) -> None:
    """Loads the sample postings and says how many there are."""
    from iam_job_scout.scan.samples import load_samples

    count = load_samples(database)
    print_done(f"{count} sample jobs are in; `scout samples remove` takes them out again.", as_json=as_json, jobs=count)
