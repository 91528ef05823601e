"""The command line: thin commands. Imports that a command needs happen in it, so that `--help` answers at once."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from iam_job_scout.errors import ScoutError
from iam_job_scout.settings import Settings, example_env, load_settings

if TYPE_CHECKING:
    from iam_job_scout.db import Database

app = typer.Typer(
    name="scout",
    help="IAM Job Scout: every fitting opening for identity professionals, once, soon, explained.",
    epilog="./scout test, in a checkout, runs the tests.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
samples_app = typer.Typer(help="Sample postings, to look around without network.", no_args_is_help=True)
user_app = typer.Typer(help="Accounts.", no_args_is_help=True)
relevance_app = typer.Typer(help="The classifier on JSON Lines, without a database.", no_args_is_help=True)
stack_app = typer.Typer(help="The monitoring servers: Prometheus and Alertmanager.", no_args_is_help=True)
db_app = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(samples_app, name="samples")
app.add_typer(user_app, name="user")
app.add_typer(db_app, name="db")
app.add_typer(stack_app, name="stack")
app.add_typer(relevance_app, name="relevance")

Port = Annotated[int | None, typer.Option(help="Port of the app (SCOUT_PORT).", min=1, max=65535)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]


def main() -> NoReturn:
    """Runs the command line; an error that the user can mend is one line on standard error."""
    try:
        sys.exit(app(prog_name="scout"))
    except ScoutError as error:
        _complain(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        # The outermost wall: a mistake of ours is one line too, and its traceback is there for who asks for it.
        if os.environ.get("SCOUT_LOG_LEVEL", "").lower() == "debug":
            raise
        _complain(f"unexpected {type(error).__name__}: {error}; SCOUT_LOG_LEVEL=debug shows where")
        sys.exit(1)


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
    load_boards(settings.boards)
    with _database(settings) as database:
        if demo:
            _load_samples(database)
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
def worker() -> None:
    """Run a scan worker without the web app."""
    from iam_job_scout.worker import run_worker

    run_worker(load_settings())


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


@samples_app.command("load")
def samples_load() -> None:
    """Load the sample postings."""
    with _database(load_settings()) as database:
        _load_samples(database)


@samples_app.command("remove")
def samples_remove() -> None:
    """Remove every sample posting and job."""
    from iam_job_scout.scan.samples import remove_samples

    with _database(load_settings()) as database:
        count = remove_samples(database)
    typer.echo(f"{count} sample jobs removed.")


@user_app.command("link")
def user_link() -> None:
    """Print a fresh one-time link that makes the owner."""
    from iam_job_scout.serve import owner_link

    settings = load_settings()
    with _database(settings) as database:
        link = owner_link(settings, database)
    if link is None:
        raise ScoutError("there is an owner already; sign in with the e-mail and password of that account")
    typer.echo(link)


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the tables up to date; `up`, `serve` and `worker` do so by themselves."""
    with _database(load_settings()):
        typer.echo("The tables are up to date.")


@relevance_app.command("classify")
def relevance_classify() -> None:
    """Read postings from standard input, one JSON object a line, and write a judgement for each."""
    from iam_job_scout.relevance.jsonl import Problem, classify_lines, encode

    problems = 0
    for answer in classify_lines(sys.stdin.buffer):
        if isinstance(answer, Problem):
            problems += 1
            _complain(answer.message)
        else:
            sys.stdout.buffer.write(encode(answer) + b"\n")
    if problems:
        raise typer.Exit(1)


@relevance_app.command("eval")
def relevance_eval(file: Annotated[Path, typer.Argument(help="Labelled postings, JSON Lines.")]) -> None:
    """Measure the classifier on labelled postings: precision, recall, F1, confusion, misses."""
    from iam_job_scout.relevance.evaluate import evaluate, render

    try:
        with file.open("rb") as lines:
            report = evaluate(lines)
    except OSError as error:
        raise ScoutError(f"cannot read {file}: {error.strerror}") from error
    except ValueError as error:
        raise ScoutError(f"{file}: {error}") from error
    typer.echo(render(report))


@stack_app.command("up")
def stack_up(verbose: Annotated[bool, typer.Option(help="Show every line of the servers.")] = False) -> None:
    """Run Prometheus and Alertmanager alone, for an app that runs elsewhere on this machine."""
    from iam_job_scout.stack import run_stack

    raise typer.Exit(run_stack(load_settings(), app_argv=None, verbose=verbose))


@stack_app.command("check")
def stack_check(as_json: Json = False) -> None:
    """Check each link: target up, rules loaded, Alertmanager connected. Exits 1 where one is broken."""
    from iam_job_scout.stack import check_links

    links = check_links(load_settings())
    if as_json:
        typer.echo(json.dumps([{"name": link.name, "ok": link.ok, "detail": link.detail} for link in links]))
    for link in () if as_json else links:
        typer.echo(f"{'ok    ' if link.ok else 'broken'}  {link.name}: {link.detail}")
    if not all(link.ok for link in links):
        raise typer.Exit(1)


@stack_app.command("render")
def stack_render(
    directory: Annotated[Path, typer.Argument(help="Where to write the files.")],
    examples: Annotated[bool, typer.Option("--examples", help="Write the two example files instead.")] = False,
) -> None:
    """Write the configuration of Prometheus and Alertmanager that these settings make."""
    from iam_job_scout.stack import render, write_examples

    if examples:
        write_examples(directory)
    else:
        render(load_settings(), directory)
    typer.echo(f"written to {directory}")


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


@contextmanager
def _database(settings: Settings) -> "Iterator[Database]":
    from iam_job_scout.db import open_database
    from iam_job_scout.db.migrate import upgrade

    database = open_database(settings)
    try:
        upgrade(database)
        yield database
    finally:
        database.close()


def _load_samples(database: "Database") -> None:
    from iam_job_scout.scan.samples import load_samples

    count = load_samples(database)
    typer.echo(f"{count} sample jobs are in; `scout samples remove` takes them out again.")


def _complain(message: str) -> None:
    typer.secho(f"scout: {message}", err=True, fg=typer.colors.RED if sys.stderr.isatty() else None)
