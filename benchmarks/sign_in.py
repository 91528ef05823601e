"""Ten thousand attempts to sign in at once: how long others wait, what the event loop notices, what memory it takes.

    python benchmarks/sign_in.py [attempts] [--port 5099]

The app runs in a process of its own on 127.0.0.1 behind a trusted proxy, which this script plays, so that attempts come
from as many addresses as it likes. Three floods: one account from one address, many accounts from one address, and many
accounts from as many addresses. During each, a person at an address of their own signs in again and again, and so does
one in a known browser who shares the attackers' address; /health is asked as well. The attackers are a process of
their own, so that nobody waits for them on this side.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import aiohttp

from iam_job_scout.accounts.passwords import hash_password
from iam_job_scout.accounts.people import add_person
from iam_job_scout.accounts.roles import Role
from iam_job_scout.db import open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.settings import Settings

PASSWORD = "correct horse battery"
SOURCE = Path(__file__).resolve().parents[1] / "src"
#: Connections that are open at the same time; the system allows about a thousand to a process unasked.
OPEN = 900


@dataclass
class Seen:
    """What came of one flood."""

    statuses: dict[int, int] = field(default_factory=dict)
    others: list[float] = field(default_factory=list)
    known: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    refused: int = 0
    seconds: float = 0.0
    peak_mb: float = 0.0


@dataclass
class Target:
    """The app that is asked, and its process."""

    url: str
    pid: int

    def resident_mb(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


Attack = Callable[[int], tuple[str, str]]
ATTACKS: dict[str, Attack] = {
    "one account, one address": lambda _: ("dana@example.com", "203.0.113.9"),
    "many accounts, one address": lambda number: (f"user{number}@example.com", "203.0.113.9"),
    "many accounts, many addresses": lambda number: (f"user{number}@example.com", f"10.{number >> 8}.{number & 255}.1"),
}


async def flood(target: Target, name: str, attempts: int) -> Seen:
    """Sends the attempts as fast as they go, while others sign in."""
    seen, done = Seen(), asyncio.Event()
    # A connection each: one that is kept may be closed by the server while a form is on its way.
    own = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=own) as people:
        device = await _sign_in(people, target, "known@example.com", "203.0.113.9")
        watchers = [
            asyncio.create_task(_others(people, target, done, seen)),
            asyncio.create_task(_known(people, target, done, seen, device[1])),
            asyncio.create_task(_health(people, target, done, seen)),
        ]
        started = time.monotonic()
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as attackers:
            running = asyncio.get_running_loop().run_in_executor(attackers, attack, target.url, name, attempts)
            seen.statuses = await running
        seen.seconds = time.monotonic() - started
        done.set()
        await asyncio.gather(*watchers)
    return seen


def attack(url: str, name: str, attempts: int) -> dict[int, int]:
    """Makes the attempts, as many at once as there are connections; returns how often each status came."""
    return asyncio.run(_attack(url, ATTACKS[name], attempts))


async def _attack(url: str, by: Attack, attempts: int) -> dict[int, int]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=OPEN)) as session:
        results = await asyncio.gather(*(_attempt(session, url, *by(number)) for number in range(attempts)))
    return {status: results.count(status) for status in sorted(set(results))}


async def _attempt(session: aiohttp.ClientSession, url: str, email: str, address: str) -> int:
    form, headers = {"email": email, "password": "wrong horse battery"}, {"x-forwarded-for": address}
    try:
        async with session.post(f"{url}/sign-in", data=form, headers=headers, allow_redirects=False) as answer:
            await answer.read()
            return answer.status
    except (aiohttp.ClientError, TimeoutError):
        return 0


async def _others(session: aiohttp.ClientSession, target: Target, done: asyncio.Event, seen: Seen) -> None:
    number = 0
    while not done.is_set():
        number += 1
        started = time.monotonic()
        status, _ = await _sign_in(session, target, "erin@example.com", f"198.51.100.{number % 250}")
        seen.others.append(time.monotonic() - started)
        seen.refused += status != 303
        seen.peak_mb = max(seen.peak_mb, target.resident_mb())
        await asyncio.sleep(0.1)


async def _known(session: aiohttp.ClientSession, target: Target, done: asyncio.Event, seen: Seen, device: str) -> None:
    while not done.is_set():
        started = time.monotonic()
        status, _ = await _sign_in(session, target, "known@example.com", "203.0.113.9", device)
        seen.known.append(time.monotonic() - started)
        seen.refused += status != 303
        await asyncio.sleep(0.1)


async def _health(session: aiohttp.ClientSession, target: Target, done: asyncio.Event, seen: Seen) -> None:
    while not done.is_set():
        started = time.monotonic()
        async with session.get(f"{target.url}/health") as answer:
            await answer.read()
        seen.health.append(time.monotonic() - started)
        await asyncio.sleep(0.05)


async def _sign_in(
    session: aiohttp.ClientSession, target: Target, email: str, address: str, device: str = ""
) -> tuple[int, str]:
    headers = {"x-forwarded-for": address} | ({"cookie": f"scout_device={device}"} if device else {})
    form = {"email": email, "password": PASSWORD}
    async with session.post(f"{target.url}/sign-in", data=form, headers=headers, allow_redirects=False) as answer:
        await answer.read()
        cookie = answer.cookies.get("scout_device")
        session.cookie_jar.clear()
        return answer.status, cookie.value if cookie else ""


def start(directory: Path, port: int) -> Target:
    """Starts the app on a database with three people in it."""
    settings = Settings(data_dir=directory, _env_file=None)  # type: ignore[call-arg]
    database = open_database(settings)
    upgrade(database)
    with database.writing() as session:
        for name, role in (("dana", Role.OWNER), ("erin", Role.MEMBER), ("known", Role.MEMBER)):
            hashed, now = hash_password(PASSWORD), datetime.now(UTC)
            add_person(session, f"{name}@example.com", role, password_hash=hashed, now=now)
    database.close()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SCOUT_")}
    environment |= {"SCOUT_DATA_DIR": str(directory), "SCOUT_TRUSTED_PROXIES": "127.0.0.1", "PYTHONPATH": str(SOURCE)}
    argv = [sys.executable, "-m", "iam_job_scout", "serve", "--port", str(port), "--no-engine"]
    process = subprocess.Popen(
        argv, env=environment, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return Target(f"http://127.0.0.1:{port}", process.pid)


async def until_ready(target: Target) -> None:
    """Returns once the app answers; raises TimeoutError after a minute."""
    async with asyncio.timeout(60), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"{target.url}/ready") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)


def percentile(values: list[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def describe(name: str, seen: Seen) -> str:
    """One row of the table."""
    parts = [f"{name:<31}", f"{seen.seconds:6.1f} s", f"{seen.peak_mb:6.0f} MB"]
    for values in (seen.others, seen.known, seen.health):
        parts.append(f"{statistics.median(values):6.2f} {percentile(values, 0.95):6.2f} {max(values):6.2f}")
    return " | ".join((*parts, f"{seen.refused}", str(seen.statuses)))


async def main(attempts: int, port: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        target = start(Path(directory), port)
        try:
            await until_ready(target)
            print(f"{attempts:,} attempts; before: {target.resident_mb():.0f} MB")
            print("seconds: median, 95 %, longest of others | of known browsers | of /health | refused | statuses")
            for name in ATTACKS:
                print(describe(name, await flood(target, name, attempts)), flush=True)
        finally:
            os.kill(target.pid, 15)
            await asyncio.to_thread(os.waitpid, target.pid, 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("attempts", nargs="?", type=int, default=10_000)
    parser.add_argument("--port", type=int, default=5099)
    chosen = parser.parse_args()
    asyncio.run(main(chosen.attempts, chosen.port))
