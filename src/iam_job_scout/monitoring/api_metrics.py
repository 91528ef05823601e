"""Calls of other services: by attempt and by call, with failures told apart."""

from __future__ import annotations

import asyncio
import socket
import ssl

from . import metrics
from .phases import EXTERNAL, Phase
from .tracking import Tracker


class track_external_api(Tracker):  # noqa: N801 - reads as a verb where it is used
    """Measure one call of another service: context manager, async context manager and decorator.

    Tell it the HTTP status with `set_status`, else a call that raised nothing counts as a success. A call that
    retries wraps each try in `attempt()`: requests, durations and errors are then counted by attempt, and
    `external_api_calls_total` once, with the result of the last. `api_name` and `endpoint` are fixed words or URL
    templates, never raw URLs. An exception class with a class attribute `error_type` names its own kind of failure,
    one short word of a closed set.
    """

    def __init__(self, api_name: str, endpoint: str) -> None:
        super().__init__()
        self._api_name = api_name
        self._endpoint = endpoint
        self._status_code: int | None = None
        self._attempts = 0
        self._last_attempt = "success"
        self._phase = Phase(EXTERNAL)

    def set_status(self, status_code: int) -> None:
        """The HTTP status that the service answered with."""
        self._status_code = int(status_code)

    def attempt(self) -> Attempt:
        """One try of this call, itself a context manager of both kinds."""
        self._attempts += 1
        return Attempt(self)

    def _copy(self) -> track_external_api:
        return track_external_api(self._api_name, self._endpoint)

    def _began(self) -> None:
        self._phase.begin()

    def _ended(self, error: BaseException | None, seconds: float) -> None:
        self._phase.end()
        status = call_status(self._status_code, error)
        if self._attempts and self._status_code is None and (error is None or status == "error"):
            status = self._last_attempt if error is None or self._last_attempt != "success" else status
        metrics.API_CALLS.inc(self._api_name, status)
        if not self._attempts:
            self.count_attempt(self._status_code, error, seconds=seconds)

    def count_attempt(self, status_code: int | None, error: BaseException | None, *, seconds: float) -> None:
        """Count one attempt with its status or its exception."""
        self._last_attempt = call_status(status_code, error)
        metrics.API_REQUESTS.inc(self._api_name, self._last_attempt)
        metrics.API_DURATION.observe(seconds, self._api_name, self._endpoint)
        kind = error_kind(status_code, error)
        if kind is not None:
            metrics.API_ERRORS.inc(self._api_name, kind)


class Attempt(Tracker):
    """One try within a call; made by `track_external_api.attempt()`."""

    def __init__(self, call: track_external_api) -> None:
        super().__init__()
        self._call = call
        self._status_code: int | None = None

    def set_status(self, status_code: int) -> None:
        """The HTTP status that the service answered with."""
        self._status_code = int(status_code)

    def _copy(self) -> Attempt:
        return self._call.attempt()

    def _began(self) -> None:
        pass

    def _ended(self, error: BaseException | None, seconds: float) -> None:
        self._call.count_attempt(self._status_code, error, seconds=seconds)


def call_status(status_code: int | None, error: BaseException | None) -> str:
    """One of `API_STATUSES`. What raised is judged before what was answered: the body may have failed after a 200."""
    if error is not None:
        if isinstance(error, asyncio.CancelledError | GeneratorExit):
            return "cancelled"
        timed_out = isinstance(error, TimeoutError) or _declared(error) == "timeout"
        return "timeout" if timed_out else _by_code(status_code) or "error"
    return _by_code(status_code) or "success"


def error_kind(status_code: int | None, error: BaseException | None) -> str | None:
    """What went wrong, in a closed set of words; None if nothing did or if we cancelled the call ourselves."""
    status = call_status(status_code, error)
    if status in ("success", "cancelled"):
        return None
    declared = _declared(error)
    if declared not in (None, "connection"):
        return declared
    if status in ("client_error", "server_error"):
        return f"http_{status_code}" if status_code in _NAMED_CODES else f"http_{(status_code or 0) // 100}xx"
    return status if status == "timeout" else _connection_kind(error)


_NAMED_CODES = frozenset({401, 403, 404, 429, 500, 502, 503, 504})


def _declared(error: BaseException | None) -> str | None:
    kind = getattr(type(error), "error_type", None)
    return kind if isinstance(kind, str) else None


def _by_code(status_code: int | None) -> str | None:
    if status_code is None or status_code < 400:
        return None
    return "client_error" if status_code < 500 else "server_error"


def _connection_kind(error: BaseException | None) -> str:
    chain: list[BaseException] = []
    while error is not None and len(chain) < 10:
        chain.append(error)
        error = error.__cause__ or error.__context__
    names = " ".join(type(one).__name__ for one in chain)
    if any(isinstance(one, socket.gaierror) for one in chain) or "DNS" in names:
        return "dns"
    if any(isinstance(one, ssl.SSLError) for one in chain):
        return "tls"
    if any(isinstance(one, OSError) for one in chain) or "Connect" in names:
        return "connect"
    return "other"
