"""How fast a search of a million jobs is, on SQLite and on PostgreSQL, beside the plain LIKE.

    python benchmarks/search.py [--jobs 1000000] [--only sqlite] [--searches-only] [--keep DIRECTORY]
                                [--corpus DIRECTORY] [--json]

Jobs are made of real postings where `--corpus` names a directory of them (JSON Lines, gzip), else of the samples, with
employers, sources and dates dealt anew. A search is two words and two filters, with all that a page needs: the jobs,
their number and the counts of every filter; no search is asked twice, so that no answer is a kept one. Pages come from
`scout serve` with two processes on the same machine, and so does the load (see `crowd.py`), which searches for other
words and is measured once people have browsed for a while. `--keep` leaves the databases, and uses those that are;
`--searches-only` measures neither pages nor people.
"""

import argparse
import asyncio
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import event, func, select

sys.path += [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "tests")]

from crowd import Connection, Paths, Visit, browse, next_pages, sign_in
from many_jobs import fill, templates

import postgresql
from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.db.models import Job
from iam_job_scout.jobs.listed import read_outlines
from iam_job_scout.jobs.search import JobQuery, find_jobs
from iam_job_scout.settings import Settings

NOW = datetime.now(UTC)
WORDS = (
    *("okta", "sailpoint", "cyberark", "identity", "engineer", "azure", "cloud", "security", "analyst", "architect"),
    *("scim", "saml", "directory", "governance", "privileged", "access", "python", "manager", "consultant", "senior"),
    *("entra", "saviynt", "oauth", "aws", "audit", "compliance", "developer", "administrator", "kubernetes", "lead"),
)
CHOICES = {
    "mode": ("remote", "hybrid", "onsite"),
    "level": ("senior", "mid", "lead", "manager"),
    "sub": ("iga", "pam", "sso", "general"),
    "place": ("us", "us-ca", "us-tx", "gb"),
    "pay": ("100", "150"),
    "fresh": ("7", "30"),
    "clearance": ("none",),
}


PEOPLE = 50


@dataclass(frozen=True, kw_only=True)
class Searches:
    """What was measured of the searches of one database; times in milliseconds.

    `search` finds a page and reads the outlines of its jobs, `sql` is what the database took of it. `…_cpu` is
    processor time of this process.
    """

    database: str
    jobs: int
    write_us_per_job: float
    sql_p50: float
    sql_p95: float
    search_p50: float
    search_p95: float
    search_p95_cpu: float


@dataclass(frozen=True, kw_only=True)
class Figures(Searches):
    """What was measured of pages and people, too: `page` is a whole page from the server.

    `load_cpu` is the share of one processor that this process took while people browsed.
    """

    page_p50: float
    page_p95: float
    like_median: float
    first_page_kb: float
    load_requests: int
    load_errors: int
    load_per_second: float
    load_p50: float
    load_p99: float
    load_longest: float
    load_cpu: float
    load_p99_of: dict[str, float]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--searches-only", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = list(measure_all(options))
    for one in figures:
        print(json.dumps(asdict(one)) if options.json else "\n".join(f"{k:20} {v}" for k, v in asdict(one).items()))
    return 0


def measure_all(options: argparse.Namespace) -> Iterator[Searches]:
    """Measures each database in turn."""
    with tempfile.TemporaryDirectory(prefix="scout-search-") as temporary:
        directory = options.keep or Path(temporary)
        directory.mkdir(parents=True, exist_ok=True)
        for name in [options.only] if options.only else ["sqlite", "postgresql"]:
            with serving(name, directory / name) as settings:
                yield measure(settings, options)


@contextmanager
def serving(name: str, directory: Path) -> Iterator[Settings]:
    """Settings of a database of that kind, which is running meanwhile."""
    directory.mkdir(parents=True, exist_ok=True)
    settings = Settings(data_dir=directory, port=_free_port(), _env_file=None)  # type: ignore[call-arg]
    if name == "sqlite":
        yield settings
        return
    binaries = postgresql.find_binaries()
    if binaries is None:
        raise SystemExit("no PostgreSQL server binaries on this machine")
    # As anyone with so many jobs would set it; the default of 128 MB is for a machine of the nineties.
    with postgresql.running(binaries, directory, _free_port(), "-c", "shared_buffers=2GB") as url:
        yield settings.model_copy(update={"database_url": SecretStr(url)})


