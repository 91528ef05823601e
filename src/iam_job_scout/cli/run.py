"""`scout up`, `serve` and `worker`: what runs until it is stopped."""

import sys
from typing import Annotated

import typer

from iam_job_scout.cli.output import Port, open_tables
from iam_job_scout.cli.samples import load
from iam_job_scout.settings import load_settings

app = typer.Typer()


@app.command()
def up(
    port: Port = None,
    stack: Annotated[bool, typer.Option(help="Start Prometheus and Alertmanager too.")] = True,
    demo: Annotated[bool, typer.Option(help="Load the sample jobs first.")] = False,
    verbose: Annotated[bool, typer.Option(help="Show every line of the monitoring servers.")] = False,
) -> None:
    """Run it all: database, app, scan engine, Prometheus, Alertmanager. Ctrl-C stops all of it."""
    from iam_job_scout.sources.boards import load_boards
    from iam_job_scout.stack import run_stack

    settings = load_settings(port=port)
    load_boards(settings)
    with open_tables(settings) as database:
        if demo:
            load(database)
    argv = [sys.executable, "-m", "iam_job_scout", "serve", "--port", str(settings.port)]
    raise typer.Exit(run_stack(settings, app_argv=argv, with_servers=stack, verbose=verbose))


@app.command()
def serve(
    port: Port = None,
    workers: Annotated[int | None, typer.Option(help="Web processes (SCOUT_WORKERS).", min=1)] = None,
    engine: Annotated[bool, typer.Option(help="Scan in this process too.")] = True,
) -> None:
    """Run the web app."""
    from iam_job_scout.serve import serve_app

    serve_app(load_settings(port=port, workers=workers), engine=engine)


@app.command()
def worker(
    workers: Annotated[int | None, typer.Option(help="Batches at once; one a source at most.", min=1, max=64)] = None,
) -> None:
    """Run a scan worker without the web app."""
    from iam_job_scout.worker import run_worker

    run_worker(load_settings(), workers=workers)
