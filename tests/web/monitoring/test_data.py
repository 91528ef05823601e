"""The way to Prometheus: who may use it, what may be asked, and what comes back when things go wrong."""

import json
import math
import time
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import matrix, server, vector

PANEL = "/api/monitoring/dashboards/scout-health/panels/201"  # answers by status: four courses
Use = Callable[[int], None]


def course(form: dict[str, str], *values: str) -> bytes:
    """One series with these values at the last points of what was asked for."""
    end, step = int(form["end"]), int(form["step"])
    samples = [(end - (len(values) - 1 - place) * step, value) for place, value in enumerate(values)]
    return matrix(({"job": "a"}, samples))


@pytest.mark.parametrize("path", [PANEL, "/api/monitoring/dashboards/scout-health/marks", "/api/monitoring/choices"])
def test_who_is_not_signed_in_gets_no_numbers(site: Any, path: str) -> None:
    answer = site.browser().client.get(path)
    assert answer.status_code == 401
    assert answer.json()["detail"].startswith("Sign in first")


def test_the_queries_are_those_of_the_dashboard_with_time_and_choice_filled_in(site: Any, prometheus_at: Use) -> None:
    asked: list[dict[str, str]] = []
    with server({"/api/v1/query_range": lambda form: asked.append(form) or matrix()}) as port:
        prometheus_at(port)
        client = site.signed_in().client
        answer = client.get(f"{PANEL}?from=now-1h&job=iam-job-scout&job=b%22%5D%7D&query=up").json()
    assert len(asked) == len(answer["results"]) == 4
    assert all('job=~"iam-job-scout|b\\"\\\\]\\\\}"' in form["query"] for form in asked)
    assert {form["step"] for form in asked} == {"15"}
    assert {int(form["end"]) - int(form["start"]) for form in asked} == {3600}
    assert not any("$" in form["query"] for form in asked)


def test_a_course_comes_as_a_value_for_each_point(site: Any, prometheus_at: Use) -> None:
    with server({"/api/v1/query_range": lambda form: course(form, "1.5", "NaN", "+Inf", "4")}) as port:
        prometheus_at(port)
        answer = site.signed_in().client.get(f"{PANEL}?from=now-15m").json()
    [series] = answer["results"][0]["series"]
    assert series["name"] == "2xx"
    assert series["values"][-4:] == [1.5, None, None, 4]
    assert len(series["values"]) == (answer["end"] - answer["start"]) // answer["step"] + 1
    assert set(series["values"][:-4]) == {None}


def test_a_query_that_is_refused_leaves_the_others_alone(site: Any, prometheus_at: Use) -> None:
    def answer(form: dict[str, str]) -> bytes | int:
        return 422 if "2.." in form["query"] else course(form, "1")

    with server({"/api/v1/query_range": answer}) as port:
        prometheus_at(port)
        results = site.signed_in().client.get(PANEL).json()["results"]
    assert results[0]["error"] == "The server answered with status 422."
    assert [len(result["series"]) for result in results[1:]] == [1, 1, 1]


def test_prometheus_away_is_said_for_each_query(site: Any, prometheus_at: Use, free_port: int) -> None:
    prometheus_at(free_port)
    answer = site.signed_in().client.get(PANEL)
    assert answer.status_code == 200
    assert {result["error"] for result in answer.json()["results"]} == {f"127.0.0.1:{free_port} does not answer."}


def test_a_slow_prometheus_is_not_waited_for_without_end(
    site: Any, prometheus_at: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iam_job_scout.web.monitoring.questions.PATIENCE", -1.8)
    with server({"/api/v1/query_range": lambda _: time.sleep(0.5) or matrix()}) as port:  # type: ignore[func-returns-value]
        prometheus_at(port)
        results = site.signed_in().client.get(PANEL).json()["results"]
    assert {result["error"] for result in results} == {f"127.0.0.1:{port} took longer than 0.2 s."}


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"data": {"result": 3}}', b"\xff"])
def test_an_answer_of_another_shape_is_an_error_of_the_query(site: Any, prometheus_at: Use, body: bytes) -> None:
    with server({"/api/v1/query_range": body}) as port:
        prometheus_at(port)
        results = site.signed_in().client.get(PANEL).json()["results"]
    assert {result["error"] for result in results} == {f"127.0.0.1:{port} gave an answer that cannot be read."}


