"""The log of a real server: every line within a request or a scan says which one, in whatever thread it is written."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest

from conftest import find_free_port

SOURCE = Path(__file__).parents[1] / "src"


class Server:
    """`scout serve` with a scan of one board, its log in JSON."""

    def __init__(self, directory: Path, upstream: str) -> None:
        self.directory, self.port = directory, find_free_port()
        (directory / "boards.csv").write_text("ats,token,company\nlever,acme,Acme\n")
        given = {"DATA_DIR": directory, "BOARDS": directory / "boards.csv", "UPSTREAM": upstream}
        settings = {f"SCOUT_{name}": str(value) for name, value in {**given, "LOG_FORMAT": "json"}.items()}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SCOUT_")}
        self.log = directory / "log"
        argv = [sys.executable, "-m", "iam_job_scout", "serve", "--port", str(self.port)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                argv,
                env={**clean, **settings, "PYTHONPATH": str(SOURCE)},
                cwd=directory,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def lines(self, event: str) -> list[dict[str, str]]:
        """The lines about something, as soon as there is one."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            found = [line for line in map(json.loads, self.log.read_text().splitlines()) if line["event"] == event]
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"no line {event!r} in {self.log.read_text()}")

    def change(self, statement: str) -> None:
        """Changes the database beneath the server."""
        with closing(sqlite3.connect(self.directory / "scout.sqlite")) as connection, connection:
            connection.execute(statement)


class NothingHere(BaseHTTPRequestHandler):
    """A source that knows no board."""

    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with ThreadingHTTPServer(("127.0.0.1", 0), NothingHere) as sources:
        threading.Thread(target=sources.serve_forever, daemon=True).start()
        running = Server(tmp_path_factory.mktemp("served"), f"http://127.0.0.1:{sources.server_port}")
        try:
            yield running
        finally:
            running.process.terminate()
            running.process.wait(20)
            sources.shutdown()


def test_lines_of_a_scan_carry_its_id(server: Server) -> None:
    (started,), (finished,) = server.lines("scan started"), server.lines("scan finished")
    with closing(sqlite3.connect(server.directory / "scout.sqlite")) as connection:
        scan_id = connection.execute("SELECT id FROM scan").fetchone()[0]
    assert (started["scan_id"], finished["scan_id"]) == (scan_id, scan_id)
    assert started["level"] == "info"
    assert started["timestamp"].endswith("Z")


def test_lines_of_a_request_carry_its_id_up_to_the_servers_own_traceback(server: Server) -> None:
    server.lines("serving")
    server.lines("scan finished")
    server.change("ALTER TABLE job RENAME TO lost")
    away = httpx2.get(f"http://127.0.0.1:{server.port}/api/v1/stats")
    server.change("ALTER TABLE lost RENAME TO job")
    assert away.status_code == 503
    (line,) = server.lines("database does not answer")
    assert line["request_id"] == away.headers["x-request-id"] == away.json()["request_id"]
    assert "request_id" not in server.lines("serving")[0]


def test_an_unforeseen_error_has_the_id_that_the_person_sees(server: Server) -> None:
    server.lines("scan finished")
    server.change("UPDATE scan SET started_at = 'nonsense'")
    failed = httpx2.get(f"http://127.0.0.1:{server.port}/api/v1/scans")
    assert failed.status_code == 500
    (line,) = server.lines("request failed")
    (traceback,) = server.lines("Exception in ASGI application\n")
    assert line["request_id"] == traceback["request_id"] == failed.headers["x-request-id"]
    assert line["route"] == "/api/v1/scans"
    assert "ValueError" in traceback["exception"]
