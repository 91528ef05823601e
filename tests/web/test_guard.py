"""The Host header on loopback, and the headers of every answer."""

from typing import Any

import pytest

GOOD = [
    "127.0.0.1:5000",
    "localhost:5000",
    "LOCALHOST",
    "[::1]:5000",
    "localhost:8080",
    "127.0.0.1",
    "app.localhost:5000",
]
BAD = [
    *("evil.example", "evil.example:5000", "127.0.0.1.evil.example", "localhost.evil.example", "192.168.1.4:5000"),
    *(
        "",
        "127.0.0.1:5000@evil.example",
        "localhost:5000:1",
        "[::1",
        "localhost/x",
        "0.0.0.0:5000",
        "evil.example#localhost",
    ),
]


@pytest.mark.parametrize("host", GOOD)
def test_names_of_this_machine_are_served(site: Any, host: str) -> None:
    assert site.browser().client.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", BAD)
@pytest.mark.parametrize("path", ["/", "/api/v1/jobs", "/health", "/static/scout.css"])
def test_other_names_are_refused_on_loopback(site: Any, host: str, path: str) -> None:
    answer = site.browser().client.get(path, headers={"host": host})
    assert answer.status_code == 421
    assert "evil" not in answer.text


def test_two_host_headers_are_refused(site: Any) -> None:
    headers = [("host", "127.0.0.1:5000"), ("host", "evil.example")]
    assert site.browser().client.get("/", headers=headers).status_code == 421


def test_a_site_on_the_network_answers_to_any_name(public_site: Any) -> None:
    assert public_site.browser().client.get("/health", headers={"host": "jobs.example.com"}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/job/1", "/sources", "/monitoring", "/sign-in", "/nope", "/api/v1/nope", "/health"]
)
def test_every_answer_carries_the_security_headers(site: Any, path: str) -> None:
    headers = site.browser().client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert len(headers["x-request-id"]) == 16


def test_each_request_has_an_id_of_its_own(site: Any) -> None:
    client = site.browser().client
    assert client.get("/health").headers["x-request-id"] != client.get("/health").headers["x-request-id"]


def test_a_named_version_of_a_static_file_may_be_kept(site: Any) -> None:
    client = site.browser().client
    assert "immutable" in client.get("/static/scout.css?v=1").headers["cache-control"]
    assert client.get("/static/scout.css").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/static/../rendering.py", "/static/%2e%2e/rendering.py", "/static/..%2frendering.py", "/static/"]
)
def test_static_files_are_those_of_the_directory(site: Any, path: str) -> None:
    assert site.browser().client.get(path).status_code == 404
