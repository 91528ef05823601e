"""`/metrics` on a port and a thread of its own: answered while the event loop is blocked and all threads are busy."""

from __future__ import annotations

import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import perf_counter
from typing import Any
from urllib.parse import parse_qs, urlsplit

from prometheus_client import REGISTRY, CollectorRegistry

from . import metrics
from .access import allowed
from .exposition import Wanted, body
from .internal import report

READ_TIMEOUT_SECONDS = 5.0
SWITCH_SECONDS = 0.0005


class MetricsServer:
    """A small HTTP server for scrapes. Several processes may serve the same port where the system allows it."""

    def __init__(
        self,
        port: int,
        *,
        host: str = "127.0.0.1",
        token: str | None = None,
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        self._address = (host, port)
        self._token = token
        self._registry = registry
        self._server: _Server | None = None

    @property
    def port(self) -> int:
        """The port that is served; the system's choice if 0 was asked for. Raises RuntimeError before `start`."""
        if self._server is None:
            raise RuntimeError("the metrics server has not been started")
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Listen and answer from now on. Raises OSError if the port cannot be had."""
        self._server = _Server(self._address, _handler(self._token, self._registry))
        threading.Thread(target=self._server.serve_forever, name="monitoring-server", daemon=True).start()

    def stop(self) -> None:
        """Close the port; without a start, nothing happens."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _PromptTurns:
    """Makes busy threads hand over the interpreter lock sooner, for as long as a scrape is being answered.

    A thread that waits for the lock asks for it after the switch interval, 5 ms unless set otherwise; a scrape asks
    some ten times.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._usual = 0.0

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._usual = sys.getswitchinterval()
                sys.setswitchinterval(min(self._usual, SWITCH_SECONDS))
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                sys.setswitchinterval(self._usual)


_PROMPT = _PromptTurns()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 16

    def server_bind(self) -> None:
        if hasattr(socket, "SO_REUSEPORT"):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().server_bind()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        with _PROMPT:
            super().process_request_thread(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A scraper that hangs up is its own business."""


def _handler(token: str | None, registry: CollectorRegistry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = READ_TIMEOUT_SECONDS
        # Each system call gives the interpreter lock away, and a busy loop gives it back only after 5 ms: one write.
        wbufsize = -1
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
            refusal = allowed({"client": self.client_address, "headers": headers}, token)
            if urlsplit(self.path).path != "/metrics":
                self._answer(404, {"content-type": "text/plain"}, b"Metrics are at /metrics.\n")
            elif refusal is not None:
                metrics.SCRAPES.inc(str(refusal.status_code))
                self._answer(refusal.status_code, dict(refusal.headers), bytes(refusal.body))
            else:
                self._scrape()

        def _scrape(self) -> None:
            started = perf_counter()
            wanted = Wanted.of(
                accept=self.headers.get("accept", ""),
                encoding=self.headers.get("accept-encoding", ""),
                names=parse_qs(urlsplit(self.path).query).get("name[]", []),
            )
            try:
                content = body(wanted, registry)
            except Exception as error:  # noqa: BLE001 - answer something, and keep the server
                report("scrape", error)
                metrics.SCRAPES.inc("500")
                self._answer(500, {"content-type": "text/plain"}, b"The metrics could not be written.\n")
                return
            metrics.SCRAPE_DURATION.set(perf_counter() - started)
            metrics.SCRAPE_BYTES.set(len(content))
            metrics.SCRAPES.inc("200")
            self._answer(200, wanted.headers, content)

        def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response_only(status)
            for name, value in {**headers, "content-length": str(len(content)), "connection": "close"}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Scrapes are counted, not logged."""

    return Handler
