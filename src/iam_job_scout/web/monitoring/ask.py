"""Asks Prometheus and Alertmanager over HTTP: follows nothing, reads no more than it can use, waits as long as told."""

import http.client
import json
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from iam_job_scout.errors import StackError

Shape = TypeVar("Shape")
#: Bytes of an answer; some 250,000 points of courses.
MAX_BYTES = 8_000_000


class TooMuch(StackError):
    """The answer is longer than MAX_BYTES."""


def ask(server: str, path: str, form: Mapping[str, str] | None = None, *, seconds: float) -> bytes:
    """The body of a 200 answer of `server` (http://host:port), to a POST of `form` or else to a GET.

    Raises StackError with a sentence for people, which repeats what the server says of a request that it refuses.
    """
    parts = urlsplit(server)
    secure = parts.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connect(parts.hostname or "", parts.port or (443 if secure else 80), timeout=seconds)
    try:
        return _exchange(connection, f"{parts.path}{path}", form)
    except TimeoutError as error:
        raise StackError(f"{parts.netloc} took longer than {seconds:g} s.") from error
    except (OSError, http.client.HTTPException) as error:
        raise StackError(f"{parts.netloc} does not answer.") from error
    finally:
        connection.close()


def ask_for(
    server: str, path: str, shape: type[Shape], form: Mapping[str, str] | None = None, *, seconds: float
) -> Shape:
    """The JSON answer as `shape`. Raises StackError, also where the answer is of another shape."""
    body = ask(server, path, form, seconds=seconds)
    try:
        return msgspec.json.decode(body, type=shape, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StackError(f"{urlsplit(server).netloc} gave an answer that cannot be read.") from error


def _exchange(connection: http.client.HTTPConnection, path: str, form: Mapping[str, str] | None) -> bytes:
    if form is None:
        connection.request("GET", path)
    else:
        connection.request("POST", path, urlencode(form), {"content-type": "application/x-www-form-urlencoded"})
    response = connection.getresponse()
    body = response.read(MAX_BYTES + 1)
    if response.status != 200:
        raise StackError(_refusal(response.status, body))
    if len(body) > MAX_BYTES:
        raise TooMuch("The answer is over 8 MB. Choose a shorter time, one job or one instance.")
    return body


def _refusal(status: int, body: bytes) -> str:
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    words = said.get("error") if isinstance(said, dict) else None
    return f"Prometheus refuses: {str(words)[:500]}" if words else f"The server answered with status {status}."