def measure(settings: Settings, options: argparse.Namespace) -> Searches:
    """Fills the database where it is empty, then searches, asks for pages and lets 50 people browse."""
    database = open_database(settings)
    upgrade(database)
    with database.reading() as session:
        missing = options.jobs - (session.scalar(select(func.count()).select_from(Job)) or 0)
    started = time.perf_counter()
    if missing > 0:
        fill(database, missing, templates(options.corpus))
    took = time.perf_counter() - started
    queries = list(deal_queries(options.searches))
    times = _measure_searches(database, queries)
    figures = Searches(
        database=database.dialect,
        jobs=options.jobs,
        write_us_per_job=round(took / max(missing, 1) * 1e6, 1),
        sql_p50=_quantile([sql for _, _, sql in times], 50),
        sql_p95=_quantile([sql for _, _, sql in times], 95),
        search_p50=_quantile([wall for wall, _, _ in times], 50),
        search_p95=_quantile([wall for wall, _, _ in times], 95),
        search_p95_cpu=_quantile([cpu for _, cpu, _ in times], 95),
    )
    if not options.searches_only:
        figures = _measure_pages(settings, database, options, figures)
    database.close()
    return figures


def _measure_pages(settings: Settings, database: Database, options: argparse.Namespace, searches: Searches) -> Figures:
    _read_files(settings.data_dir)
    queries = list(deal_queries(options.searches))
    cookies = sign_in(database, PEOPLE)
    with served(settings) as home:
        pages, first = asyncio.run(_ask_in_turn(home, cookies[0], [_path(query) for query in queries]))
        visits, share = _let_browse(home, cookies, options)
    right = [visit for visit in visits if visit.ms is not None]
    return Figures(
        **asdict(searches),
        page_p50=_quantile(pages, 50),
        page_p95=_quantile(pages, 95),
        like_median=round(statistics.median(_like(database, query) for query in queries[:5]), 1),
        first_page_kb=first,
        load_requests=len(visits),
        load_errors=len(visits) - len(right),
        load_per_second=round(len(visits) / options.seconds, 1),
        load_p50=_quantile([visit.ms for visit in right], 50),
        load_p99=_quantile([visit.ms for visit in right], 99),
        load_longest=_quantile([visit.ms for visit in right], 100),
        load_cpu=share,
        load_p99_of={
            kind: _quantile([visit.ms for visit in right if visit.kind == kind], 99)
            for kind in sorted({visit.kind for visit in right})
        },
    )


def _read_files(directory: Path) -> None:
    """Have the system read all files once, as a database that has run for a while has: the disk is not measured."""
    for path in directory.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                while file.read(1 << 24):
                    pass


def _measure_searches(database: Database, queries: list[JobQuery]) -> list[tuple[float, float, float]]:
    """Wall time, processor time, and the database's time of each search, in ms."""
    for query in queries:
        # Once unmeasured: a database that has run for a while has its index in memory. Pages of another size, so that
        # the answers themselves are not kept.
        _search(database, replace(query, size=49))
    times = []
    with _database_time(database) as of_database:
        for query in queries:
            of_database.clear()
            wall, cpu = _timed(lambda query=query: _search(database, query))
            times.append((wall, cpu, sum(of_database)))
    return times


@contextmanager
def _database_time(database: Database) -> Iterator[list[float]]:
    """The time that each statement takes meanwhile, in ms."""
    times: list[float] = []
    begun = []

    def before(*_: object) -> None:
        begun.append(time.perf_counter())

    def after(*_: object) -> None:
        times.append((time.perf_counter() - begun.pop()) * 1e3)

    event.listen(database.engine, "before_cursor_execute", before)
    event.listen(database.engine, "after_cursor_execute", after)
    yield times
    event.remove(database.engine, "before_cursor_execute", before)
    event.remove(database.engine, "after_cursor_execute", after)


