"""Who may read and who may change: sessions, forms from elsewhere, and where sign-in leads."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from iam_job_scout.accounts.sessions import ABSOLUTE, IDLE
from iam_job_scout.db.models import LOCAL_USER_ID, UserSession
from iam_job_scout.web.session import local_path

ELSEWHERE = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:5001"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:5000"},
]


def change(browser: Any, job_id: int, headers: dict[str, str], **form: str) -> Any:
    return browser.client.post(f"/job/{job_id}/status", data={"status": "saved", **form}, headers=headers)


def test_reading_on_loopback_needs_nobody(site: Any) -> None:
    browser = site.browser()
    for path in ("/", "/sources", "/monitoring", "/api/v1/jobs"):
        assert browser.client.get(path).status_code == 200


def test_reading_from_the_network_needs_a_session(public_site: Any) -> None:
    client = public_site.browser().client
    answer = client.get("/?q=okta&page=2")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2F%3Fq%3Dokta%26page%3D2"
    for path in ("/job/1", "/sources", "/sources/lever", "/monitoring"):
        assert client.get(path).status_code == 303
    assert public_site.signed_in().client.get("/").status_code == 200


def test_health_needs_nobody_anywhere(public_site: Any) -> None:
    client = public_site.browser().client
    assert client.get("/health").status_code == 200
    assert client.get("/ready").status_code == 200


def test_a_change_without_a_session_leads_to_sign_in(site: Any) -> None:
    job_id = site.add_job()
    answer = change(site.browser(), job_id, {"referer": f"http://127.0.0.1:5000/job/{job_id}?x=1"})
    assert answer.headers["location"] == f"/sign-in?next=%2Fjob%2F{job_id}%3Fx%3D1"
    assert site.tracked(job_id).status == "new"


def test_a_change_from_elsewhere_does_not_come_back_there(site: Any) -> None:
    answer = change(site.browser(), site.add_job(), {"referer": "https://evil.example/x"})
    assert answer.headers["location"] == "/sign-in?next=%2F"


def test_htmx_is_led_to_sign_in_by_a_header(site: Any) -> None:
    answer = change(site.browser(), site.add_job(), {"hx-request": "true"})
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/sign-in?next=%2F"


@pytest.mark.parametrize("csrf", ["", "wrong", "ü", "x" * 150])
def test_a_form_without_the_right_token_changes_nothing(site: Any, csrf: str) -> None:
    job_id = site.add_job()
    answer = change(site.signed_in(), job_id, {}, csrf=csrf)
    assert answer.status_code == 403
    assert "reload the page" in answer.text
    assert site.tracked(job_id).status == "new"


def test_another_sessions_token_is_not_enough(site: Any) -> None:
    job_id, browser = site.add_job(), site.signed_in()
    with site.database.writing() as session:
        session.add(UserSession(id_hash="other", user_id=1, csrf="other-token", created_at=_now(), seen_at=_now()))
    assert change(browser, job_id, {}, csrf="other-token").status_code == 403


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_another_sites_form_changes_nothing_even_with_the_token(site: Any, headers: dict[str, str]) -> None:
    job_id, browser = site.add_job(), site.signed_in()
    assert change(browser, job_id, headers, csrf=browser.csrf).status_code == 403
    assert site.tracked(job_id).status == "new"


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_without_sign_in_another_sites_form_still_changes_nothing(open_site: Any, headers: dict[str, str]) -> None:
    job_id = open_site.add_job()
    assert change(open_site.browser(), job_id, headers).status_code == 403
    assert open_site.tracked(job_id, LOCAL_USER_ID).status == "new"


@pytest.mark.parametrize("headers", [{}, {"origin": "http://127.0.0.1:5000"}, {"sec-fetch-site": "same-origin"}])
def test_without_sign_in_ones_own_form_changes_things(open_site: Any, headers: dict[str, str]) -> None:
    job_id = open_site.add_job()
    assert change(open_site.browser(), job_id, headers).status_code == 303
    assert open_site.tracked(job_id, LOCAL_USER_ID).status == "saved"


def test_the_token_may_come_in_a_header(site: Any) -> None:
    job_id, browser = site.add_job(), site.signed_in()
    assert change(browser, job_id, {"x-csrf-token": browser.csrf}).status_code == 303


@pytest.mark.parametrize("age", [IDLE, ABSOLUTE])
def test_a_session_that_ended_changes_nothing(site: Any, age: timedelta) -> None:
    job_id, browser = site.add_job(), site.signed_in(at=_now() - age - timedelta(seconds=1))
    assert browser.post(f"/job/{job_id}/status", status="saved").status_code == 303
    assert site.tracked(job_id).status == "new"


def test_using_a_session_keeps_it_alive(site: Any) -> None:
    browser = site.signed_in(at=_now() - timedelta(days=6))
    browser.client.get("/")
    with site.database.reading() as session:
        assert session.scalar(select(UserSession.seen_at)) > _now() - timedelta(minutes=1)


@pytest.mark.parametrize("secret", ["", "x", "../../etc", "ü" * 10, "%00", "a" * 3_000])
def test_a_made_up_cookie_is_nobody(site: Any, secret: str) -> None:
    headers = {"cookie": f"scout_session={secret}".encode()}
    answer = site.browser().client.get("/", headers=headers)
    assert answer.status_code == 200
    assert "/sign-in" in answer.text


def test_what_a_signed_in_person_sees_is_not_cached(site: Any) -> None:
    site.add_job()
    assert site.signed_in().client.get("/").headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("path", ["/", "/job/1", "/?q=a%20b&x=%2F", "/a#b"])
def test_local_paths_stay(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "target",
    [
        *("", "x", "//evil.example", "///evil", "/\\evil", "\\\\evil", "https://evil.example", "javascript:alert(1)"),
        *("/\t/evil", "/\n", " /", "/\x00", "http:/evil", "/" + "a" * 3_000),
    ],
)
def test_any_other_target_becomes_the_first_page(target: str) -> None:
    assert local_path(target) == "/"


def _now() -> datetime:
    return datetime.now(UTC)
