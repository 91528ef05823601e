"""`scout doctor`, `settings` and `bench`: looking at what is there."""

from typing import Annotated

import typer

from iam_job_scout.cli.output import Json, print_rows, working
from iam_job_scout.settings import load_settings

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
    with working("looking at every link"):
        findings = examine(current) + (try_alert_path(current, local=local) if alert_path else [])
    print_findings(findings, as_json=as_json)
    if not is_healthy(findings):
        raise typer.Exit(1)


@app.command(context_settings={"allow_extra_args": True, "allow_interspersed_args": False})
def bench(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A file of benchmarks/ without .py; none: list them.")] = "",
    as_json: Json = False,
) -> None:
    """Measure again what the documentation claims; what follows the name goes to the benchmark."""
    from iam_job_scout.bench import list_benchmarks, run_benchmark

    if name:
        raise typer.Exit(run_benchmark(name, context.args))
    rows = [{"name": benchmark.name, "claim": benchmark.claim} for benchmark in list_benchmarks()]
    print_rows(rows, as_json=as_json)


@app.command()
def settings(
    as_json: Json = False,
    example: Annotated[bool, typer.Option("--example", help="Print the text of .env.example instead.")] = False,
) -> None:
    """Show every setting: its value (secrets hidden), where it was set, and what it is for."""
    from iam_job_scout.settings_shown import example_env, show_settings

    if example:
        typer.echo(example_env(), nl=False)
        return
    shown = show_settings(load_settings())
    rows = [{"setting": one.name, "value": one.value, "origin": str(one.origin), "help": one.help} for one in shown]
    print_rows(rows, as_json=as_json)
