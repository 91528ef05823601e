"""`scout scan`."""

from typing import Annotated

import typer

from iam_job_scout.cli.output import Json
from iam_job_scout.settings import load_settings

app = typer.Typer()


@app.command()
def scan(
    sources: Annotated[list[str] | None, typer.Argument(help="Sources to scan; none: all.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Scan now and show how it went."""
    from iam_job_scout.logs import configure_logging
    from iam_job_scout.scan.command import print_summary, scan_now
    from iam_job_scout.sources.registry import get_source

    settings = load_settings()
    configure_logging(settings.model_copy(update={"log_level": "error"}))
    for name in sources or ():
        get_source(name)
    summary = scan_now(settings, sources or (), quiet=as_json)
    print_summary(summary, as_json=as_json)
    if all(source.status == "failed" for source in summary.sources.values()):
        raise typer.Exit(1)
