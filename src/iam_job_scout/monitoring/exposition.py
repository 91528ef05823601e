"""`/metrics`: every metric of this process, in the format that the scraper asks for."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, Metric, ProcessCollector, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from . import metrics, process_metrics
from .access import allowed
from .catalogue import CatalogueCollector, families, processes, rows_source, sample_names
from .db_metrics import update_connection_pool_metrics
from .families import Family, Histogram
from .internal import report, shielded
from .render import Rows, family_text

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
# The event loop gets a turn after this much rendering.
SLICE_SECONDS = 0.001
# Compression runs in pieces of this size, about a millisecond each.
GZIP_PIECE = 64 * 1024
MAX_IN_FLIGHT = 5

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Wanted:
    """What a scraper asks for: the format, compression, and the sample names if not all."""

    openmetrics: bool = False
    gzip: bool = False
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *, accept: str, encoding: str, names: Iterable[str]) -> Wanted:
        """Read the request headers `Accept` and `Accept-Encoding` and the `name[]` parameters."""
        return cls(
            openmetrics=_quality(accept, "application/openmetrics-text") > _quality(accept, "text/plain"),
            gzip=_quality(encoding, "gzip") > 0,
            names=frozenset(names),
        )

    @property
    def headers(self) -> dict[str, str]:
        """The response headers that say what was chosen."""
        chosen = {"content-type": OPENMETRICS if self.openmetrics else TEXT, "vary": "Accept, Accept-Encoding"}
        return {**chosen, "content-encoding": "gzip"} if self.gzip else chosen


def _quality(header: str, name: str) -> float:
    for part in header.split(","):
        value, *parameters = (piece.strip() for piece in part.split(";"))
        if value.lower() == name:
            weights = [piece[2:] for piece in parameters if piece.startswith("q=")]
            try:
                return float(weights[0]) if weights else 1.0
            except ValueError:
                return 0.0
    return 0.0


def exposition(wanted: Wanted, registry: CollectorRegistry = REGISTRY) -> Iterator[str]:
    """The text in pieces. A collector that fails is left out and shows as `monitoring_collector_success` 0."""
    update_connection_pool_metrics()
    _measure_overflow()
    rows = rows_source()
    samples = 0
    for collector in _foreign(registry):
        own = isinstance(collector, ProcessCollector) and process_metrics.supported()
        for piece in _process_text(wanted) if own else _foreign_text(collector, wanted):
            samples += piece.count("\n")
            yield piece
    for family in families():
        if not wanted.names or sample_names(family) & wanted.names:
            for piece in _guarded_text(family, rows, wanted):
                samples += piece.count("\n")
                yield piece
    metrics.SCRAPE_SAMPLES.set(samples)
    if wanted.openmetrics:
        yield "# EOF\n"


@shielded("overflow")
def _measure_overflow() -> None:
    for family in families():
        if isinstance(family, Histogram):
            blocks = [child.slots for child in list(family.children.values())]
            total = sum(sum(slots[: family.sum_at]) for slots in blocks)
            if total:
                beyond = sum(slots[family.sum_at - 1] for slots in blocks)
                metrics.HISTOGRAM_OVERFLOW.set(beyond / total, family.name)


def _guarded_text(family: Family, rows: Rows, wanted: Wanted) -> Iterator[str]:
    try:
        pieces = family_text(family, rows(family), openmetrics=wanted.openmetrics)
        while (piece := next(pieces, None)) is not None:
            yield _only(piece, wanted.names) if wanted.names else piece
    except Exception as error:  # noqa: BLE001 - a scrape without one family is better than none
        report(f"render:{family.name}", error)
        metrics.COLLECTOR_SUCCESS.set(0, family.name)


def _process_text(wanted: Wanted) -> Iterator[str]:
    try:
        text = "".join(process_metrics.process_text(processes(), openmetrics=wanted.openmetrics))
    except Exception as error:  # noqa: BLE001 - a scrape without the process is better than none
        report("process", error)
    else:
        yield _only(text, wanted.names) if wanted.names else text


def _foreign(registry: CollectorRegistry) -> list[Any]:
    return [one for one in list(registry._collector_to_names) if not isinstance(one, CatalogueCollector)]


class _Collected:
    """Metrics already collected, in the shape that the client library's writers read."""

    def __init__(self, collected: Collection[Metric]) -> None:
        self.collected = collected

    def collect(self) -> Iterable[Metric]:
        return self.collected


