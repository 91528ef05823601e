"""The wall between instrumentation and the program: what fails here is counted and logged once, never raised."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec

from .families import Counter

P = ParamSpec("P")

_log = logging.getLogger("iam_job_scout.monitoring")
_reported: set[str] = set()

INTERNAL_ERRORS = Counter(
    "monitoring_internal_errors_total", "Failures inside the instrumentation, by place.", ("where",)
)


def report(where: str, error: BaseException) -> None:
    """Count a failure inside the instrumentation; the first one of each place is logged with its traceback."""
    try:
        INTERNAL_ERRORS.inc(where)
        if where not in _reported:
            _reported.add(where)
            _log.warning("monitoring failed in %s; the program goes on", where, exc_info=error)
    except Exception:  # noqa: BLE001, S110 - neither the counter nor a log handler may break a request
        pass


def shielded(where: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Make a recording function harmless: whatever it raises is counted under `where`, and the caller goes on."""

    def decorate(function: Callable[P, None]) -> Callable[P, None]:
        @functools.wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                function(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 - the wall itself
                report(where, error)

        return guarded

    return decorate
