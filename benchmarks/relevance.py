"""Time and quality of the classifier, and whether it was fitted to the postings it is measured on.

    python benchmarks/relevance.py [FILE]
    python benchmarks/relevance.py --instructions [FILE]

FILE is labelled JSON Lines (title, company, location, description, label) or plain ones; without it, the sample
postings are timed. Printed: microseconds of processor time per posting and per 2.7 KB of text on one core, the quickest
of many rounds posting by posting, and, where there are labels:

- the figures of `iam_job_scout.relevance.evaluate`;
- the same on random halves of the file: their mean and spread say how far a figure may lie on as many new postings;
- cross-validation: the limits of the rules chosen on nine tenths by a search around those in use and measured on the
  tenth, ten times over; how far that lies below the figure of the limits in use is what choosing them here has won;
- where scikit-learn is installed, a logistic regression over the same signals in the same folds, alone and on top of
  the rules: the reason why none is shipped.

With `--instructions` only the processor's instructions for a posting are counted, by valgrind, in the mean of the file:
what a run of four rounds spends beyond one of a single round. Unlike time they are the same whatever else is running.
"""

import argparse
import itertools
import math
import random
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from instructions import count, need_valgrind

from iam_job_scout.posting import Posting
from iam_job_scout.relevance import Match, Tier, classify, evaluate, jsonl
from iam_job_scout.relevance.reading import Reading, read
from iam_job_scout.relevance.tier import CHOSEN, Limits, judge
from iam_job_scout.relevance.title import Kind
from iam_job_scout.samples import sample_postings

ROUNDS = 25
TEXT = 2700
FOLDS = 10
REPEATS = 10
HALVES = 200
AROUND = [
    Limits(worth=worth, density=density, strong=strong, strong_density=strong_density, snippet_strong=few, duty=duty)
    for worth, density, strong, strong_density, few, duty in itertools.product(
        (12, 17, 22), (2.0, 3.0, 4.0), (3, 4, 6), (4.0, 5.0, 7.0), (1, 2, 3), (4, 5, 7)
    )
]
TIERS = (Tier.NONE, Tier.ADJACENT, Tier.CORE)

# Rounds that count, after one that warms up.
COUNTED = 3

Judged = list[tuple[evaluate.LabelledRow, Match]]


def seconds_each(postings: Sequence[Posting]) -> float:
    """Seconds for all postings, each in the quickest of its rounds."""
    total = 0.0
    for posting in postings:
        times = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            classify(posting)
            times.append(time.perf_counter() - start)
        total += min(times)
    return total


def read_postings(path: Path) -> list[Posting]:
    """The postings of a JSON Lines file; lines that cannot be read are left out."""
    with path.open("rb") as lines:
        rows = [jsonl.read_line(line, number, jsonl.Row) for number, line in enumerate(lines, start=1)]
    return [row.posting() for row in rows if isinstance(row, jsonl.Row)]


def report_speed(name: str, postings: Sequence[Posting]) -> None:
    """Print the time of one set of postings."""
    size = sum(len(posting.description) for posting in postings)
    seconds = seconds_each(postings)
    print(
        f"{name}: {len(postings)} postings of {size / len(postings):.0f} characters: "
        f"{seconds / len(postings) * 1e6:.0f} us each, {seconds / size * TEXT * 1e6:.0f} us per {TEXT} characters"
    )


