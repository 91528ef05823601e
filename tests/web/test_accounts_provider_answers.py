"""Forged, late and repeated answers of a provider, and providers that lead elsewhere."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from iam_job_scout.db.models import OneTimeSecret, UserSession
from iam_job_scout.monitoring.testing import watching
from iam_job_scout.settings import Settings
from identity_provider import IdentityProvider
from single_sign_on import START, begin, come_back, count, site_for
from website import Site


def test_a_forged_answer_lets_nobody_in(sso: Site, provider: IdentityProvider) -> None:
    for change in ({"state": "forged"}, {"state": ""}, {"code": "forged"}, {"code": ""}):
        browser = sso.browser()
        assert come_back(browser, begin(browser, provider) | change).status_code == 422, change
    assert count(sso, UserSession) == 0


def test_an_answer_works_once(sso: Site, provider: IdentityProvider) -> None:
    browser = sso.browser()
    answer = begin(browser, provider)
    cookie = browser.client.cookies["scout_flow"]
    assert come_back(browser, answer).status_code == 303
    browser.client.cookies.set("scout_flow", cookie)
    with watching() as changes:
        assert "Start again" in come_back(browser, answer).text
    assert changes.delta("security_refusals_total", kind="state") == 1


def test_another_browsers_answer_lets_nobody_in(sso: Site, provider: IdentityProvider) -> None:
    victim, attacker = sso.browser(), sso.browser()
    answer = begin(attacker, provider)
    assert come_back(victim, answer).status_code == 422
    begin(victim, provider)
    assert come_back(victim, answer).status_code == 422
    assert count(sso, UserSession) == 0


def test_an_answer_that_comes_too_late_lets_nobody_in(sso: Site, provider: IdentityProvider) -> None:
    browser = sso.browser()
    answer = begin(browser, provider)
    with sso.database.writing() as session:
        session.scalars(select(OneTimeSecret)).one().expires_at = datetime.now(UTC) - timedelta(seconds=1)
    assert come_back(browser, answer).status_code == 422


def test_an_answer_of_another_issuer_lets_nobody_in(sso: Site, provider: IdentityProvider) -> None:
    provider.metadata = {"authorization_response_iss_parameter_supported": True}
    browser = sso.browser()
    for issuer in ({}, {"iss": "https://evil.example"}):
        assert "another provider" in come_back(browser, begin(browser, provider) | issuer).text
    assert come_back(browser, begin(browser, provider) | {"iss": provider.issuer}).status_code == 303


def test_what_the_provider_says_is_shown_as_a_plain_word(sso: Site, provider: IdentityProvider) -> None:
    shown = {
        "access_denied": "access_denied",
        "<script>alert(1)</script>": "no reason given",
        "x" * 99: "no reason given",
    }
    for error, word in shown.items():
        browser = sso.browser()
        answer = come_back(browser, begin(browser, provider) | {"error": error})
        assert (answer.status_code, f"({word})" in answer.text) == (422, True)


ELSEWHERE: list[dict[str, Any]] = [
    {"issuer": "https://evil.example"},
    {"issuer": None},
    {"token_endpoint": "http://169.254.169.254/latest"},
    {"token_endpoint": "https://10.0.0.1/token"},
    {"jwks_uri": "https://[::1]/keys"},
    {"jwks_uri": "file:///etc/passwd"},
    {"authorization_endpoint": "javascript:alert(1)"},
    {"authorization_endpoint": None},
    {"userinfo_endpoint": "http://192.168.0.1/"},
]


def test_a_document_that_leads_elsewhere_is_not_followed(sso: Site, provider: IdentityProvider) -> None:
    for provider.metadata in ELSEWHERE:
        assert sso.browser().client.get(START).status_code == 422, provider.metadata
    assert set(provider.asked) == {"/.well-known/openid-configuration"}


def test_redirects_of_the_provider_are_not_followed(sso: Site, provider: IdentityProvider) -> None:
    provider.redirect_to = f"{provider.issuer}/keys"
    assert "HTTP 302" in sso.browser().client.get(START).text
    assert provider.asked == ["/.well-known/openid-configuration"]


def test_a_provider_that_is_away_is_said_in_one_line(settings: Settings, migrated: Path, free_port: int) -> None:
    with site_for(settings, migrated, f"http://127.0.0.1:{free_port}") as site:
        answer = site.browser().client.get(START)
    assert answer.status_code == 422
    assert "does not answer" in answer.text
