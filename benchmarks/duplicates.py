"""Quality and cost of finding duplicates: labelled pairs decided, and a million postings grouped into openings.

    python benchmarks/duplicates.py pairs FILE
    python benchmarks/duplicates.py scale [--sizes 10000,100000,1000000] [--corpus DIRECTORY] [--processes 2]

FILE is JSON Lines of labelled pairs (id, a, b, same, and sure where doubtful ones are marked). Printed: precision,
recall and F1 with the middle 90 % of 1,000 samples drawn anew, time for a posting and for a decision, and each miss.

`scale` makes postings of which 30 % are copies (re-posted, in another city, with markup and another spelling of the
employer, cut to a snippet, re-worded) and 5 % of the others are hard: the text of another one at another level. Their
words come from the JSON Lines of DIRECTORY (*.jsonl.gz with title, company, location, description), else from the
sample postings. Printed for each size: seconds, the memory of all processes together at their peaks, the growth
exponent since the size before, and precision and recall over all pairs of postings against how they were made.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import json
import random
import resource
import tempfile
import time
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import pairwise
from math import comb, log
from multiprocessing import get_context
from pathlib import Path
from typing import Any, BinaryIO
from zlib import crc32

import msgspec

from iam_job_scout.relevance import plain_text
from iam_job_scout.samples import sample_postings
from iam_job_scout.scan.blocks import keys_of, neighbours
from iam_job_scout.scan.clusters import Link, Rules, cluster
from iam_job_scout.scan.dedupe import are_apart, decide
from iam_job_scout.scan.titles import read_title
from iam_job_scout.scan.traits import Traits, read_traits

COPIES, LEVELS, OPENINGS_OF_ONE = 0.3, 0.05, 6
#: Postings of one file, so that a process holds few of them at once.
PART = 3_000
TEXT = 1_200
SYLLABLES = [a + b for a in "bcdfghjklmnprstvwz" for b in ("a", "e", "i", "o", "u", "an", "el", "or")]
HEAD = msgspec.defstruct("Head", [("title", str), ("company", str), ("location", str)])
CITIES = ["Austin, TX", "Denver, CO", "Boston, MA", "Berlin", "Madrid", "Kraków, Poland", "Utrecht", "Remote - US"]


class Maker:
    """Makes posting after posting, the same for the same seed; `rows` are what their words come from."""

    def __init__(self, rows: Sequence[tuple[str, str]], seed: int = 1) -> None:
        self._rows = rows
        self._random = random.Random(seed)
        self._words = sorted({word for _, text in rows[:2000] for word in text.split() if word.isalpha()})
        self._openings = 0

    def postings(self, count: int) -> Iterator[dict[str, Any]]:
        """Postings, each with the number of the opening that it shows as `truth`."""
        for _ in range(count):
            if self._openings > 10 and self._random.random() < COPIES:
                yield self._copy(self._random.randrange(self._openings))
            else:
                yield self._opening(self._openings)
                self._openings += 1

    def _opening(self, number: int) -> dict[str, Any]:
        own = random.Random(number * 7919)
        if number and own.random() < LEVELS:
            lower = self._opening(number - 1)
            level = read_title(lower["title"])
            if not level.ranks and not level.grade:
                return {**lower, "truth": number, "title": f"{own.choice(['Senior', 'Lead'])} {lower['title']}"}
        firm = random.Random(number // OPENINGS_OF_ONE * 104_729)
        company = " ".join("".join(firm.choices(SYLLABLES, k=3)).title() for _ in range(2))
        about = f"{company} is where {' '.join(firm.choices(self._words, k=40))}."
        title, text = own.choice(self._rows)
        words = [own.choice(self._words) if own.random() < 0.35 else word for word in text.split()]
        place = own.choice(CITIES)
        return {
            "truth": number,
            "title": f"{title}, {own.choice(self._words)} {own.choice(self._words)}"[:120],
            "company": company,
            "location": place,
            "description": f"{about} {' '.join(words)}",
        }

    def _copy(self, number: int) -> dict[str, Any]:
        made = self._opening(number)
        kind = self._random.random()
        if kind < 0.2:
            return made
        if kind < 0.45:
            return {**made, "location": self._random.choice(CITIES)}
        if kind < 0.7:
            text = "".join(f"<p>{part}.</p>" for part in made["description"].split(". "))
            company = f"{made['company']} {self._random.choice(['Inc.', 'GmbH', 'Ltd', 'S.A.'])}"
            return {**made, "company": company, "title": f"{made['title']} (Remote)", "description": text}
        if kind < 0.85:
            return {**made, "description": made["description"][:490] + "…"}
        words = made["description"].split()
        told = [self._random.choice(self._words) if self._random.random() < 0.04 else word for word in words]
        return {**made, "description": " ".join(told), "title": f"{made['title']} (m/w/d)"}


def read_rows(corpus: Path | None) -> list[tuple[str, str]]:
    """Titles and texts of real postings, at most 20,000."""
    if corpus is None:
        return [(p.title, plain_text(p.description)) for p in sample_postings(datetime.now(UTC))]
    found = []
    for file in sorted(corpus.glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        texts = (
            (plain_text(row["title"]), plain_text(row["description"])[:TEXT]) for row in rows[:6000] if row["title"]
        )
        found += [(title[:100], text) for title, text in texts if len(text) > 300 and not read_title(title).references]
    return random.Random(1).sample(found, min(len(found), 20_000))


# Grouping them, part after part. Postings of one employer are in one part.


@dataclass(frozen=True)
class Work:
    """Where the files of one run are, how many there are, and where each posting is: its part and place there."""

    folder: Path
    parts: int
    buckets: int
    homes: array[int]
    places: array[int]

    def part(self, number: int) -> Path:
        """The postings of some employers."""
        return self.folder / f"part-{number}"

    def bucket(self, number: int) -> Path:
        """Some of the keys of all postings: key, near and id of each."""
        return self.folder / f"keys-{number}"


def write_parts(folder: Path, size: int, postings: Iterable[dict[str, Any]]) -> tuple[Work, array[int]]:
    """Writes each posting to the part of its employer; also returns the truth by posting."""
    truth = array("l")
    work = Work(folder, max(2, size // PART), max(2, size // 30_000), array("H"), array("Q"))
    files = [work.part(number).open("wb") for number in range(work.parts)]
    for number, posting in enumerate(postings):
        truth.append(posting.pop("truth"))
        home = home_of(posting["company"], work.parts)
        work.homes.append(home)
        work.places.append(files[home].tell())
        files[home].write(json.dumps({"id": number, **posting}).encode() + b"\n")
    for file in files:
        file.close()
    return work, truth


def home_of(company: str, parts: int) -> int:
    """The part in which all spellings of an employer meet, as the blocks see them."""
    return crc32(company[:4].casefold().encode()) % parts


_work: Work


def start(work: Work) -> None:
    """Gives a process what all of its tasks need, once. None refers to itself, so no cycles are looked for."""
    global _work
    gc.disable()
    _work = work


def group_part(part: int) -> tuple[array[int], list[array[int]], int]:
    """Compares the postings of a part; returns links (two ids and confidence), the keys by bucket, and memory."""
    traits = {}
    blocks: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    keys_out = [array("Q") for _ in range(_work.buckets)]
    with _work.part(part).open("rb") as lines:
        for line in lines:
            posting = msgspec.json.decode(line)
            number = posting.pop("id")
            traits[number] = read_traits(**posting)
            keys = keys_of(traits[number])
            for key in keys.blocks:
                blocks[key].append((keys.near, number))
                keys_out[key % _work.buckets].extend((key, keys.near, number))
    pairs = {pair for members in blocks.values() for pair in neighbours(members)}
    return compare_pairs(pairs, traits.__getitem__), keys_out, peak_memory()


def compare_pairs(pairs: Iterable[tuple[int, int]], traits: Callable[[int], Traits]) -> array[int]:
    """Links: two ids and the confidence in thousandths, one after the other."""
    links = array("Q")
    for one, other in sorted(pairs):
        verdict = decide(traits(one), traits(other))
        if verdict.same:
            links.extend((one, other, round(verdict.confidence * 1000)))
    return links


def compare_abroad(bucket: int) -> tuple[array[int], int]:
    """Compares postings of different parts that share a key."""
    rows = array("Q")
    rows.frombytes(_work.bucket(bucket).read_bytes())
    blocks: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for key, near, number in zip(rows[::3], rows[1::3], rows[2::3], strict=True):
        blocks[key].append((near, number))
    homes = _work.homes
    mixed = (members for members in blocks.values() if len({homes[number] for _, number in members}) > 1)
    pairs = {pair for members in mixed for pair in neighbours(members) if homes[pair[0]] != homes[pair[1]]}
    return compare_pairs(pairs, stored_traits), peak_memory()


@lru_cache(maxsize=2_000)
def stored_traits(number: int) -> Traits:
    """Reads one posting again."""
    posting = msgspec.json.decode(stored(number))
    return read_traits(**{name: value for name, value in posting.items() if name != "id"})


def title_traits(number: int) -> Traits:
    """Reads one posting again, without its text, which contradictions do not hang on."""
    return read_traits(**msgspec.structs.asdict(msgspec.json.decode(stored(number), type=HEAD)), description="")


def stored(number: int) -> bytes:
    """A posting as it was written."""
    file = part_file(_work.homes[number])
    file.seek(_work.places[number])
    return file.readline()


@cache
def part_file(number: int) -> BinaryIO:
    """The postings of a part, opened once by each process that asks for them."""
    return _work.part(number).open("rb")


def group_linked(links: Sequence[tuple[int, int, int]]) -> tuple[list[list[int]], int]:
    """The openings among some linked postings."""
    names = {number: ("", "", f"{number:09}") for link in links for number in link[:2]}
    traits = {name: title_traits(number) for number, name in names.items()}
    rules = Rules({name: (t.title, t.name) for name, t in traits.items()}, lambda a, b: are_apart(traits[a], traits[b]))
    found = cluster([Link(1 - sure / 1000, names[one], names[other]) for one, other, sure in links], rules)
    return [[int(name[2]) for name in group] for group in found], peak_memory()


def group_all(work: Work, pool: ProcessPoolExecutor) -> tuple[array[int], list[int]]:
    """Returns the opening of each posting, named by its first posting, and the peaks of memory of all tasks."""
    links, peaks = array("Q"), []
    files = [work.bucket(number).open("wb") for number in range(work.buckets)]
    for found, keys, peak in pool.map(group_part, range(work.parts)):
        links += found
        peaks.append(peak)
        for file, some in zip(files, keys, strict=True):
            some.tofile(file)
    for file in files:
        file.close()
    for found, peak in pool.map(compare_abroad, range(work.buckets)):
        links += found
        peaks.append(peak)
    openings = array("l", range(len(work.homes)))
    for groups, peak in pool.map(group_linked, connected(links, len(openings))):
        peaks.append(peak)
        for group in groups:
            for number in group:
                openings[number] = group[0]
    return openings, peaks


def connected(links: array[int], size: int) -> list[list[tuple[int, int, int]]]:
    """The links, cut where nothing connects them, in some hundred lists."""
    root = array("l", range(size))

    def find(number: int) -> int:
        while root[number] != number:
            root[number] = number = root[root[number]]
        return number

    triples = list(zip(links[::3], links[1::3], links[2::3], strict=True))
    for one, other, _ in triples:
        root[find(one)] = find(other)
    lists: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for triple in triples:
        lists[find(triple[0]) % max(4, size // 4_000)].append(triple)
    return list(lists.values())


def processor_time() -> float:
    """Seconds that this process and those it has ended spent."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def peak_memory() -> int:
    """The most memory this process ever had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def pair_quality(openings: Sequence[int], truth: Sequence[int]) -> tuple[float, float]:
    """Precision and recall over all pairs of postings."""
    right = sum(comb(count, 2) for count in Counter(zip(openings, truth, strict=True)).values())
    told = sum(comb(count, 2) for count in Counter(openings).values())
    true = sum(comb(count, 2) for count in Counter(truth).values())
    return right / max(told, 1), right / max(true, 1)


def run_scale(sizes: Sequence[int], corpus: Path | None, processes: int) -> list[tuple[int, float, float]]:
    """Measures each size, prints it, and returns size, seconds and seconds of processor time."""
    rows, measured = read_rows(corpus), []
    print(f"words of {len(rows)} postings, {processes} processes")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            work, truth = write_parts(Path(folder), size, Maker(rows).postings(size))
            began, used = time.perf_counter(), processor_time()
            context = get_context("spawn")
            with ProcessPoolExecutor(processes, context, initializer=start, initargs=(work,)) as pool:
                openings, peaks = group_all(work, pool)
            seconds, used = time.perf_counter() - began, processor_time() - used
        precision, recall = pair_quality(openings, truth)
        memory = peak_memory() + processes * max(peaks)
        measured.append((size, seconds, used))
        print(
            f"{size:,} postings, {len(set(truth)):,} openings: {seconds:.1f} s,"
            f" {used:.1f} s of processor time, {memory / 2**20:,.0f} MiB,"
            f" {len(set(openings)):,} found, precision {precision:.4f}, recall {recall:.4f}",
            flush=True,
        )
    for (small, *quick), (large, *slow) in pairwise(measured):
        wall, used = (log(after / before) / log(large / small) for before, after in zip(quick, slow, strict=True))
        print(f"growth exponent from {small:,} to {large:,}: {wall:.2f}, by processor time {used:.2f}")
    return measured


def run_pairs(file: Path) -> None:
    """Measures the decision on labelled pairs."""
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
    fields = ("title", "company", "location", "description")
    postings = [{field: row[side].get(field) or "" for field in fields} for row in rows for side in "ab"]
    began = time.process_time()
    traits = [read_traits(**posting) for posting in postings]
    read = time.process_time() - began
    began = time.process_time()
    verdicts = [decide(one, other) for one, other in zip(traits[::2], traits[1::2], strict=True)]
    decided = time.process_time() - began
    print(f"{read / len(postings) * 1e6:.0f} us a posting, {decided / len(rows) * 1e6:.0f} us a decision")
    outcomes = [(v.same, bool(row["same"]), bool(row.get("sure", 1))) for v, row in zip(verdicts, rows, strict=True)]
    print("sure:", describe([outcome[:2] for outcome in outcomes if outcome[2]]))
    print("all: ", describe([outcome[:2] for outcome in outcomes]))
    for row, verdict in zip(rows, verdicts, strict=True):
        if verdict.same != bool(row["same"]):
            titles = f"{row['a']['title']!r} and {row['b']['title']!r}"
            print(f"{row['id']} is {'same' if row['same'] else 'different'}: {titles}: {'; '.join(verdict.reasons)}")


def describe(outcomes: Sequence[tuple[bool, bool]]) -> str:
    """Precision, recall and F1, and where the middle 90 % of F1 lie when the pairs are drawn anew."""
    drawn = sorted(scores(random.Random(seed).choices(outcomes, k=len(outcomes)))[2] for seed in range(1000))
    precision, recall, f1 = scores(outcomes)
    return f"precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f} ({drawn[50]:.3f} to {drawn[949]:.3f})"


def scores(outcomes: Sequence[tuple[bool, bool]]) -> tuple[float, float, float]:
    """Precision, recall and F1 of (said, true)."""
    right = sum(said and true for said, true in outcomes)
    told, true = sum(said for said, _ in outcomes), sum(true for _, true in outcomes)
    return right / max(told, 1), right / max(true, 1), 2 * right / max(told + true, 1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the arguments name."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(required=True, dest="what")
    commands.add_parser("pairs").add_argument("file", type=Path)
    scale = commands.add_parser("scale")
    scale.add_argument("--sizes", default="10000,100000")
    scale.add_argument("--corpus", type=Path)
    scale.add_argument("--processes", type=int, default=2)
    chosen = parser.parse_args(arguments)
    if chosen.what == "pairs":
        run_pairs(chosen.file)
    else:
        run_scale([int(size) for size in chosen.sizes.split(",")], chosen.corpus, chosen.processes)


if __name__ == "__main__":
    main()
