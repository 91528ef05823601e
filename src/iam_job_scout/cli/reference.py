"""`scout reference`."""

from pathlib import Path
from typing import Annotated

import typer

from iam_job_scout.cli.output import Json, print_done
from iam_job_scout.errors import ScoutError

app = typer.Typer()


@app.command()
def reference(
    directory: Annotated[Path, typer.Argument(help="Where to, such as docs/reference.")], as_json: Json = False
) -> None:
    """Write the pages about the command line, the settings and the API that are made from the program."""
    from iam_job_scout.reference import write_reference

    try:
        directory.mkdir(parents=True, exist_ok=True)
        files = [str(file) for file in write_reference(directory)]
    except OSError as error:
        raise ScoutError(f"cannot write to {directory}: {error.strerror or error}") from error
    print_done("\n".join(files), as_json=as_json, files=files)
