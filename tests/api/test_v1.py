"""The JSON API: lists, one job, setting a status, counts, and what wrong requests are told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from iam_job_scout.db.models import Board, Posting
from iam_job_scout.jobs.tracking import MAX_NOTE

PROBLEM = "application/problem+json"


def listed(site: Any, query: str = "") -> list[str]:
    return [item["title"] for item in site.signed_in().client.get(f"/api/v1/jobs{query}").json()["items"]]


def set_status(browser: Any, job_id: int, body: Any, **headers: str) -> Any:
    return browser.client.post(
        f"/api/v1/jobs/{job_id}/status", json=body, headers={"x-csrf-token": browser.csrf, **headers}
    )


def test_a_list_is_a_page_with_the_total(site: Any) -> None:
    for number in range(3):
        site.add_job(title=f"IAM {number}", score=number)
    answer = site.browser().client.get("/api/v1/jobs?size=2").json()
    assert [item["title"] for item in answer["items"]] == ["IAM 2", "IAM 1"]
    assert (answer["total"], answer["total_is_exact"]) == (3, True)
    following = site.browser().client.get(f"/api/v1/jobs?size=2&after={answer['next']}").json()
    assert [item["title"] for item in following["items"]] == ["IAM 0"]
    assert following["next"] is None


def test_filters_are_those_of_the_page(site: Any) -> None:
    site.add_job(title="saved", status="saved")
    site.add_job(title="hidden", status="hidden")
    site.add_job(title="adjacent", tier="adjacent")
    site.add_job(title="closed", closed_at=datetime.now(UTC), mode="onsite")
    assert set(listed(site)) == {"saved", "adjacent"}
    assert listed(site, "?status=hidden") == ["hidden"]
    assert listed(site, "?tier=adjacent") == ["adjacent"]
    assert listed(site, "?mode=onsite&closed=true") == ["closed"]
    assert listed(site, "?q=SAVED") == ["saved"]


def test_an_item_says_pay_and_times_with_their_units(site: Any) -> None:
    moment = datetime(2026, 11, 1, 12, tzinfo=UTC)
    site.add_job(posted_at=moment, pay_min=100_000, pay_max=None, pay_currency="USD", pay_source="posted")
    item = site.browser().client.get("/api/v1/jobs").json()["items"][0]
    assert item["posted_at"] == "2026-11-01T12:00:00Z"
    assert item["pay"] == {"minimum": 100_000, "maximum": None, "currency": "USD", "source": "posted"}


def test_one_job_comes_with_evidence_postings_and_events(site: Any) -> None:
    now, job_id = datetime.now(UTC), site.add_job(description="<p onclick=x>Text<script>bad()</script></p>")
    with site.database.writing() as session:
        session.add(
            Posting(
                source="lever",
                board="northwind",
                external_id="7",
                url="https://e.org",
                title="t",
                company="c",
                location="l",
                content_hash="h",
                first_seen=now,
                seen_at=now,
                decision="accepted",
                rule="r",
                tier="core",
                score=50,
                raw=b"",
                job_id=job_id,
            )
        )
    browser = site.signed_in()
    set_status(browser, job_id, {"status": "applied", "note": "Sam"})
    job = browser.client.get(f"/api/v1/jobs/{job_id}").json()
    assert job["description"] == "<p>Text</p>"
    assert job["evidence"][0]["points"] == 40
    assert job["postings"][0]["board"] == "northwind"
    assert [(event["status"], event["note"]) for event in job["events"]] == [("applied", "Sam")]
    assert job["pay"] is None


@pytest.mark.parametrize("job_id", ["1", "0", "-3", "x", "9" * 30, "1.0", "%00"])
def test_a_job_that_does_not_exist_is_not_found(site: Any, job_id: str) -> None:
    answer = site.browser().client.get(f"/api/v1/jobs/{job_id}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=closed", "query.status"),
        ("tier=none", "query.tier"),
        ("mode=moon", "query.mode"),
        ("sort=random", "query.sort"),
        ("after=nonsense", "query.after"),
        ("after=%00", "query.after"),
        (f"after={'9' * 301}", "query.after"),
        ("unknown=1", "query.unknown"),
        ("size=0", "query.size"),
        ("size=201", "query.size"),
        ("closed=maybe", "query.closed"),
        (f"q={'x' * 201}", "query.q"),
    ],
)
def test_a_wrong_parameter_is_named(site: Any, query: str, field: str) -> None:
    answer = site.browser().client.get(f"/api/v1/jobs?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    "words", ["%00", "%ff%fe", "%F0%9F%A7%9B", "%E2%80%AE", "' OR 1=1 --", "%25", "\\", "%ED%A0%80"]
)
def test_hostile_words_find_nothing_and_break_nothing(site: Any, words: str) -> None:
    site.add_job()
    assert site.browser().client.get(f"/api/v1/jobs?q=zz{words}").json()["total"] == 0


def test_setting_a_status_answers_with_the_job(site: Any) -> None:
    job_id, browser = site.add_job(note="kept"), site.signed_in()
    answer = set_status(browser, job_id, {"status": "interview"})
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["note"]) == ("interview", "kept")
    assert answer.json()["status_at"] is not None


def test_an_empty_note_removes_the_note(site: Any) -> None:
    job_id = site.add_job(note="old")
    assert set_status(site.signed_in(), job_id, {"status": "saved", "note": ""}).json()["note"] == ""


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": "closed"},
        {"status": 1},
        {"status": None},
        {"status": "saved", "note": "n" * (MAX_NOTE + 1)},
        {"status": "saved", "note": 5},
        {"status": "saved", "more": True},
        [],
        "saved",
        None,
    ],
)
def test_a_wrong_body_changes_nothing(site: Any, body: Any) -> None:
    job_id = site.add_job()
    answer = set_status(site.signed_in(), job_id, body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert site.tracked(job_id).status == "new"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"status": "saved", "note": "\\ud800"}', b"[" * 20_000])
def test_a_body_that_is_no_json_is_no_error_of_ours(site: Any, body: bytes) -> None:
    job_id, browser = site.add_job(), site.signed_in()
    headers = {"x-csrf-token": browser.csrf, "content-type": "application/json"}
    answer = browser.client.post(f"/api/v1/jobs/{job_id}/status", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == PROBLEM
    assert site.tracked(job_id).status == "new"


def test_a_body_that_is_too_large_is_refused(site: Any) -> None:
    answer = set_status(site.signed_in(), site.add_job(), {"status": "saved", "note": "n" * 70_000})
    assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)


def test_a_follow_up_date_is_set_kept_and_removed(site: Any) -> None:
    job_id, browser = site.add_job(), site.signed_in()
    assert set_status(browser, job_id, {"follow_up_on": "2026-12-01"}).json()["follow_up_on"] == "2026-12-01"
    assert set_status(browser, job_id, {"status": "saved"}).json()["follow_up_on"] == "2026-12-01"
    assert set_status(browser, job_id, {"follow_up_on": None}).json()["follow_up_on"] is None


def test_who_has_the_same_already_gets_no_body(site: Any) -> None:
    site.add_job()
    client = site.browser().client
    first = client.get("/api/v1/jobs")
    again = client.get("/api/v1/jobs", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    site.add_job()
    changed = client.get("/api/v1/jobs", headers={"if-none-match": first.headers["etag"]})
    assert (changed.status_code, changed.json()["total"]) == (200, 2)


def test_a_change_needs_a_session(site: Any) -> None:
    answer = set_status(site.browser(), site.add_job(), {"status": "saved"})
    assert (answer.status_code, answer.headers["content-type"]) == (401, PROBLEM)
    assert answer.headers["www-authenticate"]


@pytest.mark.parametrize("headers", [{"x-csrf-token": ""}, {"x-csrf-token": "x"}, {"origin": "https://evil.example"}])
def test_a_change_needs_the_sessions_own_page(site: Any, headers: dict[str, str]) -> None:
    job_id = site.add_job()
    answer = set_status(site.signed_in(), job_id, {"status": "saved"}, **headers)
    assert (answer.status_code, answer.headers["content-type"]) == (403, PROBLEM)
    assert site.tracked(job_id).status == "new"


def test_without_sign_in_a_program_may_change_things(open_site: Any) -> None:
    assert set_status(open_site.browser(), open_site.add_job(), {"status": "saved"}).status_code == 200


def test_reading_from_the_network_needs_a_session(public_site: Any) -> None:
    for path in ("/api/v1/jobs", "/api/v1/jobs/1", "/api/v1/stats"):
        answer = public_site.browser().client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (401, PROBLEM)
    assert public_site.signed_in().client.get("/api/v1/stats").status_code == 200


def test_stats_count_what_there_is(site: Any) -> None:
    moment = datetime(2026, 11, 1, 12, tzinfo=UTC)
    site.add_job(status="saved", sample=True)
    site.add_job(tier="adjacent", first_seen=datetime.now(UTC) - timedelta(days=8))
    site.add_job(closed_at=datetime.now(UTC))
    with site.database.writing() as session:
        session.add(Board(source="lever", token="a", company="A", last_success_at=moment))
    stats = site.browser().client.get("/api/v1/stats").json()
    assert {name: count for name, count in stats["by_status"].items() if count} == {"new": 1, "saved": 1, "closed": 1}
    assert stats["by_tier"] == {"core": 1, "adjacent": 1}
    assert (stats["new_this_week"], stats["samples"]) == (2, 1)
    assert stats["sources"] == {"lever": "2026-11-01T12:00:00Z"}


def test_the_schema_names_the_models_and_hides_the_pages(site: Any) -> None:
    schema = site.browser().client.get("/openapi.json").json()
    assert set(schema["paths"]) >= {
        "/api/v1/jobs",
        "/api/v1/jobs/{job_id}",
        "/api/v1/jobs/{job_id}/status",
        "/api/v1/stats",
    }
    assert "/job/{job_id}" not in schema["paths"]
