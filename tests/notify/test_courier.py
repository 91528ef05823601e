"""Messages by way of a process of its own: to a real server, past one that hangs, never inside unless allowed."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any

import pytest

from iam_job_scout.notify.courier import Courier, Letter, Sent


class Service(BaseHTTPRequestHandler):
    """Takes what is posted to /ok, leads elsewhere from /away, fails at /broken and says nothing at /hang."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((self.path, body))  # type: ignore[attr-defined]
        if self.path == "/hang":
            self.server.ended.wait()  # type: ignore[attr-defined]
            return
        self.send_response({"/ok": 200, "/away": 307}.get(self.path, 500))
        if self.path == "/away":
            self.send_header("location", "/ok")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def service() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.got, server.ended = [], threading.Event()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.ended.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def courier() -> Iterator[Courier]:
    with Courier() as running:
        yield running


def letter(server: Any, path: str, *, private: bool = True) -> Letter:
    address = f"json://127.0.0.1:{server.server_port}{path}"
    return Letter(address=address, title="2 new jobs", body="One\nTwo", private=private)


def test_a_letter_arrives_whole(service: Any, courier: Courier) -> None:
    assert courier.send(letter(service, "/ok")).ok
    ((path, body),) = service.got
    assert path == "/ok"
    assert json.loads(body)["message"] == "One\nTwo"


def test_a_service_that_fails_is_named_as_the_reason(service: Any, courier: Courier) -> None:
    sent = courier.send(letter(service, "/broken"))
    assert not sent.ok
    assert "500" in sent.reason
    assert "\n" not in sent.reason


def test_no_letter_goes_to_a_private_address_unless_that_is_allowed(service: Any, courier: Courier) -> None:
    sent = courier.send(letter(service, "/ok", private=False))
    assert (sent.ok, sent.reason) == (False, "127.0.0.1 is not a public address")
    assert service.got == []
    assert courier.send(letter(service, "/ok")).ok


@pytest.mark.parametrize("host", ["localhost", "[::1]", "0.0.0.0", "169.254.169.254", "10.0.0.1"])
def test_no_name_of_a_private_address_is_a_way_around(courier: Courier, host: str) -> None:
    sent = courier.send(Letter(address=f"json://{host}:9", title="t", body="b", private=False))
    assert not sent.ok
    assert "not a public address" in sent.reason


def test_no_redirect_is_followed(service: Any, courier: Courier) -> None:
    assert not courier.send(letter(service, "/away")).ok
    assert [path for path, _ in service.got] == ["/away"]


def test_a_server_that_hangs_is_left_and_the_next_letter_goes(service: Any) -> None:
    with Courier(seconds=3) as courier:
        courier.send(letter(service, "/ok"))
        before = monotonic()
        sent = courier.send(letter(service, "/hang"))
        assert (sent.ok, monotonic() - before < 4) == (False, True)
        assert courier.send(letter(service, "/ok")).ok


def test_a_mail_server_that_hangs_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, Courier(seconds=4) as impatient:
        port = listening.getsockname()[1]
        address = f"mailto://me:secret@127.0.0.1:{port}?mode=insecure&from=me@example.org&to=you@example.org"
        sent = impatient.send(Letter(address=address, title="t", body="b", private=True))
        listening.settimeout(1)
        connection, _ = listening.accept()
        connection.close()
    assert sent == Sent(False, "no answer within 4 s")


def test_an_address_that_apprise_does_not_know_is_a_failure_not_an_accident(courier: Courier) -> None:
    sent = courier.send(Letter(address="nothing://x", title="t", body="b", private=True))
    assert (sent.ok, bool(sent.reason)) == (False, True)


def test_a_process_that_dies_is_replaced(service: Any) -> None:
    with Courier() as courier:
        assert courier.send(letter(service, "/ok")).ok
        process = courier._process
        assert process is not None
        process.kill()
        process.wait()
        assert courier.send(letter(service, "/ok")).ok
