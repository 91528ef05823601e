"""`scout stack`: the monitoring servers alone."""

from pathlib import Path
from typing import Annotated

import typer

from iam_job_scout.cli.output import Json, print_done, print_json
from iam_job_scout.settings import load_settings

app = typer.Typer(help="The monitoring servers: Prometheus and Alertmanager.", no_args_is_help=True)


@app.command("up")
def stack_up(verbose: Annotated[bool, typer.Option(help="Show every line of the servers.")] = False) -> None:
    """Run Prometheus and Alertmanager alone, for an app that runs elsewhere on this machine."""
    from iam_job_scout.stack import run_stack

    raise typer.Exit(run_stack(load_settings(), app_argv=None, verbose=verbose))


@app.command("check")
def stack_check(as_json: Json = False) -> None:
    """Check each link: target up, rules loaded, Alertmanager connected. Exits 1 where one is broken."""
    from iam_job_scout.stack import check_links

    links = check_links(load_settings())
    if as_json:
        print_json([{"name": link.name, "ok": link.ok, "detail": link.detail} for link in links])
    for link in () if as_json else links:
        typer.echo(f"{'ok    ' if link.ok else 'broken'}  {link.name}: {link.detail}")
    if not all(link.ok for link in links):
        raise typer.Exit(1)


@app.command("render")
def stack_render(
    directory: Annotated[Path, typer.Argument(help="Where to write the files.")],
    examples: Annotated[bool, typer.Option("--examples", help="Write the two example files instead.")] = False,
    as_json: Json = False,
) -> None:
    """Write the configuration of Prometheus and Alertmanager that these settings make."""
    from iam_job_scout.stack import render, write_examples

    if examples:
        write_examples(directory)
    else:
        render(load_settings(), directory)
    print_done(f"written to {directory}", as_json=as_json, directory=str(directory))
