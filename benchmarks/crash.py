"""Kills scans at random moments, again and again, and compares what is stored in the end with undisturbed scans.

    python benchmarks/crash.py [--kills 100] [--boards 60]

A scan of boards of `board_farm.py` is killed with SIGKILL after a random time and begun again, until it ends; then the
next one begins with an empty data directory. Each end is compared with that of a scan that nobody disturbed: postings,
their decisions, jobs, receipts and their sums. Exits 1 at the first difference.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import func, inspect, select

from iam_job_scout.db import open_database
from iam_job_scout.db.models import Job, Posting, PostingEvent, Scan, ScanBoard
from iam_job_scout.settings import load_settings
from scan import ROOT, Upstream, farm


def begin(directory: Path, upstream: Upstream) -> subprocess.Popen[bytes]:
    """Begins a scan, or goes on with one that was killed."""
    boards = directory / "boards.csv"
    if not boards.exists():
        boards.write_text("\n".join(["ats,token,company", *upstream.boards()]))
    environment = os.environ | {
        "PYTHONPATH": str(ROOT / "src"),
        "SCOUT_DATA_DIR": str(directory),
        "SCOUT_BOARDS": str(boards),
        "SCOUT_UPSTREAM": upstream.url,
    }
    argv = [sys.executable, "-m", "iam_job_scout", "scan", "greenhouse", "--json"]
    return subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL, cwd=directory)


def end_state(directory: Path) -> dict[str, object]:
    """What must be the same however often a scan was killed."""
    database = open_database(load_settings(data_dir=directory))
    counts = (ScanBoard.fetched, ScanBoard.accepted, ScanBoard.rejected, ScanBoard.duplicates, ScanBoard.new)
    with database.reading() as session:
        postings = session.execute(
            select(
                Posting.board, Posting.external_id, Posting.content_hash, Posting.decision == "rejected", Posting.rule
            )
        )
        state = {
            "postings": sorted(map(str, postings)),
            "jobs": sorted(map(str, session.execute(select(Job.title, Job.company, Job.closed_at.is_(None))))),
            "events": session.scalar(select(func.count()).select_from(PostingEvent)),
            "receipts": tuple(session.execute(select(func.count(ScanBoard.finished_at), *map(func.sum, counts))).one()),
            "scans": session.scalar(select(func.count(Scan.finished_at))),
        }
    database.close()
    return state


def is_finished(directory: Path) -> bool:
    """Whether there is a scan and it has ended."""
    database = open_database(load_settings(data_dir=directory))
    with database.reading() as session:
        known = inspect(session.connection()).has_table(Scan.__tablename__)
        finished = known and session.scalar(select(func.count(Scan.finished_at)))
    database.close()
    return bool(finished)


def run_killed(directory: Path, upstream: Upstream, *, longest: float, rolls: random.Random, most: int) -> int:
    """Kills a scan until it ends by itself, at most so often; returns how often."""
    kills = 0
    while kills < most:
        process = begin(directory, upstream)
        try:
            process.wait(rolls.uniform(0.1, longest))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
            if is_finished(directory):
                # Killed between the end of the scan and its own: to begin again would be another scan.
                return kills
        else:
            return kills
    assert begin(directory, upstream).wait() == 0
    return kills


def main() -> int:
    """Runs scans until enough were killed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--boards", type=int, default=60)
    parser.add_argument("--port", type=int, default=8392)
    given = parser.parse_args()
    rolls = random.Random(7)
    with farm(given.boards, given.port) as upstream, tempfile.TemporaryDirectory() as place:
        undisturbed = Path(place) / "undisturbed"
        undisturbed.mkdir()
        began = time.perf_counter()
        assert begin(undisturbed, upstream).wait() == 0
        longest, expected = 1.2 * (time.perf_counter() - began), end_state(undisturbed)
        kills = scans = 0
        while kills < given.kills:
            directory = Path(place) / f"killed-{scans}"
            directory.mkdir()
            kills += run_killed(directory, upstream, longest=longest, rolls=rolls, most=given.kills - kills)
            scans += 1
            found = end_state(directory)
            for name, value in expected.items():
                if found[name] != value:
                    print(f"after {kills} kills {name} differ from those of an undisturbed scan")
                    print(f"{str(value)[:500]}\n{str(found[name])[:500]}")
                    return 1
            print(f"{scans} scans, {kills} kills, no difference", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