def report_halves(judged: Judged) -> None:
    """Print how much the figures vary between random halves of the postings."""
    chance = random.Random(1)
    reports = [evaluate.report_on(chance.sample(judged, len(judged) // 2)) for _ in range(HALVES)]
    print(f"on {HALVES} random halves, mean and spread:")
    for name, figure in figures_of(reports).items():
        print(f"  {name:24}{statistics.mean(figure):.3f} ± {statistics.stdev(figure):.3f}")


def figures_of(reports: Sequence[evaluate.Report]) -> dict[str, list[float]]:
    """The figures that are promised, one list for all reports."""
    return {
        "core F1": [report.quality["core"].f1 for report in reports],
        "core precision": [report.quality["core"].precision for report in reports],
        "core or adjacent F1": [report.quality["core or adjacent"].f1 for report in reports],
        "main sub-field": [report.sub for report in reports],
        "seniority": [report.seniority for report in reports],
        "mode": [report.mode for report in reports],
    }


def f1(wanted: Sequence[Tier], got: Sequence[Tier], tiers: set[Tier]) -> float:
    """The harmonic mean of precision and recall for some tiers taken together."""
    right = sum(w in tiers and g in tiers for w, g in zip(wanted, got, strict=True))
    there = sum(w in tiers for w in wanted) + sum(g in tiers for g in got)
    return 2 * right / there if there else 0.0


def folds(count: int, seed: int) -> list[list[int]]:
    """The indices of so many postings in ten random parts."""
    order = list(range(count))
    random.Random(seed).shuffle(order)
    return [order[part::FOLDS] for part in range(FOLDS)]


def cross_validated(wanted: Sequence[Tier], predict: Callable[[list[int], list[int]], list[Tier]]) -> Iterator[str]:
    """Core F1 and core-or-adjacent F1 of predictions for parts of the postings that were not learned from."""
    figures = []
    for seed in range(REPEATS):
        got = [Tier.NONE] * len(wanted)
        for part in folds(len(wanted), seed):
            rest = sorted(set(range(len(wanted))) - set(part))
            for index, tier in zip(part, predict(rest, part), strict=True):
                got[index] = tier
        figures.append((f1(wanted, got, {Tier.CORE}), f1(wanted, got, {Tier.CORE, Tier.ADJACENT})))
    for name, values in zip(("core F1", "core or adjacent F1"), zip(*figures, strict=True), strict=True):
        yield f"{name} {statistics.mean(values):.3f} ± {statistics.stdev(values):.3f}"


def report_cross_validation(rows: Sequence[evaluate.LabelledRow]) -> None:
    """Print what the rules, and what a learned model, do on postings they were not fitted to."""
    readings = [read(row.posting()) for row in rows]
    wanted = [row.label.tier for row in rows]
    by_limits = {limits: [judge(reading, limits)[0] for reading in readings] for limits in (CHOSEN, *AROUND)}

    def quality(limits: Limits, indices: Iterable[int]) -> float:
        picked = list(indices)
        want, got = [wanted[i] for i in picked], [by_limits[limits][i] for i in picked]
        return f1(want, got, {Tier.CORE}) + f1(want, got, {Tier.CORE, Tier.ADJACENT})

    def by_rules(learn: list[int], part: list[int]) -> list[Tier]:
        best = max(by_limits, key=lambda limits: quality(limits, learn))
        return [by_limits[best][i] for i in part]

    print(
        "limits in use:           " + ", ".join(cross_validated(wanted, lambda _, p: [by_limits[CHOSEN][i] for i in p]))
    )
    print("limits chosen elsewhere: " + ", ".join(cross_validated(wanted, by_rules)))
    report_model(readings, wanted, by_limits[CHOSEN])


def report_model(readings: Sequence[Reading], wanted: Sequence[Tier], rules: Sequence[Tier]) -> None:
    """Print the same for a logistic regression, where scikit-learn is installed."""
    try:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError:
        print("learned model: left out, scikit-learn is not installed")
        return
    alone = [signals(reading) for reading in readings]
    on_top = [[*row, *(float(rule is tier) for tier in TIERS)] for row, rule in zip(alone, rules, strict=True)]

    def by_model(learn: list[int], part: list[int], *, table: list[list[float]], strength: float) -> list[Tier]:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000))
        model.fit([table[i] for i in learn], [TIERS.index(wanted[i]) for i in learn])
        return [TIERS[answer] for answer in model.predict([table[i] for i in part])]

    print(
        "learned model alone:     " + ", ".join(cross_validated(wanted, partial(by_model, table=alone, strength=3.0)))
    )
    print(
        "learned model on top:    " + ", ".join(cross_validated(wanted, partial(by_model, table=on_top, strength=0.1)))
    )


def signals(reading: Reading) -> list[float]:
    """What the rules look at, as numbers."""
    tags, length = reading.title.tags, max(len(reading.text), 700)
    return [
        *(float(reading.title.kind is kind) for kind in Kind),
        *(float(tag in tags) for tag in ("near", "aside", "product", "builders")),
        float(reading.vendor_side),
        float(reading.on_product),
        reading.worth,
        math.log1p(reading.worth),
        reading.strong,
        math.log1p(reading.strong),
        reading.worth * 1000 / length,
        reading.strong * 1000 / length,
        math.log(length),
        float(reading.snippet),
        float(reading.strong * reading.snippet),
        float(reading.worth * reading.snippet),
    ]


def postings_of(files: Sequence[Path]) -> Sequence[Posting]:
    """The postings of the files, the samples where there are none."""
    read = [posting for file in files for posting in read_postings(file)]
    return read if files else sample_postings(datetime.now(UTC))


def instructions(rounds: int, files: Sequence[Path]) -> int:
    """Instructions of a process that classifies the postings so many times."""
    return count(__file__, ["--rounds", str(rounds), *map(str, files)])


def report_instructions(files: Sequence[Path]) -> None:
    """Print how many instructions a posting takes."""
    need_valgrind()
    postings = postings_of(files)
    spent = instructions(1 + COUNTED, files) - instructions(1, files)
    size = sum(len(posting.description) for posting in postings) / len(postings)
    print(f"{spent / COUNTED / len(postings):,.0f} instructions a posting of {size:.0f} characters")


def classify_all(rounds: int, files: Sequence[Path]) -> None:
    """What `instructions` counts."""
    for posting in [*postings_of(files)] * rounds:
        classify(posting)


def report_quality(path: Path) -> None:
    """Print every figure of a labelled file."""
    with path.open("rb") as lines:
        rows = list(evaluate.read_rows(lines))
    judged = [(row, classify(row.posting())) for row in rows]
    print(evaluate.render(evaluate.report_on(judged)))
    report_halves(judged)
    report_cross_validation(rows)


def report(files: Sequence[Path]) -> None:
    """Print how long the samples and the postings of each file take, and how well labelled ones are judged."""
    classify(sample_postings(datetime.now(UTC))[0])
    report_speed("samples", sample_postings(datetime.now(UTC)))
    for path in files:
        postings = read_postings(path)
        report_speed(path.name, postings)
        typical = [posting for posting in postings if 2000 <= len(posting.description) <= 3500]
        report_speed(f"{path.name}, 2 to 3.5 KB", typical or postings)
        if b'"label"' in path.read_bytes().partition(b"\n")[0]:
            report_quality(path)


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--instructions", action="store_true", help="count instructions instead; needs valgrind")
    parser.add_argument("--rounds", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    missing = [str(path) for path in chosen.files if not path.is_file()]
    if missing:
        parser.error(f"no such file: {', '.join(missing)}")
    if chosen.rounds is not None:
        classify_all(chosen.rounds, chosen.files)
    elif chosen.instructions:
        report_instructions(chosen.files)
    else:
        report(chosen.files)


if __name__ == "__main__":
    main()
