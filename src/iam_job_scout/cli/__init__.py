"""The command line: thin commands, a file for each word after `scout`.

Imports that a command needs happen in it, so that `--help` answers at once.
"""

import os
import sys
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from iam_job_scout import __version__
from iam_job_scout.cli import (
    audit,
    database,
    export,
    inspect,
    jobs,
    profile,
    reference,
    relevance,
    run,
    samples,
    scan,
    searches,
    sources,
    stack,
    tokens,
    users,
    why,
)
from iam_job_scout.cli.output import complain
from iam_job_scout.errors import ScoutError

app = typer.Typer(
    name="scout",
    help="IAM Job Scout: every fitting opening for identity professionals, once, soon, explained.",
    epilog="./scout test, in a checkout, runs the tests.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for part in (run, why, export, inspect, audit, reference):
    app.add_typer(part.app)
for name, group in {
    "jobs": jobs.app,
    "searches": searches.app,
    "channels": searches.channels,
    "profile": profile.app,
    "scan": scan.app,
    "sources": sources.app,
    "samples": samples.app,
    "user": users.app,
    "token": tokens.app,
    "db": database.app,
    "stack": stack.app,
    "relevance": relevance.app,
}.items():
    app.add_typer(group, name=name)

#: What each exit code means; docs/reference/cli.md prints it.
EXIT_CODES = {
    0: "Done.",
    1: "It did not work, or a check found something broken; a line on standard error says what.",
    2: "The command, a setting or a boards file is wrong; a line on standard error says what, and nothing was done.",
    130: "Ended by Ctrl-C.",
    141: "Whoever read the output went away, as `head` does.",
}


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"scout {__version__}")
        raise typer.Exit


@app.callback()
def _scout(
    _: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """IAM Job Scout: every fitting opening for identity professionals, once, soon, explained."""


def main() -> NoReturn:
    """Runs the command line; an error that the user can mend is one line on standard error."""
    try:
        sys.exit(app(prog_name="scout", standalone_mode=False))
    except ScoutError as error:
        complain(str(error))
        sys.exit(error.exit_code)
    except TyperException as error:
        _complain_of_usage(error)
        sys.exit(error.exit_code)
    except typer.Abort:
        complain("nothing was done")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Python would complain once more, when it writes out what is left at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as error:
        # The outermost wall: a mistake of ours is one line too, and its traceback is there for who asks for it.
        if os.environ.get("SCOUT_LOG_LEVEL", "").lower() == "debug":
            raise
        complain(f"unexpected {type(error).__name__}: {error}; SCOUT_LOG_LEVEL=debug shows where")
        sys.exit(1)


def _complain_of_usage(error: TyperException) -> None:
    # Without arguments the message is the help, which is printed already.
    words = error.format_message().rstrip(".")
    if words:
        context = getattr(error, "ctx", None)
        complain(f"{words}; see {context.command_path if context else 'scout'} --help")
