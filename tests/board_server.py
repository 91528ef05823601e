"""A small upstream of our own: Greenhouse boards in the documented shape, on a free port of 127.0.0.1."""

import json
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn

IAM_TEXT = (
    "<h2>What you will do</h2><ul><li>Run our Okta tenant and its SCIM provisioning</li>"
    "<li>Own access reviews in SailPoint</li></ul><h2>Requirements</h2><ul><li>Three years of identity and access "
    "management</li><li>SAML and OpenID Connect</li></ul>"
)


@dataclass
class BoardServer:
    """`boards` maps a token to its jobs; a token in `answers` answers with that status and body instead.

    `bend` makes another answer of a token's true one, which then has no ETag.
    """

    port: int
    boards: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    bend: Callable[[str, int, bytes], tuple[int, bytes]] | None = None

    @property
    def url(self) -> str:
        """What SCOUT_UPSTREAM is set to."""
        return f"http://127.0.0.1:{self.port}"

    def add(self, token: str, *titles: str, text: str = IAM_TEXT) -> None:
        """Adds jobs to a board."""
        jobs = self.boards.setdefault(token, [])
        jobs += [job(len(jobs) + number, title, token, text) for number, title in enumerate(titles, 1)]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        token = scope["path"].split("/")[4] if scope["path"].count("/") >= 5 else ""
        self.requests.append(token)
        status, body = self.answers.get(token) or self._board(token)
        true = body
        if self.bend is not None:
            status, body = self.bend(token, status, body)
        etag = b'"%x"' % zlib.crc32(body) if body is true else b""
        if etag and status == 200 and dict(scope["headers"]).get(b"if-none-match") == etag:
            status, body = 304, b""
        headers = [(b"content-type", b"application/json"), *([(b"etag", etag)] if etag else [])]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _board(self, token: str) -> tuple[int, bytes]:
        if token not in self.boards:
            return 404, b'{"status":404,"error":"Board not found"}'
        jobs = self.boards[token]
        return 200, json.dumps({"jobs": jobs, "meta": {"total": len(jobs)}}).encode()


def job(number: int, title: str, token: str, text: str) -> dict[str, Any]:
    """One job as Greenhouse lists it; only the markup of `content` is escaped."""
    return {
        "id": number,
        "title": title,
        "absolute_url": f"https://boards.greenhouse.io/{token}/jobs/{number}",
        "location": {"name": "Remote - US"},
        "updated_at": "2026-10-30T09:00:00-05:00",
        "first_published": "2026-10-20T09:00:00-05:00",
        "content": text.replace("<", "&lt;").replace(">", "&gt;"),
    }


@contextmanager
def running(server: BoardServer) -> Iterator[BoardServer]:
    """Serves until the end of the block."""
    config = uvicorn.Config(server, host="127.0.0.1", port=server.port, lifespan="off", log_level="error")
    web = uvicorn.Server(config)
    thread = threading.Thread(target=web.run)
    thread.start()
    try:
        while not web.started:
            thread.join(0.01)
        yield server
    finally:
        web.should_exit = True
        thread.join()