def _foreign_text(collector: Any, wanted: Wanted) -> Iterator[str]:
    name = f"{type(collector).__module__}.{type(collector).__qualname__}"
    try:
        collected = list(collector.collect())
        write = generate_openmetrics if wanted.openmetrics else generate_latest
        text = write(_Collected(collected)).decode().removesuffix("# EOF\n")
        metrics.COLLECTOR_SUCCESS.set(1, name)
    except Exception as error:  # noqa: BLE001 - a foreign collector may raise anything
        report("collector", error)
        metrics.COLLECTOR_SUCCESS.set(0, name)
    else:
        yield _only(text, wanted.names) if wanted.names else text


def _only(text: str, names: Collection[str]) -> str:
    kept: list[str] = []
    head: list[str] = []
    for line in text.splitlines(keepends=True):
        if line.startswith("#"):
            head.append(line)
        elif line.partition("{")[0].partition(" ")[0] in names:
            kept.extend((*head, line))
            head = []
        elif head and not head[-1].startswith("#"):
            head = []
    return "".join(kept)


def body(wanted: Wanted, registry: CollectorRegistry = REGISTRY) -> bytes:
    """The whole response body, made in one go: for threads other than the event loop's."""
    return b"".join(encoded(exposition(wanted, registry), wanted))


def encoded(pieces: Iterable[str], wanted: Wanted) -> Iterator[bytes]:
    """Pieces of text as bytes, compressed if wanted."""
    if not wanted.gzip:
        for piece in pieces:
            yield piece.encode()
        return
    packer = zlib.compressobj(level=1, wbits=31)
    for piece in pieces:
        data = piece.encode()
        for start in range(0, len(data), GZIP_PIECE):
            yield packer.compress(data[start : start + GZIP_PIECE])
    yield packer.flush()


async def _body_in_turns(wanted: Wanted, registry: CollectorRegistry) -> bytes:
    parts = []
    turn = perf_counter()
    for part in encoded(exposition(wanted, registry), wanted):
        parts.append(part)
        if perf_counter() - turn > SLICE_SECONDS:
            await asyncio.sleep(0)
            turn = perf_counter()
    return b"".join(parts)


def make_metrics_endpoint(*, token: str | None = None, registry: CollectorRegistry = REGISTRY) -> Endpoint:
    """A Starlette endpoint for `/metrics`, open to this machine and, with `token`, to its bearer."""
    in_flight = 0

    async def metrics_endpoint(request: Request) -> Response:
        """Answer a scrape: 200; 401 or 403 to strangers; 503 while five scrapes are being answered."""
        nonlocal in_flight
        refusal = allowed(request.scope, token)
        if refusal is None and in_flight >= MAX_IN_FLIGHT:
            refusal = PlainTextResponse("Too many scrapes at once.\n", 503, {"retry-after": "5"})
        if refusal is not None:
            metrics.SCRAPES.inc(str(refusal.status_code))
            return refusal
        in_flight += 1
        try:
            return await _answer(request, registry)
        finally:
            in_flight -= 1

    return metrics_endpoint


async def _answer(request: Request, registry: CollectorRegistry) -> Response:
    started = perf_counter()
    wanted = Wanted.of(
        accept=request.headers.get("accept", ""),
        encoding=request.headers.get("accept-encoding", ""),
        names=request.query_params.getlist("name[]"),
    )
    content = await _body_in_turns(wanted, registry)
    metrics.SCRAPE_DURATION.set(perf_counter() - started)
    metrics.SCRAPE_BYTES.set(len(content))
    metrics.SCRAPES.inc("200")
    return Response(content, headers=wanted.headers)


metrics_endpoint = make_metrics_endpoint()
