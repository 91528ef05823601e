"""Scans boards that answer nonsense, each kind of fault alone and all mixed: nothing may be lost, doubled or closed.

    python benchmarks/faults.py [--boards 60] [--rate 0.3] [--kinds 429,huge] [--upstream URL]

Boards are served by `faulty_farm.py` in a process of its own, or by any other upstream that lists them at /__boards.csv
and takes faults of the same names at /__faults?rate=SHARE&kinds=NAMES. After a healthy first scan there is, for each
kind of fault, a scan of boards of which that share of the answers is bent, and then a healthy one. The faulty one must
close nothing and count each failure under the class of its kind; after the healthy one the postings and the jobs must
be what they were at first. Each scan is a process of its own, with its peak of memory. Exits 1 where anything is wrong.
"""

import argparse
import json
import os
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from faulty_farm import KINDS
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, select

from iam_job_scout.db import open_database
from iam_job_scout.db.models import Job, Posting, ScanBoard
from iam_job_scout.logs import configure_logging
from iam_job_scout.monitoring.exposition import Wanted, exposition
from iam_job_scout.scan import runs
from iam_job_scout.scan.command import scan_now
from iam_job_scout.settings import load_settings
from scan import ROOT, Upstream, farm, run_to_its_end, upstream_at

#: Seconds that a request may take in these scans, so that one that is slow or stalls is given up soon.
TIMEOUT = 3
#: MB that a scan may need at most.
MEMORY = 400
#: Seconds for each board and fault, tries and rests included, that a scan may take at most.
SECONDS_A_BOARD = 5
#: What each kind counts as in scan_errors_total and external_api_errors_total; the others are no failures.
CLASSES = {
    "429": ("rate_limited", "rate_limited"),
    "500": ("server_error", "server_error"),
    "503": ("server_error", "server_error"),
    "403": ("blocked", "blocked"),
    "slow": ("timeout", "timeout"),
    "stall": ("timeout", "timeout"),
    "cut": ("connection", "connect"),
    "truncate": ("bad_payload", "bad_payload"),
    "garbage": ("bad_payload", "bad_payload"),
    "html": ("bad_payload", "bad_payload"),
    "redirect_private": ("unsafe_redirect", "unsafe_redirect"),
    "redirect_loop": ("unsafe_redirect", "unsafe_redirect"),
    "huge": ("too_large", "too_large"),
    "bomb": ("too_large", "too_large"),
}
#: Bodies over a megabyte are read one after the other, and the time limit goes on for those that wait.
WAITS = {"huge", "bomb"}
#: Ten failures in a row and a host is left alone for a second: that is counted too, and no failure of the classes.
RESTING = "circuit_open"


@dataclass(frozen=True)
class Run:
    """One scan: what it took, what it counted, and how its failures were classed."""

    seconds: float
    peak: float
    totals: dict[str, int]
    scan_errors: dict[str, int] = field(default_factory=dict)
    call_errors: dict[str, int] = field(default_factory=dict)


def scan(directory: Path, upstream: Upstream, *, timeout: float) -> Run:
    """Scans in a process of its own; `timeout` are the seconds that a request may take."""
    argv = [sys.executable, __file__, "--scan", str(directory), "--upstream", upstream.url, "--timeout", str(timeout)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "SCOUT_LOG_LEVEL": "error"}
    ended = run_to_its_end(argv, environment, directory)
    return Run(ended.wall, ended.peak, **json.loads(ended.said))


def scan_here(directory: Path, upstream: str, timeout: float) -> None:
    """What that process does."""
    boards = directory / "boards.csv"
    settings = load_settings(data_dir=directory, boards=boards, upstream=upstream, source_timeout=timeout)
    configure_logging(settings)
    sources = sorted({row.split(",")[0] for row in boards.read_text().splitlines()[1:]})
    totals = runs.totals(scan_now(settings, sources, quiet=True))
    errors = {"scan_errors": counted("scan_errors_total"), "call_errors": counted("external_api_errors_total")}
    print(json.dumps({"totals": totals, **errors}))


def counted(name: str) -> dict[str, int]:
    """How often each `error_type` of a counter was counted."""
    found: dict[str, int] = {}
    for family in text_string_to_metric_families("".join(exposition(Wanted(names=frozenset([name]))))):
        for sample in family.samples:
            if sample.name == name and sample.value:
                kind = sample.labels["error_type"]
                found[kind] = found.get(kind, 0) + int(sample.value)
    return found


