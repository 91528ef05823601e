"""Traps 41 and 42: calls of other services, by attempt and by call, each failure by its kind."""

import asyncio
import socket
import ssl

import pytest

from iam_job_scout.monitoring import track_external_api
from iam_job_scout.monitoring.families import OTHER
from iam_job_scout.monitoring.metrics import API_DURATION, API_REQUESTS
from iam_job_scout.monitoring.testing import Changes

pytestmark = pytest.mark.anyio
REQUESTS, CALLS, ERRORS = "external_api_requests_total", "external_api_calls_total", "external_api_errors_total"


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        (200, "success", None),
        (304, "success", None),
        (404, "client_error", "http_404"),
        (418, "client_error", "http_4xx"),
        (429, "client_error", "http_429"),
        (503, "server_error", "http_503"),
        (599, "server_error", "http_5xx"),
    ],
)
async def test_an_answer_counts_by_the_class_of_its_status(
    code: int, status: str, kind: str | None, seen: Changes
) -> None:
    async with track_external_api("board", "/jobs") as call:
        call.set_status(code)
    assert seen.changed(REQUESTS) == {(("api_name", "board"), ("status", status)): 1}
    assert seen.changed(CALLS) == {(("api_name", "board"), ("status", status)): 1}
    assert seen.changed(ERRORS) == ({(("api_name", "board"), ("error_type", kind)): 1} if kind else {})
    assert seen.delta("external_api_duration_seconds_count", api_name="board", endpoint="/jobs") == 1


def refused() -> Exception:
    try:
        raise ConnectionRefusedError
    except ConnectionRefusedError as cause:
        error = RuntimeError("client library's own")
        error.__cause__ = cause
        return error


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (TimeoutError(), "timeout", "timeout"),
        (ConnectionResetError(), "error", "connect"),
        (refused(), "error", "connect"),
        (socket.gaierror(), "error", "dns"),
        (ssl.SSLError(), "error", "tls"),
        (ValueError(), "error", "other"),
    ],
)
def test_an_exception_counts_by_its_kind_and_passes_on(error: Exception, status: str, kind: str, seen: Changes) -> None:
    with pytest.raises(type(error)), track_external_api("board", "/jobs"):
        raise error
    assert seen.delta(REQUESTS, api_name="board", status=status) == 1
    assert seen.delta(ERRORS, api_name="board", error_type=kind) == 1


class Declared(Exception):
    error_type = "too_large"


class DeclaredLate(Exception):
    error_type = "timeout"


@pytest.mark.parametrize(("error", "status"), [(Declared(), "error"), (DeclaredLate(), "timeout")])
def test_an_exception_may_name_its_own_kind(error: Exception, status: str, seen: Changes) -> None:
    with pytest.raises(type(error)), track_external_api("board", "/jobs") as call, call.attempt():
        raise error
    assert seen.delta(REQUESTS, api_name="board", status=status) == 1
    assert seen.delta(CALLS, api_name="board", status=status) == 1
    assert seen.delta(ERRORS, api_name="board", error_type=type(error).error_type) == 1  # type: ignore[attr-defined]


async def test_a_cancelled_call_is_neither_a_success_nor_an_error(seen: Changes) -> None:
    with pytest.raises(asyncio.CancelledError):
        async with track_external_api("board", "/jobs"):
            raise asyncio.CancelledError
    assert seen.changed(REQUESTS) == {(("api_name", "board"), ("status", "cancelled")): 1}
    assert not seen.changed(ERRORS)


async def test_retries_are_attempts_of_one_call(seen: Changes) -> None:
    async with track_external_api("board", "/jobs") as call:
        for code in (503, 503, 200):
            async with call.attempt() as attempt:
                attempt.set_status(code)
    assert seen.delta(REQUESTS, status="server_error") == 2
    assert seen.delta(REQUESTS, status="success") == 1
    assert seen.changed(CALLS) == {(("api_name", "board"), ("status", "success")): 1}
    assert seen.delta("external_api_duration_seconds_count") == 3


async def test_a_call_whose_last_attempt_failed_has_failed(seen: Changes) -> None:
    with track_external_api("board", "/jobs") as call:
        for _ in range(3):
            with call.attempt() as attempt:
                attempt.set_status(503)
    assert seen.changed(CALLS) == {(("api_name", "board"), ("status", "server_error")): 1}


async def test_a_body_that_breaks_after_a_200_is_no_success(seen: Changes) -> None:
    with pytest.raises(ConnectionResetError), track_external_api("board", "/jobs") as call:
        call.set_status(200)
        raise ConnectionResetError
    assert seen.delta(REQUESTS, status="error") == 1


async def test_decorated_functions_of_both_kinds_are_tracked_call_by_call(seen: Changes) -> None:
    @track_external_api("board", "/sync")
    def fetch() -> int:
        return 1

    @track_external_api("board", "/async")
    async def fetch_async() -> int:
        await asyncio.sleep(0)
        return 2

    assert [fetch(), *await asyncio.gather(fetch_async(), fetch_async())] == [1, 2, 2]
    assert seen.delta(REQUESTS, status="success") == 3
    assert seen.delta("external_api_duration_seconds_count", endpoint="/async") == 2


def test_a_thousand_hosts_and_urls_stay_within_the_budget(seen: Changes) -> None:
    for number in range(1_000):
        with track_external_api(f"host-{number}", f"/{number}"):
            pass
    assert seen.delta(REQUESTS, status="success") == 1_000
    assert len({labels[0] for labels in API_REQUESTS.children}) <= 101
    assert {labels for labels in API_DURATION.children if labels == (OTHER, OTHER)}
    API_REQUESTS.clear()
    API_DURATION.clear()
