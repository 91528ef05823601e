"""What is said when something goes wrong, to people, to htmx and to programs."""

from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from iam_job_scout.db.models import Job


def broken(*_: object, **__: object) -> None:
    raise RuntimeError("password=hunter2 at /srv/app/secret.py")


def test_an_unknown_address_is_a_page_with_the_frame(site: Any) -> None:
    answer = site.browser().client.get("/nope")
    assert answer.status_code == 404
    assert "Nothing here" in answer.text
    assert 'href="/sources"' in answer.text


def test_a_signed_in_person_stays_so_on_the_page_of_a_problem(site: Any) -> None:
    assert "dana@example.com" in site.signed_in().client.get("/nope").text


def test_an_unknown_address_of_the_api_is_json(site: Any) -> None:
    answer = site.browser().client.get("/api/v1/nope")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/"), ("DELETE", "/job/1"), ("PUT", "/api/v1/jobs"), ("GET", "/sign-out")]
)
def test_a_method_that_is_not_answered_is_said_so(site: Any, method: str, path: str) -> None:
    answer = site.browser().client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"]
    assert "Not possible here" in answer.text


def test_an_error_of_ours_shows_nothing_but_an_id(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.add_job()
    monkeypatch.setattr("iam_job_scout.web.jobs.find_jobs", broken)
    answer = site.browser().client.get("/")
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for internal in ("hunter2", "Traceback", "RuntimeError", ".py"):
        assert internal not in answer.text


def test_an_error_of_ours_is_json_under_the_api(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iam_job_scout.api.v1.find_jobs", broken)
    answer = site.browser().client.get("/api/v1/jobs")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "hunter2" not in answer.text


def test_the_log_ties_the_error_to_the_id(
    site: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("iam_job_scout.web.jobs.find_jobs", broken)
    answer = site.browser().client.get("/")
    # Printed, unless an earlier test has sent all logging to the library's.
    assert answer.headers["x-request-id"] in capsys.readouterr().out + caplog.text


def test_a_database_that_is_away_asks_for_patience(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT secret", {}, Exception("connection refused at 10.0.0.7"))

    monkeypatch.setattr("iam_job_scout.web.jobs.find_jobs", away)
    answer = site.browser().client.get("/")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "secret" not in answer.text and "10.0.0.7" not in answer.text


def test_without_tables_the_pages_say_so_and_stay_calm(site: Any) -> None:
    Job.metadata.drop_all(site.database.engine)
    browser = site.browser()
    browser.client.cookies.set("scout_session", "x")
    assert browser.client.get("/").status_code == 503
    assert browser.client.get("/nope").status_code == 404
    assert browser.client.get("/api/v1/stats").status_code == 503


def test_htmx_gets_a_line_to_show(site: Any) -> None:
    browser = site.signed_in()
    browser.client.headers["hx-request"] = "true"
    answer = browser.post("/job/99/status", status="saved")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.startswith("Nothing here.")


def test_a_wrong_request_never_comes_back_in_the_answer(site: Any) -> None:
    answer = site.browser().client.get("/api/v1/jobs", params={"page": "hunter2", "size": "9999"})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"query.page", "query.size"}
    assert "hunter2" not in answer.text
