"""`scout relevance`: the judgement on files alone, without a database."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from iam_job_scout.cli.output import complain
from iam_job_scout.errors import ScoutError

app = typer.Typer(help="The classifier on JSON Lines, without a database.", no_args_is_help=True)


@app.command("classify")
def relevance_classify() -> None:
    """Read postings from standard input, one JSON object a line, and write a judgement for each."""
    from iam_job_scout.relevance.jsonl import Problem, classify_lines, encode

    problems = 0
    for answer in classify_lines(sys.stdin.buffer):
        if isinstance(answer, Problem):
            problems += 1
            complain(answer.message)
        else:
            sys.stdout.buffer.write(encode(answer) + b"\n")
    if problems:
        raise typer.Exit(1)


@app.command("eval")
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
