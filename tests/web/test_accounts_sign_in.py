"""The owner's one-time link, signing in and out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from iam_job_scout.accounts.owner import LINK_LIFETIME, new_owner_link
from iam_job_scout.accounts.roles import ROLES
from iam_job_scout.db.models import User, UserSession
from iam_job_scout.web.throttle import PAIR_BURST

EMAIL, PASSWORD = "dana@example.com", "correct horse battery"


def link(site: Any, at: datetime | None = None) -> str:
    with site.database.writing() as session:
        secret = new_owner_link(session, at or datetime.now(UTC))
    assert secret is not None
    return str(secret)


def set_up(site: Any, **form: str) -> Any:
    browser = site.browser()
    return browser, browser.post("/setup", **{"email": EMAIL, "password": PASSWORD, **form})


def count(site: Any, table: type) -> int:
    with site.database.reading() as session:
        query = select(func.count()).select_from(table)
        return session.scalar(query.where(User.role.in_(ROLES)) if table is User else query) or 0


def test_the_link_makes_the_owner_and_signs_them_in(site: Any) -> None:
    secret = link(site)
    assert "Make your account" in site.browser().client.get(f"/setup?token={secret}").text
    browser, answer = set_up(site, token=secret)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert EMAIL in browser.client.get("/").text


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(site: Any) -> None:
    _, answer = set_up(site, token=link(site))
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
    assert "Secure" not in cookie


def test_over_https_the_cookie_stays_on_https(site: Any) -> None:
    client = site.browser().client
    client.base_url = "https://localhost"
    answer = client.post("/setup", data={"token": link(site), "email": EMAIL, "password": PASSWORD})
    assert "Secure" in answer.headers["set-cookie"]


def test_the_link_works_once(site: Any) -> None:
    secret = link(site)
    set_up(site, token=secret)
    _, answer = set_up(site, token=secret, email="eve@example.com")
    assert answer.status_code == 410
    assert count(site, User) == 1
    page = site.browser().client.get(f"/setup?token={secret}")
    assert page.status_code == 410
    assert "Sign in" in page.text


@pytest.mark.parametrize("token", ["", "wrong", "x" * 2_000, "ü", "' OR 1=1 --"])
def test_a_wrong_link_says_how_to_get_another(site: Any, token: str) -> None:
    link(site)
    for answer in (site.browser().client.get("/setup", params={"token": token}), set_up(site, token=token)[1]):
        assert answer.status_code == 410
        assert "./scout user link" in answer.text
        assert "./scout up" in answer.text
    assert count(site, User) == 0


def test_a_link_that_is_too_old_makes_nobody(site: Any) -> None:
    secret = link(site, datetime.now(UTC) - LINK_LIFETIME - timedelta(seconds=1))
    assert set_up(site, token=secret)[1].status_code == 410


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"password": "short"}, "12 to 200 characters"),
        ({"password": "x" * 201}, "12 to 200 characters"),
        ({"email": "nobody"}, "e-mail"),
        ({"email": "a b@example.com"}, "e-mail"),
        ({"email": "a\x00@example.com"}, "e-mail"),
        ({"email": ""}, "e-mail"),
    ],
)
def test_what_is_wrong_with_the_account_is_said_and_the_link_kept(site: Any, form: dict[str, str], says: str) -> None:
    secret = link(site)
    _, answer = set_up(site, token=secret, **form)
    assert answer.status_code == 422
    assert says in answer.text
    assert set_up(site, token=secret)[1].status_code == 303


def test_another_sites_form_makes_nobody(site: Any) -> None:
    form = {"token": link(site), "email": EMAIL, "password": PASSWORD}
    answer = site.browser().client.post("/setup", data=form, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert count(site, User) == 0


def test_signing_in_leads_where_one_wanted_to_go(site: Any) -> None:
    set_up(site, token=link(site))
    browser = site.browser()
    answer = browser.post("/sign-in", email=f" {EMAIL.upper()} ", password=PASSWORD, next="/job/1?x=y")
    assert (answer.status_code, answer.headers["location"]) == (303, "/job/1?x=y")
    assert EMAIL in browser.client.get("/").text


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_to_another_site(site: Any, target: str) -> None:
    set_up(site, token=link(site))
    page = site.browser().client.get("/sign-in", params={"next": target})
    assert "evil" not in page.text and "javascript:" not in page.text
    answer = site.browser().post("/sign-in", email=EMAIL, password=PASSWORD, next=target)
    assert answer.headers["location"] == "/"


def test_signing_in_again_ends_the_session_before(site: Any) -> None:
    browser, _ = set_up(site, token=link(site))
    first = browser.client.cookies["scout_session"]
    browser.post("/sign-in", email=EMAIL, password=PASSWORD)
    assert browser.client.cookies["scout_session"] != first
    assert count(site, UserSession) == 1


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, "wrong"),
        ("eve@example.com", PASSWORD),
        ("", ""),
        (EMAIL, "x" * 1_900),
        ("\x00", "\x00"),
        ("é" * 900, "🔑"),
    ],
)
def test_what_is_wrong_stays_unsaid(site: Any, email: str, password: str) -> None:
    set_up(site, token=link(site))
    answer = site.browser().post("/sign-in", email=email, password=password)
    assert answer.status_code == 422
    assert "E-mail or password is wrong." in answer.text


def test_guessing_is_slowed_down_even_with_the_right_password(site: Any) -> None:
    set_up(site, token=link(site))
    browser = site.browser()
    for _ in range(PAIR_BURST):
        assert browser.post("/sign-in", email=EMAIL, password="wrong").status_code == 422
    answer = browser.post("/sign-in", email=EMAIL, password=PASSWORD)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 100
    assert "Wait 3 minutes" in answer.text


def test_another_sites_form_signs_nobody_in(site: Any) -> None:
    set_up(site, token=link(site))
    form = {"email": EMAIL, "password": PASSWORD}
    answer = site.browser().client.post("/sign-in", data=form, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_before_there_is_an_owner_the_page_says_how_to_become_one(site: Any) -> None:
    assert "one-time link" in site.browser().client.get("/sign-in").text


def test_who_is_signed_in_needs_no_form(site: Any) -> None:
    assert site.signed_in().client.get("/sign-in?next=/sources").headers["location"] == "/sources"


def test_signing_out_ends_the_session_on_the_server(site: Any) -> None:
    browser = site.signed_in()
    secret = browser.client.cookies["scout_session"]
    assert browser.post("/sign-out").status_code == 303
    assert count(site, UserSession) == 0
    answer = site.browser().client.get("/", headers={"cookie": f"scout_session={secret}"})
    assert EMAIL not in answer.text


def test_signing_out_needs_ones_own_form(site: Any) -> None:
    browser = site.signed_in()
    assert browser.client.post("/sign-out").status_code == 403
    assert count(site, UserSession) == 1
