"""`scout doctor`, `settings` and `bench`: looking at what is there."""

import json
from typing import Annotated

import typer

from iam_job_scout.cli.output import Json
from iam_job_scout.settings import Settings, example_env, load_settings

app = typer.Typer()


@app.command()
def doctor(
    as_json: Json = False,
    alert_path: Annotated[bool, typer.Option("--alert-path", help="Send a test alert to every receiver.")] = False,
    local: Annotated[bool, typer.Option("--local", help="With --alert-path: to a receiver of its own.")] = False,
) -> None:
    """Check every link from the app's metrics to a delivered alert; say what to mend. Exits 1 where one is broken."""
    from iam_job_scout.doctor import examine, is_healthy, print_findings, try_alert_path

    current = load_settings()
    findings = examine(current) + (try_alert_path(current, local=local) if alert_path else [])
    print_findings(findings, as_json=as_json)
    if not is_healthy(findings):
        raise typer.Exit(1)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A file of benchmarks/ without .py; none: list them.")] = "",
) -> None:
    """Measure again what the documentation claims; what follows the name goes to the benchmark."""
    from iam_job_scout.bench import list_benchmarks, run_benchmark

    if name:
        raise typer.Exit(run_benchmark(name, context.args))
    for benchmark in list_benchmarks():
        typer.echo(f"{benchmark.name:<24} {benchmark.claim}")


@app.command()
def settings(
    as_json: Json = False,
    example: Annotated[bool, typer.Option("--example", help="Print the text of .env.example instead.")] = False,
) -> None:
    """Show every setting: its value (secrets hidden) and what it is for."""
    if example:
        typer.echo(example_env(), nl=False)
        return
    current = load_settings()
    rows = [
        (f"SCOUT_{name.upper()}", str(getattr(current, name)), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    if as_json:
        typer.echo(json.dumps({name: value for name, value, _ in rows}, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("Setting", "Value", "What it is for", box=None)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
