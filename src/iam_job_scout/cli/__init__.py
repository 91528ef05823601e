"""The command line: thin commands, a file for each word after `scout`.

Imports that a command needs happen in it, so that `--help` answers at once.
"""

import os
import sys
from typing import NoReturn

import typer

from iam_job_scout.cli import (
    audit,
    database,
    inspect,
    relevance,
    run,
    samples,
    scan,
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
for part in (run, why, inspect, audit):
    app.add_typer(part.app)
for name, group in {
    "scan": scan,
    "samples": samples,
    "user": users,
    "token": tokens,
    "db": database,
    "stack": stack,
    "sources": sources,
    "relevance": relevance,
}.items():
    app.add_typer(group.app, name=name)


def main() -> NoReturn:
    """Runs the command line; an error that the user can mend is one line on standard error."""
    try:
        sys.exit(app(prog_name="scout"))
    except ScoutError as error:
        complain(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        # The outermost wall: a mistake of ours is one line too, and its traceback is there for who asks for it.
        if os.environ.get("SCOUT_LOG_LEVEL", "").lower() == "debug":
            raise
        complain(f"unexpected {type(error).__name__}: {error}; SCOUT_LOG_LEVEL=debug shows where")
        sys.exit(1)
