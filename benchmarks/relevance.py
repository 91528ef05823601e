"""Time and quality of the classifier.

    python benchmarks/relevance.py [FILE]

FILE is labelled JSON Lines (title, company, location, description, label) or plain ones; without it, the sample
postings are timed. Printed: microseconds of processor time per posting and per 2.7 KB of text on one core, the
smallest of several rounds, and, where there are labels, the figures of `iam_job_scout.relevance.evaluate`.
"""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from iam_job_scout.posting import Posting
from iam_job_scout.relevance import classify, evaluate, jsonl
from iam_job_scout.samples import sample_postings

ROUNDS = 15
TEXT = 2700


def best_round(postings: Sequence[Posting]) -> float:
    """Seconds for all postings, in the quickest of the rounds."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for posting in postings:
            classify(posting)
        times.append(time.process_time() - start)
    return min(times)


def read_postings(path: Path) -> list[Posting]:
    """The postings of a JSON Lines file; lines that cannot be read are left out."""
    with path.open("rb") as lines:
        rows = [jsonl.read_line(line, number) for number, line in enumerate(lines, start=1)]
    return [row.posting() for row in rows if isinstance(row, jsonl.Row)]


def report_speed(name: str, postings: Sequence[Posting]) -> None:
    """Print the time of one set of postings."""
    size = sum(len(posting.description) for posting in postings)
    seconds = best_round(postings)
    print(
        f"{name}: {len(postings)} postings of {size / len(postings):.0f} characters: "
        f"{seconds / len(postings) * 1e6:.0f} us each, {seconds / size * TEXT * 1e6:.0f} us per {TEXT} characters"
    )


def main(arguments: Sequence[str]) -> None:
    """Measure what the arguments name."""
    classify(sample_postings(datetime.now(UTC))[0])
    report_speed("samples", sample_postings(datetime.now(UTC)))
    for argument in arguments:
        path = Path(argument)
        postings = read_postings(path)
        report_speed(path.name, postings)
        report_speed(
            f"{path.name}, 2 to 3.5 KB", [p for p in postings if 2000 <= len(p.description) <= 3500] or postings
        )
        with path.open("rb") as lines:
            labelled = b'"label"' in lines.readline()
            lines.seek(0)
            print(evaluate.render(evaluate.evaluate(lines)) if labelled else "no labels, no figures of quality")


if __name__ == "__main__":
    main(sys.argv[1:])