def _let_browse(home: str, cookies: list[str], options: argparse.Namespace) -> tuple[list[Visit], float]:
    """The visits of all people, and which share of one processor this process took for them."""
    searches = [_path(query) for query in deal_queries(options.searches, seed=8)]
    filtered = [f"/?{name}={value}" for name, values in CHOICES.items() for value in values]
    filtered += [f"/?sort=newest&{path[2:]}" for path in filtered]
    words = [f"/?q={word}" for word in WORDS]
    following = asyncio.run(next_pages(home, cookies[0], ["/", *filtered[:5]]))
    paths = Paths(filtered=filtered, words=words, searches=searches, jobs=options.jobs, next=following)
    browse(home, paths, cookies, seconds=options.seconds)
    wall, cpu = time.perf_counter(), time.process_time()
    visits = browse(home, paths, cookies, seconds=options.seconds)
    return visits, round((time.process_time() - cpu) / (time.perf_counter() - wall), 2)


def deal_queries(count: int, seed: int = 7) -> Iterator[JobQuery]:
    """Searches of two words and two filters, no two the same."""
    chance = random.Random(seed)
    for _ in range(count):
        names = chance.sample(sorted(CHOICES), 2)
        choices = {name: (chance.choice(CHOICES[name]),) for name in names}
        yield JobQuery(words=" ".join(chance.sample(WORDS, 2)), choices=choices, user_id=0, now=NOW)


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """The address of `scout serve` with two web processes."""
    given = {"DATABASE_URL": settings.sqlalchemy_url, "DATA_DIR": str(settings.data_dir)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SCOUT_")}
    environment = kept | {f"SCOUT_{name}": value for name, value in given.items()}
    argv = [
        sys.executable,
        "-m",
        "iam_job_scout",
        "serve",
        "--port",
        str(settings.port),
        "--workers",
        "2",
        "--no-engine",
    ]
    with subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(settings.port, server)
            yield settings.base_url
        finally:
            server.terminate()


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            if server.poll() is not None:
                raise SystemExit("the app did not start") from None
            time.sleep(0.1)
        else:
            return


def _search(database: Database, query: JobQuery) -> None:
    with database.reading() as session:
        read_outlines(session, find_jobs(session, query).ids)


def _timed(run: Callable[[], None]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.thread_time()
    run()
    return (time.perf_counter() - wall) * 1e3, (time.thread_time() - cpu) * 1e3


def _like(database: Database, query: JobQuery) -> float:
    """The way without an index: each word somewhere in the text."""
    conditions = [Job.search_text.contains(word) for word in query.words.split()]
    rows = select(Job.id).where(*conditions, Job.closed_at.is_(None)).order_by(Job.score.desc()).limit(50)
    count = select(func.count()).select_from(Job).where(*conditions, Job.closed_at.is_(None))
    started = time.perf_counter()
    with database.reading() as session:
        session.execute(rows).all()
        session.execute(count).all()
    return (time.perf_counter() - started) * 1e3


async def _ask_in_turn(home: str, cookie: str, paths: list[str]) -> tuple[list[float], float]:
    """The time of each page in ms, and the kilobytes of the first page as a browser gets it."""
    connection, times = Connection(home, cookie), []
    for path in ["/"] * 20 + paths:
        started = time.perf_counter()
        status, _ = await connection.get(path)
        times.append((time.perf_counter() - started) * 1e3)
        if status != 200:
            raise SystemExit(f"{path} answered {status}")
    _, first = await connection.get("/")
    connection.close()
    return times[20:], round(len(first) / 1000, 1)


def _path(query: JobQuery) -> str:
    chosen = "".join(f"&{name}={value}" for name, values in query.choices.items() for value in values)
    return f"/?q={query.words.replace(' ', '+')}{chosen}"


def _quantile(times: list[float], percent: int) -> float:
    ordered = sorted(times)
    return round(ordered[min(len(ordered) * percent // 100, len(ordered) - 1)], 1)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    raise SystemExit(main())
