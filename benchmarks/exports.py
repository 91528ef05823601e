"""An export of a million jobs, and a digest for a thousand saved searches over them.

    python benchmarks/exports.py [--jobs 1000000] [--saved 1000] [--keep DIRECTORY] [--corpus DIRECTORY] [--json]

On SQLite, with the jobs of `benchmarks/search.py` (whose `--keep` directory may be given here too). An export streams
all jobs in both forms; its memory is what the process grew by. The digest looks at every saved search once, each for
what was first seen in the last day: a thousandth of the jobs.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, process_time

from sqlalchemy import delete, func, select, update

sys.path.append(str(Path(__file__).resolve().parent))

from many_jobs import fill, templates
from search import deal_queries, serving

from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.db.models import Channel, Delivery, Job, Notice, SavedSearch, User
from iam_job_scout.jobs.export import Form, export
from iam_job_scout.notify.collect import collect_one
from iam_job_scout.notify.schedule import Cadence
from iam_job_scout.web.saved import find_new

NOW = datetime.now(UTC)
Figures = dict[str, float]


def measure_export(database: Database, form: Form) -> Figures:
    """Rows a second, and the MB by which the process grew."""
    before, began, used, size, peak = _own_mb(), monotonic(), process_time(), 0, 0.0
    for part in export(database, form, user_id=None, include_closed=True):
        size += len(part)
        peak = max(peak, _own_mb())
    seconds, used = monotonic() - began, process_time() - used
    with database.reading() as session:
        rows = session.scalar(select(func.count()).select_from(Job)) or 0
    speed = {"rows_a_second": rows / seconds, "rows_a_cpu_second": rows / used}
    return {"rows": rows, "mb": size / 1e6, **speed, "grew_mb": peak - before}


def measure_digest(database: Database, saved: int) -> Figures:
    """Seconds to look at all saved searches, and how many messages that made."""
    _save(database, saved)
    looked, began = 0, monotonic()
    while collect_one(database, find_new, home="http://127.0.0.1", now=NOW):
        looked += 1
    seconds = monotonic() - began
    with database.reading() as session:
        messages = session.scalar(select(func.count()).select_from(Delivery)) or 0
        told = session.scalar(select(func.count()).select_from(Notice)) or 0
    return {"searches": looked, "seconds": seconds, "messages": messages, "jobs_told": told}


def _save(database: Database, saved: int) -> None:
    """A day in which a thousandth of the jobs is new, and saved searches that are due, of twenty people."""
    since = NOW - timedelta(days=1)
    with database.writing() as session:
        for table in (Notice, Delivery, SavedSearch, Channel):
            session.execute(delete(table))
        last = session.scalar(select(func.max(Job.id))) or 0
        session.execute(
            update(Job).where(Job.first_seen > since - timedelta(days=1)).values(first_seen=since - timedelta(days=9))
        )
        session.execute(update(Job).where(Job.id > last - max(1, last // 1_000)).values(first_seen=NOW))
        for number in range(20):
            user = User(
                email=f"{number}-{NOW.timestamp()}@example.org", password_hash="-", role="member", created_at=since
            )
            session.add(user)
            session.flush()
            channel = Channel(user_id=user.id, name="c", address="ntfy://topic", created_at=since)
            session.add(channel)
            session.flush()
            for query in deal_queries(saved // 20):
                words = f"q={query.words.replace(' ', '+')}"
                session.add(
                    SavedSearch(
                        user_id=user.id, name=query.words, query=words, cadence=Cadence.DAILY, company_cap=3,
                        channel_id=channel.id, created_at=since, read_until=since, next_at=NOW,
                    )
                )  # fmt: skip


def _own_mb() -> float:
    """Memory of the process's own; pages of the database file are the system's, which takes them back at will."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("RssAnon:")[2].split()[0]) / 1024


def show(name: str, figures: Figures, *, as_json: bool) -> None:
    """Prints a line."""
    shown = "  ".join(f"{key} {value:,.1f}" for key, value in figures.items())
    print(json.dumps({name: figures}) if as_json else f"{name:<14}{shown}", flush=True)


def main() -> None:
    """Make the jobs, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--saved", type=int, default=1_000)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, serving("sqlite", options.keep or Path(temporary)) as settings:
        database = open_database(settings)
        upgrade(database)
        with database.reading() as session:
            missing = options.jobs - (session.scalar(select(func.count()).select_from(Job)) or 0)
        if missing > 0:
            fill(database, missing, templates(options.corpus))
        for form in Form:
            show(f"export {form}", measure_export(database, form), as_json=options.json)
        show("digest", measure_digest(database, options.saved), as_json=options.json)
        database.close()


if __name__ == "__main__":
    main()
