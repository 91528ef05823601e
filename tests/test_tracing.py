"""Traces: off unless asked for, sent to where they should go, without secrets, tied to the metrics."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.testclient import TestClient

from iam_job_scout import tracing
from iam_job_scout.db import open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.main import create_app
from iam_job_scout.settings import Settings
from website import HOME


class Collector(BaseHTTPRequestHandler):
    """Keeps the spans that are sent to it."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.server.spans.extend(scope.spans)  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def collector() -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), Collector)
    server.spans = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def traced(settings: Settings, collector: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[TestClient, Any]:
    """An app that sends traces to the collector, and its provider."""
    kept: list[Any] = []
    make = tracing.make_provider
    monkeypatch.setattr(tracing, "make_provider", lambda given: kept.append(make(given)) or kept[-1])
    where = f"http://127.0.0.1:{collector.server_port}/v1/traces"
    database = open_database(settings)
    upgrade(database)
    app = create_app(settings.model_copy(update={"trace_url": where}), database=database)
    return TestClient(app, base_url=HOME, client=("127.0.0.1", 50_000), follow_redirects=False), kept[0]


def test_without_an_address_nothing_is_traced(settings: Settings) -> None:
    assert tracing.make_provider(settings) is None
    assert tracing.telemetry(None)["tracing"] is False


def test_a_request_and_its_statements_are_one_trace_whose_id_is_an_exemplar(
    settings: Settings, collector: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, provider = traced(settings, collector, monkeypatch)
    assert client.get("/api/v1/stats").status_code == 200
    metrics = client.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"}).text
    provider.shutdown()
    (request,) = [span for span in collector.spans if span.name == "GET /api/v1/stats"]
    statements = [span for span in collector.spans if span.name == "SELECT"]
    assert statements
    assert {span.trace_id for span in statements} == {request.trace_id}
    line = next(line for line in metrics.splitlines() if 'endpoint="/api/v1/stats"' in line and "# {" in line)
    assert f'trace_id="{request.trace_id.hex()}"' in line


def test_addresses_that_are_secrets_are_in_no_trace(
    settings: Settings, collector: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, provider = traced(settings, collector, monkeypatch)
    for path in (
        "/feeds/the-secret.atom",
        "/calendar/the-secret.ics",
        "/setup?token=the-secret",
        "/join?token=the-secret",
    ):
        client.get(path)
    client.get("/health")
    provider.shutdown()
    assert collector.spans == []


def test_a_collector_that_is_away_harms_no_request(
    settings: Settings, collector: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    collector.server_port = 9
    client, provider = traced(settings, collector, monkeypatch)
    assert client.get("/api/v1/stats").status_code == 200
    provider.shutdown()
