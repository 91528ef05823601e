"""`scout scan`: scanning, and what else is done with scans."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from iam_job_scout.cli.output import Json, open_tables, print_done
from iam_job_scout.settings import Settings, load_settings

Source = Annotated[str, typer.Argument(help="A source, such as lever.", show_default=False)]


class _Scans(TyperGroup):
    """`scout scan lever` is `scout scan now lever`: what is none of the words below is a source or an option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Puts `now` before what is none of the words."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["now", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_Scans, help="Scan now: `scout scan [SOURCE]…`, or one of these.")


@app.command()
def now(
    sources: Annotated[list[str] | None, typer.Argument(help="Sources to scan; none: all.", show_default=False)] = None,
    as_json: Json = False,
    record: Annotated[Path | None, typer.Option(help="Keep every answer of the sources in this directory.")] = None,
    replay: Annotated[
        Path | None, typer.Option(help="Take the answers from such a directory, not the network.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Batches at once; one a source at most.", min=1, max=64)] = None,
) -> None:
    """Scan now and show how it went; this is what `scout scan` does by itself."""
    from iam_job_scout.scan.command import scan_now
    from iam_job_scout.scan.printing import print_summary
    from iam_job_scout.sources.registry import usable_source

    settings = _settings()
    for name in sources or ():
        usable_source(name, settings)
    if record and replay:
        raise typer.BadParameter("--record and --replay exclude each other")
    summary = scan_now(settings, sources or (), quiet=as_json, record=record, replay=replay, workers=workers)
    print_summary(summary, as_json=as_json)
    if summary.sources and all(source.status == "failed" for source in summary.sources.values()):
        raise typer.Exit(1)


@app.command("replay")
def scan_replay(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would change.")] = False,
    as_json: Json = False,
) -> None:
    """Judge all stored postings again by the present rules, without the network, and list what changed."""
    from iam_job_scout.scan.printing import print_rejudged

    with open_tables(_settings()) as database:
        print_rejudged(database, write=not dry_run, as_json=as_json)


@app.command()
def pause(source: Source, as_json: Json = False) -> None:
    """Stop asking a source until it is resumed; what is under way of it is cancelled."""
    from iam_job_scout.scan import control

    with open_tables(_settings()) as database:
        control.pause(database, source, now=datetime.now(UTC))
    words = f"{source} is paused; `scout scan resume {source}` goes on with it."
    print_done(words, as_json=as_json, source=source, paused=True)


@app.command()
def resume(source: Source, as_json: Json = False) -> None:
    """Go on asking a source that was paused, at once."""
    from iam_job_scout.scan import control

    with open_tables(_settings()) as database:
        control.resume(database, source, now=datetime.now(UTC))
    words = f"{source} is due now; whichever process scans begins with it."
    print_done(words, as_json=as_json, source=source, paused=False)


@app.command()
def cancel(
    source: Annotated[str | None, typer.Argument(help="Only of this source.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """End the scans that go on. What they have stored stays; boards not asked yet wait for the next scan."""
    from iam_job_scout.scan import control
    from iam_job_scout.sources.registry import get_source

    if source is not None:
        get_source(source)
    with open_tables(_settings()) as database:
        boards = control.cancel_all(database, now=datetime.now(UTC), source=source)
    words = f"{boards} boards will not be asked now." if boards else "No scan goes on."
    print_done(words, as_json=as_json, boards=boards)


@app.command()
def status(as_json: Json = False) -> None:
    """Show each source: how fresh its boards are, how often it is scanned, when it is due next."""
    from iam_job_scout.scan.freshness import source_states
    from iam_job_scout.scan.printing import print_states

    settings = _settings()
    with open_tables(settings) as database, database.reading() as session:
        states = source_states(session, settings, datetime.now(UTC))
    if as_json:
        typer.echo(
            json.dumps([{**vars(state), "cadence": state.cadence.total_seconds()} for state in states], default=str)
        )
    else:
        print_states(states, datetime.now(UTC))


def _settings() -> Settings:
    from iam_job_scout.logs import configure_logging

    settings = load_settings()
    configure_logging(settings.model_copy(update={"log_level": "error"}))
    return settings
