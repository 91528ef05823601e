"""People who browse: each signed in, on a connection of their own, two requests a second whether answers come or not.

What they ask for is what a morning with the list is made of: the list and its next page, words, words and filters,
jobs, and a static file that the browser asks about again. The client writes and reads plain HTTP/1.1, so that it takes
little of the machine from the server.
"""

import asyncio
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

import uvloop

from iam_job_scout.accounts.roles import Role
from iam_job_scout.accounts.sessions import start_session
from iam_job_scout.db import Database
from iam_job_scout.db.models import User
from iam_job_scout.web.session import COOKIE

#: What of a hundred requests is what.
MIX = {"list": 20, "filtered": 15, "next": 5, "word": 15, "search": 15, "job": 25, "static": 5}
STATIC = "/static/scout.css"
_NEXT = re.compile(r'rel="next" href="([^"]+)"')


@dataclass
class Visit:
    """One request: `ms` from when it was due until all of the answer was there, None where it went wrong."""

    kind: str
    ms: float | None
    size: int = 0


@dataclass(kw_only=True)
class Paths:
    """Addresses to choose from, by kind."""

    filtered: Sequence[str]
    words: Sequence[str]
    searches: Sequence[str]
    jobs: int
    next: list[str] = field(default_factory=list)

    def choose(self, kind: str, chance: random.Random) -> str:
        """Returns an address of that kind."""
        several = {"filtered": self.filtered, "word": self.words, "search": self.searches, "next": self.next or ["/"]}
        if kind in several:
            return chance.choice(several[kind])
        return {"list": "/", "static": STATIC}.get(kind) or f"/job/{chance.randint(1, self.jobs)}"


class Connection:
    """One kept-alive connection to the server, with a person's cookie."""

    def __init__(self, home: str, cookie: str) -> None:
        address = urlsplit(home)
        self._host, self._port, self._cookie, self._etag = address.hostname or "", address.port or 80, cookie, ""
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def get(self, path: str, *, packed: bool = True) -> tuple[int, bytes]:
        """Returns status and body as it came over the wire. Raises OSError, asyncio.IncompleteReadError."""
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port, limit=1 << 20)
        self._writer.write(self._request(path, packed=packed))
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        body = await self._reader.readexactly(int(fields.get("content-length", "0")))
        if path == STATIC:
            self._etag = fields.get("etag", "")
        return int(head[9:12]), body

    def close(self) -> None:
        """Ends the connection."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    def _request(self, path: str, *, packed: bool) -> bytes:
        known = f"If-None-Match: {self._etag}\r\n" if path == STATIC and self._etag else ""
        encoding = "Accept-Encoding: gzip\r\n" if packed else ""
        return (
            f"GET {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nCookie: {self._cookie}\r\n"
            f"Sec-Fetch-Site: same-origin\r\n{encoding}{known}\r\n"
        ).encode()


def sign_in(database: Database, people: int) -> list[str]:
    """Makes that many people with a session each and returns their cookies."""
    now, cookies = datetime.now(UTC), []
    with database.writing() as session:
        for number in range(people):
            user = User(
                email=f"{number}-{now:%H%M%S%f}@example.com", password_hash="", role=Role.MEMBER, created_at=now
            )
            session.add(user)
            session.flush()
            cookies.append(f"{COOKIE}={start_session(session, user, now)}")
    return cookies


def browse(home: str, paths: Paths, cookies: list[str], *, seconds: float, pause: float = 0.5) -> list[Visit]:
    """Lets everybody browse for a while; each sends a request every `pause` seconds."""
    return uvloop.run(_browse(home, paths, cookies, seconds=seconds, pause=pause))


async def _browse(home: str, paths: Paths, cookies: list[str], *, seconds: float, pause: float) -> list[Visit]:
    begin = time.perf_counter()
    people = [
        _person(Connection(home, cookie), paths, random.Random(number), begin + number * pause / len(cookies), seconds)
        for number, cookie in enumerate(cookies)
    ]
    return [visit for visits in await asyncio.gather(*people) for visit in visits]


async def _person(
    connection: Connection, paths: Paths, chance: random.Random, begin: float, seconds: float, pause: float = 0.5
) -> list[Visit]:
    visits = []
    for number in range(int(seconds / pause)):
        # From when it was due: a server that falls behind is not let off.
        due = begin + number * pause
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        (kind,) = chance.choices(list(MIX), list(MIX.values()))
        visits.append(await _visit(connection, kind, paths.choose(kind, chance), due))
    connection.close()
    return visits


async def _visit(connection: Connection, kind: str, path: str, due: float) -> Visit:
    try:
        status, body = await connection.get(path)
    except (OSError, asyncio.IncompleteReadError):
        connection.close()
        return Visit(kind, None)
    wanted = (200, 304) if kind == "static" else (200,)
    return Visit(kind, (time.perf_counter() - due) * 1e3 if status in wanted else None, len(body))


async def next_pages(home: str, cookie: str, paths: Sequence[str]) -> list[str]:
    """Returns the addresses behind "Next" of lists."""
    connection, found = Connection(home, cookie), []
    for path in paths:
        _, body = await connection.get(path, packed=False)
        found += [match[1].replace("&amp;", "&") for match in [_NEXT.search(body.decode())] if match]
    connection.close()
    return found
