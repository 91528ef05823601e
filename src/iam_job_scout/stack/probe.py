"""Asks a server of this machine over HTTP; never through a proxy."""

import http.client
import urllib.error
import urllib.request
from typing import TypeVar

import msgspec

from iam_job_scout.errors import StackError

TIMEOUT_SECONDS = 2.0
Shape = TypeVar("Shape")


def answers(url: str) -> bool:
    """Whether a GET is answered with 200."""
    try:
        fetch(url)
    except StackError:
        return False
    return True


def fetch(url: str) -> bytes:
    """The body of a 200 answer; raises StackError where there is none within two seconds."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=TIMEOUT_SECONDS) as response:
            body: bytes = response.read()
            return body
    except urllib.error.HTTPError as error:
        with error:
            raise StackError(f"{url} answered {error.code}") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise StackError(f"{url} does not answer: {getattr(error, 'reason', error)}") from error


def fetch_as(url: str, shape: type[Shape]) -> Shape:
    """The JSON body as `shape`; raises StackError where it is missing or of another shape."""
    try:
        return msgspec.json.decode(fetch(url), type=shape)
    except msgspec.MsgspecError as error:
        raise StackError(f"{url} gave an answer of another shape: {error}") from error
