"""Label sets, their budget, and exact sums whatever happens to the labels."""

import subprocess
import sys
import threading

import pytest

from iam_job_scout.monitoring import Counter, Gauge, Histogram
from iam_job_scout.monitoring.families import LABEL_OVERFLOW, MAX_VALUE_LENGTH, OTHER
from iam_job_scout.monitoring.testing import value


def test_past_its_cap_only_the_offending_label_is_folded_and_the_sum_stays_exact() -> None:
    visits = Counter("visits_total", "Visits.", ("tenant", "result"), limits={"tenant": 3})
    for number in range(50):
        visits.inc(f"tenant-{number}", "failed" if number % 5 == 0 else "fine")
    assert sum(child.slots[0] for child in visits.children.values()) == 50
    assert {labels[0] for labels in visits.children} == {"tenant-0", "tenant-1", "tenant-2", OTHER}
    assert sum(child.slots[0] for labels, child in visits.children.items() if labels[1] == "failed") == 10


def test_every_folded_sample_is_counted() -> None:
    visits = Counter("folded_visits_total", "Visits.", ("tenant",), limits={"tenant": 1})
    for number in range(5):
        visits.inc(str(number))
    assert LABEL_OVERFLOW.value("folded_visits_total", "tenant") == 4
    assert value("monitoring_label_overflow_total", metric="folded_visits_total", label="tenant") == 4


def test_a_long_value_is_cut_and_a_wrong_number_of_labels_is_an_error() -> None:
    visits = Counter("long_visits_total", "Visits.", ("tenant",))
    visits.inc("x" * 10_000)
    assert len(next(iter(visits.children))[0]) == MAX_VALUE_LENGTH
    with pytest.raises(ValueError, match="takes the labels"):
        visits.inc()


def test_threads_lose_no_count() -> None:
    visits, sizes = Counter("busy_total", "Visits."), Histogram("busy_seconds", "Sizes.", buckets=(1.0,))

    def work() -> None:
        for _ in range(5_000):
            visits.inc()
            sizes.observe(0.5)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert visits.value() == sizes.count() == 40_000


def test_a_gauge_without_a_value_is_absent_and_adding_starts_at_zero() -> None:
    level = Gauge("level", "Level.", ("side",))
    level.add(2, "left")
    assert level.value("left") == 2
    level.withdraw()
    assert level.value("left") is None


HOSTILE = """
import asyncio, random, string
from fastapi import FastAPI
from iam_job_scout.monitoring import PrometheusMiddleware
from iam_job_scout.monitoring.testing import Changes

app, chance = FastAPI(), random.Random(3)
app.add_middleware(PrometheusMiddleware)
methods = ["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"]

@app.get("/jobs/{number}")
async def job(number: int) -> int:
    return number

def noise(size: int) -> str:
    return "".join(chance.choices(string.printable[:94], k=size))

async def attack(method: str, path: str) -> None:
    async def receive(): return {"type": "http.request"}
    async def send(message): pass
    headers = [(b"host", noise(10).encode()), (noise(8).lower().encode(), noise(20).encode())]
    await app({"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
               "headers": headers, "root_path": "", "scheme": "http", "server": ("x", 80), "http_version": "1.1",
               "client": ("10.0.0.1", 1), "asgi": {"version": "3.0"}}, receive, send)

async def main() -> None:
    await attack("GET", "/jobs/1")
    seen = Changes()
    for _ in range(10_000):
        paths = ["/jobs/1", "/jobs/" + noise(8), "/" + noise(12), "/jobs/1/"]
        await attack(chance.choice([*methods, noise(6)]), chance.choice(paths))
    print(int(seen.delta("http_requests_total")), len(seen.appeared()))

asyncio.run(main())
"""


def test_ten_thousand_hostile_requests_leave_at_most_forty_series() -> None:
    done = subprocess.run([sys.executable, "-c", HOSTILE], check=True, capture_output=True, text=True)
    counted, appeared = map(int, done.stdout.split())
    assert counted == 10_000
    assert appeared <= 40
