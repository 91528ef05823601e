"""The app behind a proxy, and beside one that nobody named."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from iam_job_scout.settings import Settings
from website import Site, opened

BROWSER = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https", "host": "scout.example.org"}


@pytest.fixture
def behind(settings: Settings, migrated: Path) -> Iterator[Site]:
    """A site on loopback with a proxy at 127.0.0.1 in front, known to people as scout.example.org."""
    values = {"trusted_proxies": "127.0.0.1, 10.0.0.0/8", "public_url": "https://scout.example.org"}
    with opened(settings.model_copy(update=values), migrated) as site:
        yield site


def guess(site: Site, address: str) -> int:
    client = site.browser().client
    headers = {**BROWSER, "x-forwarded-for": address}
    form = {"email": "dana@example.com", "password": "wrong"}
    return int(client.post("/sign-in", data=form, headers=headers).status_code)


def test_clients_behind_a_trusted_proxy_are_told_apart(behind: Site) -> None:
    assert [guess(behind, "203.0.113.9") for _ in range(6)] == [422] * 5 + [429]
    assert guess(behind, "198.51.100.7") == 422


def test_a_client_cannot_pass_for_another_by_sending_the_header_itself(behind: Site) -> None:
    statuses = [guess(behind, f"198.51.100.{number}, 203.0.113.9, 10.1.2.3") for number in range(6)]
    assert statuses[-1] == 429


def test_without_trust_the_header_means_nothing(site: Site) -> None:
    form = {"email": "dana@example.com", "password": "wrong"}
    client = site.browser().client
    statuses = [
        client.post("/sign-in", data=form, headers={"x-forwarded-for": f"198.51.100.{number}"}).status_code
        for number in range(6)
    ]
    assert statuses[-1] == 429


def test_cookies_behind_an_https_proxy_are_bound_to_host_and_https(behind: Site) -> None:
    from iam_job_scout.accounts.owner import new_owner_link
    from website import NOW

    with behind.database.writing() as session:
        token = new_owner_link(session, NOW)
    form = {"token": token, "email": "dana@example.com", "password": "correct horse battery"}
    answer = behind.browser().client.post("/setup", data=form, headers=BROWSER)
    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert cookie.startswith("__Host-scout_")
        assert "Secure" in cookie and "HttpOnly" in cookie and "Path=/" in cookie and "Domain" not in cookie
    assert answer.headers["strict-transport-security"].startswith("max-age=")


def test_over_https_a_cookie_without_the_prefix_is_not_taken(behind: Site) -> None:
    secret = behind.signed_in().client.cookies["scout_session"]
    client = behind.browser().client
    assert client.get("/account", headers={**BROWSER, "cookie": f"scout_session={secret}"}).status_code == 303
    assert client.get("/account", headers={**BROWSER, "cookie": f"__Host-scout_session={secret}"}).status_code == 200


def test_jobs_are_not_open_to_all_through_a_proxy_on_this_machine(behind: Site, site: Site) -> None:
    assert behind.browser().client.get("/", headers=BROWSER).status_code == 303
    assert site.browser().client.get("/api/v1/jobs").status_code == 200
    assert site.browser().client.get("/api/v1/jobs", headers={"x-forwarded-for": "203.0.113.9"}).status_code == 401


def test_without_sign_in_a_proxy_opens_nothing(open_site: Site) -> None:
    assert open_site.browser().client.get("/api/v1/jobs").status_code == 200
    assert open_site.browser().client.get("/api/v1/jobs", headers={"x-forwarded-for": "1.2.3.4"}).status_code == 401


def test_the_public_name_is_served_and_others_are_not(behind: Site) -> None:
    assert behind.browser().client.get("/health", headers=BROWSER).status_code == 200
    assert behind.browser().client.get("/health", headers={**BROWSER, "host": "evil.example"}).status_code == 421


def test_a_form_of_the_public_name_is_our_own(behind: Site) -> None:
    form = {"email": "dana@example.com", "password": "wrong"}
    for origin, status in (("https://scout.example.org", 422), ("https://evil.example", 403)):
        headers = {**BROWSER, "host": "localhost", "origin": origin}
        assert behind.browser().client.post("/sign-in", data=form, headers=headers).status_code == status
