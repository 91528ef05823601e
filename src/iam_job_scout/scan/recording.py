"""Recording what the sources answer, and playing it back: a directory in the shape of SCOUT_UPSTREAM.

An answer lies in DIR/<host>/<path and query, readable>-<hash>.body. Playing back serves these at
http://127.0.0.1:<port>/<host>/<path>?<query>, so that any scan can be repeated without the network.
"""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from iam_job_scout.errors import ScoutError
from iam_job_scout.sources.client import Request

#: Parameters that hold the user's keys; they are neither written down nor asked for.
KEYS = frozenset({"app_id", "app_key", "api_key"})
_READABLE = 120


def recorder(directory: Path) -> Callable[[Request, bytes], None]:
    """Returns what writes each answer into the directory. Raises ScoutError where that cannot be written to."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise ScoutError(f"cannot record into {directory}: it is no directory") from error
    except OSError as error:
        raise ScoutError(f"cannot record into {directory}: {error.strerror}") from error

    def record(request: Request, body: bytes) -> None:
        parts = urlsplit(request.url)
        path = place(directory, parts.netloc, parts.path, parts.query, request.body or b"")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)

    return record


def place(directory: Path, host: str, path: str, query: str, body: bytes) -> Path:
    """Where the answer to a request lies; a POST is told from others by what it sends."""
    told = urlencode(sorted((name, value) for name, value in parse_qsl(query) if name not in KEYS))
    digest = blake2b(f"{unquote(path)}?{told}\0".encode() + body, digest_size=6).hexdigest()
    readable = re.sub(r"[^A-Za-z0-9._=-]+", "_", f"{unquote(path)}_{told}").strip("_")[:_READABLE]
    return directory / re.sub(r"[^A-Za-z0-9.:-]", "_", host) / f"{readable}-{digest}.body"


@contextmanager
def playing(directory: Path) -> Iterator[str]:
    """Serves a recording on a free port of 127.0.0.1 until the end of the block; yields what SCOUT_UPSTREAM takes.

    Raises ScoutError where there is no recording.
    """
    if next(directory.glob("*/*.body"), None) is None:
        raise ScoutError(f"there is no recording in {directory}; `scout scan --record {directory}` makes one")
    # Only who plays something back waits for the server to be loaded.
    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(_Player(directory), lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="replay", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


class _Player:
    """Answers each request with what was recorded for it, and with 404 what was not."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        sent, message = b"", await receive()
        while message["type"] == "http.request":
            sent += message.get("body", b"")
            if not message.get("more_body"):
                break
            message = await receive()
        raw_path = scope["raw_path"].decode("ascii").lstrip("/")
        host, _, path = raw_path.partition("/")
        file = place(self._directory, host, f"/{path}", scope["query_string"].decode("ascii"), sent)
        status, body = (200, file.read_bytes()) if file.is_file() else (404, b"not recorded")
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})