def test_of_many_series_the_strongest_are_sent(site: Any, prometheus_at: Use) -> None:
    newest = time.time() // 15 * 15 - 15
    many = matrix(*(({"n": str(n)}, [(newest, str(n % 97))]) for n in range(10_000)))
    with server({"/api/v1/query_range": many}) as port:
        prometheus_at(port)
        [result, *_] = site.signed_in().client.get(PANEL).json()["results"]
    assert result["total"] == 10_000
    assert len(result["series"]) == 60
    assert {value for series in result["series"] for value in series["values"]} == {96, None}


def test_an_answer_that_is_too_long_is_asked_for_again_with_the_strongest_alone(site: Any, prometheus_at: Use) -> None:
    def huge(form: dict[str, str]) -> bytes:
        return course(form, "1") if form["query"].startswith("topk(20, ") else b" " * 8_000_001

    with server({"/api/v1/query_range": huge}) as port:
        prometheus_at(port)
        [result, *_] = site.signed_in().client.get(PANEL).json()["results"]
    assert "20 strongest" in result["note"]
    assert result["series"][0]["values"][-1] == 1


def test_a_single_value_is_not_asked_for_as_a_course(site: Any, prometheus_at: Use) -> None:
    gauge = "/api/monitoring/dashboards/scout-service-levels/panels/101"
    answers = {"/api/v1/query": vector(({"job": "a"}, time.time(), "0.75"))}
    with server(answers) as port:
        prometheus_at(port)
        [result] = site.signed_in().client.get(gauge).json()["results"]
    assert result["series"][0]["value"] == 0.75
    assert not math.isnan(result["series"][0]["value"])


@pytest.mark.parametrize(
    "path",
    [
        "/api/monitoring/dashboards/nope/panels/201",
        "/api/monitoring/dashboards/scout-health/panels/99999",
        "/api/monitoring/dashboards/scout-health/panels/201%20or%20up",
        "/api/monitoring/dashboards/nope/marks",
        "/monitoring/nope",
    ],
)
def test_there_is_nothing_but_the_panels_of_the_dashboards(site: Any, path: str) -> None:
    assert site.signed_in().client.get(path).status_code == 404


@pytest.mark.parametrize(
    "query",
    ["from=yesterday", "from=now&to=now-1h", "from=now-90d", "points=5", "points=100000", "job=", "job=%00",
     "job=" + "x" * 201, "&".join(f"instance={n}" for n in range(51))],
)  # fmt: skip
def test_times_and_choices_that_cannot_be_used_are_refused(site: Any, query: str) -> None:
    answer = site.signed_in().client.get(f"{PANEL}?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_marks_are_the_moments_that_the_query_gives(site: Any, prometheus_at: Use) -> None:
    def started(form: dict[str, str]) -> bytes:
        end = int(form["end"])
        at = (end - 600) * 1000
        return matrix(({"version": "1.2", "instance": "a:1"}, [(end - 60, str(at)), (end, str(at))]))

    with server({"/api/v1/query_range": started}) as port:
        prometheus_at(port)
        answer = site.signed_in().client.get("/api/monitoring/dashboards/scout-health/marks").json()
    [mark] = answer["marks"]
    assert (mark["text"], mark["color"]) == ("version 1.2 on a:1", "info")
    assert mark["time"] == pytest.approx(time.time() - 600, abs=20)


def test_the_choices_are_the_jobs_and_instances_that_were_seen(site: Any, prometheus_at: Use) -> None:
    values = {f"/api/v1/label/{name}/values": json.dumps({"data": [f"{name} 2", f"{name} 1"]}).encode()
              for name in ("job", "instance")}  # fmt: skip
    with server(values) as port:
        prometheus_at(port)
        found = site.signed_in().client.get("/api/monitoring/choices").json()
    assert found == {"job": ["job 1", "job 2"], "instance": ["instance 1", "instance 2"]}


def test_live_values_need_no_prometheus(site: Any, free_port: int) -> None:
    site.browser().client.get("/")
    answer = site.browser().client.get("/api/monitoring/live").json()
    values = {one["metric"]: one["value"] for one in answer["values"]}
    assert values["http_requests_total"] >= 1
    assert values["process_resident_memory_bytes"] > 10_000_000
    assert answer["time"] == pytest.approx(time.time(), abs=5)


def test_on_a_public_address_live_values_need_a_session_too(public_site: Any) -> None:
    assert public_site.browser().client.get("/api/monitoring/live").status_code == 401


def test_where_sign_in_is_off_anybody_may_look(open_site: Any) -> None:
    assert open_site.browser().client.get(PANEL).status_code == 200
