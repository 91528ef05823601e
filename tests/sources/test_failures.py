"""The border between the libraries' exceptions and ours has no hole."""

import ssl
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import client_exceptions
from aiohttp.client_reqrep import ConnectionKey

from iam_job_scout.errors import (
    BadPayload,
    ConnectFailed,
    FetchError,
    FetchTimeout,
    RateLimited,
    ServerFailed,
    UnsafeRedirect,
)
from iam_job_scout.sources.addresses import PrivateAddress
from iam_job_scout.sources.failures import FOREIGN, TABLE, mapped_failures, place, status_failure

URL = "https://api.example.com/jobs?key=secret"
CLIENT_EXCEPTIONS = [
    kind
    for kind in vars(client_exceptions).values()
    if isinstance(kind, type) and issubclass(kind, aiohttp.ClientError)
]


def mapped(error: Exception) -> FetchError:
    with pytest.raises(FetchError) as raised, mapped_failures(URL):
        raise error
    assert raised.value.__cause__ is error
    return raised.value


@pytest.mark.parametrize("kind", CLIENT_EXCEPTIONS)
def test_every_exception_of_the_http_client_is_mapped(kind: type[Exception]) -> None:
    assert issubclass(kind, FOREIGN)


def test_the_list_of_the_http_client_is_not_empty() -> None:
    assert len(CLIENT_EXCEPTIONS) > 20


def test_no_row_of_the_table_hides_a_later_one() -> None:
    for index, (later, _) in enumerate(TABLE):
        assert not [earlier for earlier, _ in TABLE[:index] if issubclass(later, earlier)], later


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TimeoutError(), FetchTimeout),
        (aiohttp.ServerTimeoutError("slow"), FetchTimeout),
        (aiohttp.ConnectionTimeoutError("slow"), FetchTimeout),
        (aiohttp.ServerDisconnectedError(), ConnectFailed),
        (aiohttp.ClientPayloadError("not enough bytes"), ConnectFailed),
        (ConnectionResetError("reset"), ConnectFailed),
        (ssl.SSLCertVerificationError("self-signed"), ConnectFailed),
        (aiohttp.ClientError("new kind"), ConnectFailed),
        (aiohttp.InvalidURL("http://"), UnsafeRedirect),
        (PrivateAddress("10.0.0.1"), UnsafeRedirect),
        (msgspec.ValidationError("Expected `str`"), BadPayload),
        (zlib.error("incorrect header"), BadPayload),
        (RecursionError(), BadPayload),
        (EOFError(), ConnectFailed),
    ],
)
def test_an_exception_becomes_the_error_it_stands_for(error: Exception, expected: type[FetchError]) -> None:
    assert type(mapped(error)) is expected


def test_a_private_address_found_by_the_resolver_is_an_unsafe_redirect() -> None:
    key = ConnectionKey("api.example.com", 443, True, True, None, None, None)
    error = aiohttp.ClientConnectorDNSError(key, PrivateAddress("api.example.com has the address 10.0.0.1"))
    assert type(mapped(error)) is UnsafeRedirect


def test_a_message_is_one_line_without_the_query() -> None:
    message = str(mapped(aiohttp.ClientPayloadError("first\nsecond " + "x" * 500)))
    assert message.startswith("api.example.com/jobs: first second")
    assert "secret" not in message
    assert len(message) < 250


def test_our_own_errors_and_programming_errors_pass() -> None:
    with pytest.raises(BadPayload, match="as it is"), mapped_failures(URL):
        raise BadPayload("as it is")
    with pytest.raises(KeyError), mapped_failures(URL):
        raise KeyError("a mistake of ours")


def test_a_place_is_host_and_path() -> None:
    assert place(URL) == "api.example.com/jobs"


@pytest.mark.parametrize(("value", "seconds"), [("7", 7.0), ("0", 0.0), ("", None), ("soon", None), ("-3", None)])
@pytest.mark.parametrize(("status", "kind"), [(429, RateLimited), (503, ServerFailed)])
def test_retry_after_is_read_in_seconds(status: int, kind: Any, value: str, seconds: float | None) -> None:
    error = status_failure(status, {"Retry-After": value}, URL)
    assert isinstance(error, kind)
    assert error.retry_after == seconds


def test_retry_after_is_read_as_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    error = status_failure(429, {"Retry-After": soon}, URL)
    assert isinstance(error, RateLimited)
    assert error.retry_after == pytest.approx(30, abs=2)


def test_retry_after_in_the_past_means_now() -> None:
    error = status_failure(429, {"Retry-After": "Wed, 01 Jan 2020 00:00:00 GMT"}, URL)
    assert isinstance(error, RateLimited)
    assert error.retry_after == 0
