"""`scout export`."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import typer

from iam_job_scout.cli.output import open_tables
from iam_job_scout.cli.whose import Whose, reader_of
from iam_job_scout.errors import ScoutError
from iam_job_scout.settings import load_settings

app = typer.Typer()


@app.command()
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to; none: standard output.", show_default=False)] = None,
    form: Annotated[
        Literal["csv", "jsonl"] | None,
        typer.Option("--format", help="CSV, safe for spreadsheets, or JSON Lines; none: as the file is named."),
    ] = None,
    closed: Annotated[bool, typer.Option("--closed", help="Closed ones too.")] = False,
    user: Whose = "",
) -> None:
    """Write all jobs with your status and note; a file takes its name once it is whole, and replaces an older one."""
    from sqlalchemy import func, select

    from iam_job_scout.db.models import Job
    from iam_job_scout.jobs.export import Form
    from iam_job_scout.jobs.export import export as parts_of

    chosen = Form(form or ("jsonl" if file and file.suffix in (".jsonl", ".ndjson") else "csv"))
    settings = load_settings()
    with open_tables(settings) as database:
        with database.reading() as session:
            user_id = reader_of(session, settings, user)
            wanted = select(func.count(Job.id))
            total = session.scalar(wanted if closed else wanted.where(Job.closed_at.is_(None))) or 0
        parts = parts_of(database, chosen, user_id=user_id, include_closed=closed)
        if file is None:
            _write_out(parts)
        else:
            _write_file(file, parts, total)


def _write_out(parts: Iterable[bytes]) -> None:
    for part in parts:
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


def _write_file(file: Path, parts: Iterable[bytes], total: int) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from iam_job_scout.jobs.export import BATCH

    partial = file.with_name(f"{file.name}.partial")
    console = Console(stderr=True)
    columns = (TextColumn("exporting"), BarColumn(), MofNCompleteColumn(), TextColumn("jobs"))
    try:
        with (
            partial.open("wb") as out,
            Progress(*columns, console=console, disable=not console.is_terminal) as progress,
        ):
            task = progress.add_task("", total=total)
            for part in parts:
                out.write(part)
                progress.update(task, advance=min(BATCH, total - int(progress.tasks[0].completed)))
        partial.replace(file)
    except OSError as error:
        raise ScoutError(f"cannot write {file}: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    typer.echo(f"{total:,} jobs in {file}", err=True)
