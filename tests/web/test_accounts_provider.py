"""Signing in through an OpenID Connect provider that is well-behaved."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from conftest import find_free_port
from iam_job_scout.db.models import Identity
from iam_job_scout.settings import Settings
from identity_provider import SECRET, IdentityProvider
from single_sign_on import CALLBACK, EMAIL, START, come_back, count, people, sign_in, site_for
from website import Site


def test_who_is_known_by_a_verified_address_comes_in(sso: Site, provider: IdentityProvider) -> None:
    browser, answer = sign_in(sso, provider, f"{START}?next=/sources")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sources")
    assert EMAIL in browser.client.get("/account").text
    assert count(sso, Identity) == 1


def test_the_second_time_the_subject_counts_and_not_the_address(sso: Site, provider: IdentityProvider) -> None:
    sign_in(sso, provider)
    provider.claims = {"email": "new-name@example.com"}
    _, answer = sign_in(sso, provider)
    assert answer.status_code == 303
    assert people(sso) == {EMAIL: "owner"}
    provider.claims = {"sub": "eve", "email": EMAIL, "email_verified": False}
    assert sign_in(sso, provider)[1].status_code == 422


def test_the_request_asks_for_what_protects_it(sso: Site, provider: IdentityProvider) -> None:
    browser = sso.browser()
    location = browser.client.get(START).headers["location"]
    for part in ("response_type=code", "code_challenge_method=S256", "scope=openid+email+profile", "nonce=", "state="):
        assert part in location
    assert "callback" in location
    assert SECRET not in location
    provider.authorize(location)


def test_a_public_client_sends_no_secret(make_site: Callable[..., Site], provider: IdentityProvider) -> None:
    site = make_site(oidc_client_secret="")
    site.person(EMAIL)
    _, answer = sign_in(site, provider)
    assert answer.status_code == 422  # this provider wants one
    assert "HTTP 401" in answer.text


def test_a_provider_that_wants_the_secret_in_the_body_gets_it_there(sso: Site, provider: IdentityProvider) -> None:
    provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert sign_in(sso, provider)[1].status_code == 303


def test_an_identity_is_connected_by_who_is_signed_in(sso: Site, provider: IdentityProvider) -> None:
    provider.claims = {"email": "private@example.org", "email_verified": False}
    browser = sso.signed_in()
    assert browser.client.post("/account/provider/connect").status_code == 403
    page = browser.post("/account/provider/connect").text
    url = page.split('href="' + provider.issuer)[1].split('"')[0].replace("&amp;", "&")
    answer = come_back(browser, provider.authorize(provider.issuer + url))
    assert answer.headers["location"] == "/account#provider"
    assert sign_in(sso, provider)[1].status_code == 303


def test_the_only_way_to_sign_in_is_not_removed(make_site: Callable[..., Site], provider: IdentityProvider) -> None:
    site = make_site(oidc_roles="*=member", oidc_provision="on")
    browser, _ = sign_in(site, provider)
    browser.csrf = browser.client.get("/account").text.split('name="csrf" value="')[1].split('"')[0]
    assert "only way to sign in" in browser.post("/account/provider/disconnect").text
    assert count(site, Identity) == 1


def test_without_a_provider_there_is_nothing_to_begin(site: Site) -> None:
    assert site.browser().client.get(START).status_code == 404
    assert site.browser().client.get(CALLBACK).status_code == 404


def test_beginning_without_end_is_slowed_down(sso: Site, provider: IdentityProvider) -> None:
    answers = [sso.browser().client.get(START).status_code for _ in range(70)]
    assert answers.count(303) < 70
    assert answers[-1] == 429


@pytest.fixture
def foreign_provider() -> Iterator[str]:
    """A provider that others wrote, in a process of its own, with Dana in it."""
    port = find_free_port()
    argv = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    issuer = f"http://localhost:{port}"
    claims = {"email": EMAIL, "email_verified": True, "groups": ["iam-team"]}
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx2.TransportError):
            httpx2.put(f"{issuer}/users/dana", json=claims).raise_for_status()
            break
        time.sleep(0.1)
    yield issuer
    process.terminate()
    process.wait(10)


def test_a_provider_that_others_wrote_signs_people_in(
    settings: Settings, migrated: Path, foreign_provider: str
) -> None:
    with site_for(settings, migrated, foreign_provider, oidc_roles="iam-team=member", oidc_provision="on") as site:
        browser = site.browser()
        location = browser.client.get(START).headers["location"]
        sent_back = httpx2.post(location, data={"sub": "dana"}).headers["location"]
        parts = urlsplit(sent_back)
        assert browser.client.get(f"{parts.path}?{parts.query}").status_code == 303
        assert people(site) == {EMAIL: "member"}