def state(directory: Path) -> dict[str, object]:
    """What must be as it was: the postings by content, their decisions, the jobs, and no sum that is not exact."""
    database = open_database(load_settings(data_dir=directory))
    exact = ScanBoard.fetched == ScanBoard.accepted + ScanBoard.rejected + ScanBoard.duplicates
    columns = (Posting.source, Posting.board, Posting.external_id, Posting.content_hash, Posting.tier)
    with database.reading() as session:
        found: dict[str, object] = {
            "postings": sorted(map(str, session.execute(select(*columns, Posting.closed_at)))),
            "jobs": sorted(map(str, session.execute(select(Job.title, Job.company, Job.closed_at)))),
            "inexact": session.scalar(select(func.count()).where(~exact)),
        }
    database.close()
    return found


def wrong(run: Run, kinds: Sequence[str], *, boards: int) -> list[str]:
    """What a faulty scan did that it must not do."""
    found = []
    if run.totals["closed"]:
        found.append(f"{run.totals['closed']} postings were closed")
    if run.peak > MEMORY:
        found.append(f"it needed {run.peak:.0f} MB")
    if run.seconds > boards * SECONDS_A_BOARD:
        found.append(f"it took {run.seconds:.0f} s")
    classes = [CLASSES[kind] for kind in kinds if kind in CLASSES]
    classes += [CLASSES["slow"]] * bool(WAITS & set(kinds))
    found += _misplaced("scan_errors_total", run.scan_errors, {RESTING, *(of_scan for of_scan, _ in classes)})
    found += _misplaced("external_api_errors_total", run.call_errors, {of_call for _, of_call in classes})
    if classes and not run.call_errors:
        found.append("no failure was counted")
    return found


def _misplaced(name: str, counts: Mapping[str, int], allowed: set[str]) -> list[str]:
    return [f"{name} has {number} of {kind}" for kind, number in counts.items() if kind not in allowed]


def break_answers(upstream: Upstream, rate: float, kinds: Sequence[str] = ()) -> None:
    """Has that share of the answers be bent, in these ways or in all."""
    query = f"?rate={rate}" + (f"&kinds={','.join(kinds)}" if kinds else "")
    request = urllib.request.Request(upstream.url + "/__faults" + query, method="POST")
    urllib.request.urlopen(request, timeout=120).close()


def campaign(
    upstream: Upstream, kinds: Sequence[str], *, rate: float, timeout: float = TIMEOUT
) -> Iterator[tuple[str, Run, list[str]]]:
    """Yields each fault, the scan with it, and what was wrong with it or with the healthy one after it."""
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        boards = upstream.boards()
        (directory / "boards.csv").write_text("\n".join(["ats,token,company", *boards]))
        scan(directory, upstream, timeout=timeout)
        healthy = state(directory)
        for mix in [*([kind] for kind in kinds), *([list(kinds)] if len(kinds) > 1 else [])]:
            break_answers(upstream, rate, mix)
            try:
                run = scan(directory, upstream, timeout=timeout)
            finally:
                break_answers(upstream, 0)
            problems = wrong(run, mix, boards=len(boards))
            scan(directory, upstream, timeout=timeout)
            now = state(directory)
            problems += [f"{name} differ after the next healthy scan" for name in now if now[name] != healthy[name]]
            yield (mix[0] if len(mix) == 1 else "mixed"), run, problems


@contextmanager
def boards_of(url: str, *, count: int, port: int) -> Iterator[Upstream]:
    """The given upstream, or a farm of this many boards."""
    if url:
        yield upstream_at(url)
        return
    with farm(count, port, script="faulty_farm.py") as upstream:
        yield upstream


def main() -> int:
    """Prints a line for each fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boards", type=int, default=60)
    parser.add_argument("--rate", type=float, default=0.3)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--upstream", default="")
    parser.add_argument("--port", type=int, default=8393)
    parser.add_argument("--timeout", type=float, default=TIMEOUT)
    parser.add_argument("--scan", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.scan:
        scan_here(given.scan, given.upstream, given.timeout)
        return 0
    failed = False
    with boards_of(given.upstream, count=given.boards, port=given.port) as upstream:
        print("fault             seconds  peak MB  failed boards  counted as")
        kinds = given.kinds.split(",")
        for name, run, problems in campaign(upstream, kinds, rate=given.rate, timeout=given.timeout):
            classes = ", ".join(f"{kind} {number}" for kind, number in sorted(run.call_errors.items())) or "-"
            figures = f"{run.seconds:7.1f}  {run.peak:7.0f}  {run.totals['errors']:13d}"
            print(f"{name:16s}  {figures}  {classes}", flush=True)
            for problem in problems:
                print(f"  {problem}", flush=True)
            failed |= bool(problems)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
