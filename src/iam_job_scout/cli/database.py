"""`scout db`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from iam_job_scout.cli.output import Json, Yes, open_tables, print_done, working
from iam_job_scout.settings import load_settings

app = typer.Typer(help="The database.", no_args_is_help=True)


@app.command()
def upgrade(as_json: Json = False) -> None:
    """Bring the tables up to date; `up`, `serve` and `worker` do so by themselves."""
    with open_tables(load_settings()) as database:
        print_done("The tables are up to date.", as_json=as_json, database=database.dialect)


@app.command()
def backup(
    target: Annotated[Path | None, typer.Argument(help="Where to; none: SCOUT_DATA_DIR/backups.")] = None,
    as_json: Json = False,
) -> None:
    """Copy the database while everything runs, and check the copy."""
    from iam_job_scout.db.backup import back_up

    settings = load_settings()
    with open_tables(settings) as database:
        suffix = "sqlite" if database.dialect == "sqlite" else "dump"
        target = target or settings.data_dir / "backups" / f"scout-{_stamp()}.{suffix}"
        with working("copying and checking the database"):
            size = back_up(database, target)
    print_done(f"{target} ({size / 1e6:,.1f} MB), whole and checked.", as_json=as_json, file=str(target), bytes=size)


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A file that `scout db backup` made.")],
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Replace the database with a copy, after a check of it and a backup of what is there."""
    from iam_job_scout.db.backup import back_up, check
    from iam_job_scout.db.backup import restore as put_back

    settings = load_settings()
    check(source)
    with open_tables(settings) as database:
        if not yes:
            typer.confirm("Replace everything in the database with this copy?", abort=True)
        kept = settings.data_dir / "backups" / f"before-restore-{_stamp()}{source.suffix}"
        with working("keeping what is there, and going back to the copy"):
            back_up(database, kept)
            put_back(database, source)
    with open_tables(settings):
        words = f"Restored. What was there before is in {kept}. Restart what runs on this database."
        print_done(words, as_json=as_json, restored=str(source), before=str(kept))


def _stamp() -> str:
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
