"""The board farm with faults: a share of the answers of its boards is bent or broken, in one way or in all.

POST /__faults?rate=0.3&kinds=429,huge sets them; without `kinds` it is all of `KINDS`. `faults.py` starts it.
"""

import argparse
import asyncio
import json
import random
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from board_farm import Farm

Jobs = list[dict[str, Any]]
Answer = tuple[int, list[tuple[bytes, bytes]], bytes]

_PAGE = b"<!doctype html><title>Just a moment</title><p>Checking your browser"
_JSON = [(b"content-type", b"application/json")]
_HTML = [(b"content-type", b"text/html")]
SLOW_SECONDS, STALL_SECONDS = 5, 60
_HUGE_MB = 300


def _scripted(jobs: Jobs) -> Jobs:
    script = "<script>alert(1)</script>"
    return [{**job, "title": job["title"] + script, "content": job["content"] + script} for job in jobs]


def _mistyped(jobs: Jobs) -> Jobs:
    broken: list[dict[str, Any]] = [{"title": None}, {"id": {"x": 1}}, {"absolute_url": 5}, {"content": []}, {}]
    return [{**job, **broken[number % len(broken)]} for number, job in enumerate(jobs)]


#: Answers of another status, or of another kind than was asked for.
_ANSWERS: dict[str, Callable[[bytes, bytes], Answer]] = {
    "429": lambda _path, _body: (429, [*_JSON, (b"retry-after", b"1")], b"{}"),
    "500": lambda _path, _body: (500, _JSON, b"{}"),
    "503": lambda _path, _body: (503, _HTML, _PAGE),
    "403": lambda _path, _body: (403, _HTML, _PAGE),
    "truncate": lambda _path, body: (200, _JSON, body[: len(body) // 2]),
    "garbage": lambda _path, _body: (200, _JSON, random.Random(1).randbytes(4096)),
    "html": lambda _path, _body: (200, _HTML, _PAGE),
    "redirect_private": lambda _path, _body: (302, [(b"location", b"http://169.254.169.254/latest/meta-data/")], b""),
    "redirect_loop": lambda path, _body: (302, [(b"location", path + b"?loop=1")], b""),
}
#: Listings of the right shape with other jobs in them, and the old total.
_LISTINGS: dict[str, Callable[[Jobs], Jobs]] = {
    "empty": lambda _jobs: [],
    "partial": lambda jobs: jobs[: len(jobs) // 3],
    "badtypes": _mistyped,
    "xss": _scripted,
    "dup": lambda jobs: [*jobs, *jobs],
}
_STREAMS = ("slow", "stall", "cut", "huge", "bomb")
KINDS = (*_ANSWERS, *_LISTINGS, *_STREAMS)


@cache
def _bomb() -> bytes:
    """A gigabyte of spaces, packed to a thousandth."""
    packer, spaces = zlib.compressobj(9, zlib.DEFLATED, 31), b" " * (1 << 20)
    return b"".join(packer.compress(spaces) for _ in range(1024)) + packer.flush()


class FaultyFarm:
    """A farm of which a share of the answers is bent; which ones depends on the path and how often it was asked for."""

    def __init__(self, farm: Farm) -> None:
        self._farm = farm
        self._rate, self._kinds = 0.0, list(KINDS)
        self._asked: Counter[str] = Counter()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return
        path, query = scope["path"], parse_qs(scope["query_string"].decode())
        if path == "/__faults":
            self._rate = float(query["rate"][0])
            self._kinds = query["kinds"][0].split(",") if "kinds" in query else list(KINDS)
            if "bomb" in self._kinds:
                # Packed before anybody waits for it: that takes seconds.
                _bomb()
            await _send(send, (200, _JSON, json.dumps({"rate": self._rate, "kinds": self._kinds}).encode()))
            return
        if "loop" in query:
            await _break("redirect_loop", path.encode(), b"", send)
            return
        self._asked[path] += 1
        rolls = random.Random(f"{path}:{self._asked[path]}")
        if path.startswith("/__") or rolls.random() >= self._rate:
            await self._farm(scope, receive, send)
            return
        _, body = self._farm.answer(path, query)
        await _break(rolls.choice(self._kinds), path.encode(), body, send)


async def _send(send: Any, answer: Answer) -> None:
    status, headers, body = answer
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _break(kind: str, path: bytes, body: bytes, send: Any) -> None:
    if kind in _ANSWERS:
        await _send(send, _ANSWERS[kind](path, body))
    elif kind in _LISTINGS:
        document = json.loads(body)
        await _send(send, (200, _JSON, json.dumps({**document, "jobs": _LISTINGS[kind](document["jobs"])}).encode()))
    elif kind == "bomb":
        await _send(send, (200, [*_JSON, (b"content-encoding", b"gzip")], _bomb()))
    else:
        length = [(b"content-length", str(len(body)).encode())] if kind == "cut" else []
        await send({"type": "http.response.start", "status": 200, "headers": [*_JSON, *length]})
        async for piece in _pieces(kind, body):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _pieces(kind: str, body: bytes) -> AsyncIterator[bytes]:
    if kind == "huge":
        yield b'{"jobs": ['
        for _ in range(_HUGE_MB * 10):
            yield b'{"id": 1, "title": "x"},' * 4200
    elif kind == "cut":
        yield body[: len(body) // 2]
        raise ConnectionResetError("cut on purpose")
    else:
        if kind == "stall":
            yield body[:10]
        await asyncio.sleep(SLOW_SECONDS if kind == "slow" else STALL_SECONDS)
        yield body


if __name__ == "__main__":
    import uvicorn

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--boards", type=int, default=60)
    given = parser.parse_args()
    uvicorn.run(FaultyFarm(Farm(given.boards)), host="127.0.0.1", port=given.port, log_level="critical", lifespan="off")
