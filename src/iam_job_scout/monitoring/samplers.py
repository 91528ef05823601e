"""Gauges that someone must go and read: registered functions, run together, honest when they fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from . import metrics
from .families import Gauge, watching_sets
from .internal import report

Sampler = Callable[[], None]

# A gauge outlives this many failed runs in a row of the function that sets it.
FAILURES_ALLOWED = 1


class _Registered:
    __slots__ = ("failures", "gauges", "sample")

    def __init__(self, sample: Sampler) -> None:
        self.sample = sample
        self.failures = 0
        self.gauges: set[Gauge] = set()


_samplers: dict[str, _Registered] = {}
_running = threading.Lock()


def register_sampler(name: str, sample: Sampler) -> None:
    """Have `sample` called by every `update_all_metrics()`; a second one of that name replaces the first.

    `sample` reads something and sets gauges through the catalogue's functions. It runs in a thread of its own, may
    block, and may raise: its gauges then keep their values for one more run and after that are withdrawn, so that
    nothing untrue is shown.
    """
    _samplers[name] = _Registered(sample)
    metrics.SAMPLER_SUCCESS.child((name,))


def unregister_sampler(name: str) -> None:
    """Forget a sampler and withdraw what it set."""
    gone = _samplers.pop(name, None)
    for gauge in gone.gauges if gone else ():
        gauge.withdraw()


def update_all_metrics() -> None:
    """Run every sampler once, each on its own: one that fails stops no other. Blocks while they run; never raises."""
    with _running:
        for name, registered in list(_samplers.items()):
            _run(name, registered)


def _run(name: str, registered: _Registered) -> None:
    started = time.perf_counter()
    try:
        with watching_sets(registered.gauges):
            registered.sample()
    except Exception as error:  # noqa: BLE001 - one broken sampler must not stop the others
        report(f"sampler:{name}", error)
        registered.failures += 1
        if registered.failures > FAILURES_ALLOWED:
            for gauge in registered.gauges:
                gauge.withdraw()
        metrics.SAMPLER_SUCCESS.set(0, name)
    else:
        registered.failures = 0
        metrics.SAMPLER_SUCCESS.set(1, name)
        metrics.SAMPLER_LAST.set(time.time(), name)
    metrics.SAMPLER_DURATION.set(time.perf_counter() - started, name)
