"""Stand-ins for the monitoring servers that answer what a test wants, and the sites and browser of the pages."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from browsing import chromium, home, seen
from website import open_site, public_site, site

__all__ = ["chromium", "home", "open_site", "public_site", "seen", "site"]

Answer = bytes | Callable[[dict[str, str]], bytes | int]


@contextmanager
def server(answers: dict[str, Answer]) -> Iterator[int]:
    """An HTTP server on loopback with these answers by path; one may be a function of the form that was sent, and an
    answer that is a number is a status without a body. Any other path is 404."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self.answer({name: values[0] for name, values in parse_qs(body).items()})

        def answer(self, form: dict[str, str]) -> None:
            given = answers.get(self.path.partition("?")[0], 404)
            answer = given(form) if callable(given) else given
            self.send_response(answer if isinstance(answer, int) else 200)
            self.end_headers()
            self.wfile.write(b"" if isinstance(answer, int) else answer)

        def log_message(self, *_: object) -> None:
            return

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listener.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield listener.server_address[1]
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()


def matrix(*series: tuple[dict[str, str], list[tuple[float, str]]]) -> bytes:
    """An answer of Prometheus with the courses of these label sets."""
    result = [{"metric": labels, "values": values} for labels, values in series]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()


def vector(*series: tuple[dict[str, str], float, str]) -> bytes:
    """An answer of Prometheus with one value for each of these label sets."""
    result = [{"metric": labels, "value": [time, value]} for labels, time, value in series]
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}).encode()


@pytest.fixture
def prometheus_at(site: Any) -> Callable[[int], None]:
    """Makes the site ask the Prometheus on that port."""

    def use(port: int) -> None:
        site.app.state.settings = site.app.state.settings.model_copy(
            update={"prometheus_port": port, "alertmanager_port": port}
        )

    return use
