"""The one border where what the HTTP, TLS, JSON and compression libraries raise becomes a FetchError."""

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp
import msgspec

from iam_job_scout.errors import (
    BadPayload,
    Blocked,
    BoardNotFound,
    ConnectFailed,
    FetchError,
    FetchTimeout,
    RateLimited,
    ServerFailed,
    UnexpectedStatus,
    UnsafeRedirect,
)
from iam_job_scout.sources.addresses import PrivateAddress

#: Foreign exception to ours; the first row that matches wins, so the special stand before the general.
TABLE: tuple[tuple[type[Exception], type[FetchError]], ...] = (
    (TimeoutError, FetchTimeout),
    (PrivateAddress, UnsafeRedirect),
    (aiohttp.InvalidURL, UnsafeRedirect),
    (aiohttp.NonHttpUrlClientError, UnsafeRedirect),
    (aiohttp.RedirectClientError, UnsafeRedirect),
    (aiohttp.TooManyRedirects, UnsafeRedirect),
    (aiohttp.ClientConnectionError, ConnectFailed),
    (aiohttp.ClientPayloadError, ConnectFailed),
    (aiohttp.ClientHttpProxyError, ConnectFailed),
    (aiohttp.ClientResponseError, BadPayload),
    (aiohttp.ClientError, ConnectFailed),
    (msgspec.MsgspecError, BadPayload),
    (zlib.error, BadPayload),
    (UnicodeError, BadPayload),
    (RecursionError, BadPayload),
    (EOFError, ConnectFailed),
    (OSError, ConnectFailed),
)
FOREIGN = tuple(foreign for foreign, _ in TABLE)


@contextmanager
def mapped_failures(url: str) -> Iterator[None]:
    """Turns what the libraries raise into a FetchError that names the place, never the query with its keys."""
    try:
        yield
    except FOREIGN as error:
        raise _ours(error)(f"{place(url)}: {_one_line(error)}") from error


def place(url: str) -> str:
    """Host and path of a URL, to be shown to people and in logs."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}"


def status_failure(status: int, headers: Mapping[str, str], url: str) -> FetchError:
    """The error that a status other than 200 and 304 stands for."""
    message = f"{place(url)} answered HTTP {status}"
    if status == 429:
        return RateLimited(message, retry_after=_retry_after(headers))
    if status >= 500:
        return ServerFailed(message, retry_after=_retry_after(headers))
    if status in (401, 403):
        return Blocked(message)
    if status in (404, 410):
        return BoardNotFound(message)
    return UnexpectedStatus(message)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _ours(error: Exception) -> type[FetchError]:
    causes = (error, getattr(error, "os_error", None))
    if any(isinstance(cause, PrivateAddress) for cause in causes):
        return UnsafeRedirect
    return next(ours for foreign, ours in TABLE if isinstance(error, foreign))


def _one_line(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no complete answer in time"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"cannot connect: {error.os_error.strerror or error.os_error}"
    return " ".join(str(error).split())[:200] or type(error).__name__
