"""The monitoring page: live facts, and whether the local servers answer."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from iam_job_scout.settings import Settings
from iam_job_scout.web.servers import local_servers

TARGETS = {"data": {"activeTargets": [{"health": "up"}, {"health": "down"}]}}
RULES = {"data": {"groups": [{"rules": [{}, {}]}, {"rules": [{}]}]}}
ALERTS = {"data": {"alerts": [{"state": "firing"}, {"state": "pending"}]}}


@contextmanager
def server(answers: dict[str, bytes]) -> Iterator[int]:
    """An HTTP server on loopback with fixed answers; any other path is 404."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answers.get(self.path.partition("?")[0])
            self.send_response(200 if body is not None else 404)
            self.end_headers()
            self.wfile.write(body or b"")

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


def prometheus() -> dict[str, bytes]:
    known = {"/api/v1/targets": TARGETS, "/api/v1/rules": RULES, "/api/v1/alerts": ALERTS}
    return {"/-/ready": b"ready", **{path: json.dumps(value).encode() for path, value in known.items()}}


def test_servers_that_are_away_come_with_what_to_do(site: Any) -> None:
    page = site.browser().client.get("/monitoring")
    assert page.status_code == 200
    assert page.text.count("does not answer") == 2
    assert "SCOUT_STACK_BIN" in page.text


def test_a_server_that_answers_is_shown_with_what_it_says(settings: Settings, free_port: int) -> None:
    with server(prometheus()) as port:
        found = local_servers(settings.model_copy(update={"prometheus_port": port, "alertmanager_port": free_port}))
    assert [item.answers for item in found] == [True, False]
    assert found[0].facts == ("1 of 2 targets up", "3 alert rules loaded", "1 firing, 1 pending")


def test_alertmanager_counts_alerts_and_silences(settings: Settings, free_port: int) -> None:
    answers = {
        "/-/ready": b"OK",
        "/api/v2/alerts": b"[{}, {}]",
        "/api/v2/silences": b'[{"status": {"state": "active"}}, {"status": {"state": "expired"}}, 3]',
    }
    with server(answers) as port:
        found = local_servers(settings.model_copy(update={"prometheus_port": free_port, "alertmanager_port": port}))
    assert found[1].facts == ("2 active alerts", "1 silence")


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"data": 3}', b'{"data": {"activeTargets": [1]}}', b"\xff\xfe"]
)
def test_answers_of_another_shape_break_nothing(settings: Settings, free_port: int, body: bytes) -> None:
    paths = ("/-/ready", "/api/v1/targets", "/api/v1/rules", "/api/v1/alerts", "/api/v2/alerts", "/api/v2/silences")
    with server(dict.fromkeys(paths, body)) as port:
        found = local_servers(settings.model_copy(update={"prometheus_port": port, "alertmanager_port": port}))
    assert all(item.answers for item in found)


def test_something_else_on_the_port_is_no_server(settings: Settings, free_port: int) -> None:
    with server({}) as port:
        found = local_servers(settings.model_copy(update={"prometheus_port": port, "alertmanager_port": free_port}))
    assert [item.answers for item in found] == [False, False]


def test_the_facts_are_counted_now(site: Any) -> None:
    site.add_job()
    site.signed_in()
    tree = LexborHTMLParser(site.browser().client.get("/monitoring").text)
    facts = {item.css_first("dt").text(): item.css_first("dd").text() for item in tree.css(".stat")}
    assert facts == {"Up for": "< 1 min", "Open jobs": "1", "New this week": "1", "Active sessions": "1"}
