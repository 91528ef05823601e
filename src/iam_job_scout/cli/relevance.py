"""`scout relevance`: the judgement on files alone, without a database."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from iam_job_scout.cli.output import Json, complain, print_json
from iam_job_scout.errors import ScoutError

app = typer.Typer(help="The classifier on JSON Lines, without a database.", no_args_is_help=True)


@app.command("classify")
def relevance_classify() -> None:
    """Read postings from standard input, one JSON object a line, and write a judgement for each."""
    from iam_job_scout.relevance.jsonl import Problem, classify_lines, encode

    _write((a.message, None) if isinstance(a, Problem) else ("", encode(a)) for a in classify_lines(sys.stdin.buffer))


@app.command("pairs")
def relevance_pairs() -> None:
    """Read pairs of postings (id, a, b), one JSON object a line, and write whether each shows one opening."""
    from iam_job_scout.relevance.jsonl import Problem
    from iam_job_scout.scan.pairs import decide_lines, encode

    _write((a.message, None) if isinstance(a, Problem) else ("", encode(a)) for a in decide_lines(sys.stdin.buffer))


@app.command("eval")
def relevance_eval(
    file: Annotated[Path, typer.Argument(help="Labelled postings, JSON Lines.")], as_json: Json = False
) -> None:
    """Measure the classifier on labelled postings: precision, recall, F1, confusion, misses."""
    import msgspec

    from iam_job_scout.relevance.evaluate import evaluate, render

    try:
        with file.open("rb") as lines:
            report = evaluate(lines)
    except OSError as error:
        raise ScoutError(f"cannot read {file}: {error.strerror}") from error
    except ValueError as error:
        raise ScoutError(f"{file}: {error}") from error
    if not report.postings:
        raise ScoutError(f"{file} holds no labelled postings")
    if as_json:
        pairs = [{"wanted": wanted, "got": got, "count": n} for (wanted, got), n in report.confusion.items()]
        print_json(msgspec.to_builtins({**msgspec.structs.asdict(report), "confusion": pairs}))
    else:
        typer.echo(render(report))


def _write(results: Iterable[tuple[str, bytes | None]]) -> None:
    """Writes each answer as a line; a line that could not be read is named on standard error: exit code 1."""
    problems = 0
    for message, answer in results:
        if answer is None:
            problems += 1
            complain(message)
        else:
            sys.stdout.buffer.write(answer + b"\n")
    if problems:
        raise typer.Exit(1)
