"""Signing in through an OpenID Connect provider: one that is well-behaved, and one that does each thing wrong."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
import pytest
from sqlalchemy import func, select

from conftest import find_free_port
from iam_job_scout.accounts.people import invite
from iam_job_scout.accounts.roles import ROLES, Role
from iam_job_scout.db.models import AuditEvent, Identity, OneTimeSecret, User, UserSession
from iam_job_scout.monitoring.testing import watching
from iam_job_scout.settings import Settings
from identity_provider import CLIENT_ID, KEY, NEW_KEY, OTHER_KEY, SECRET, IdentityProvider, running
from website import Browser, Site, opened

START, CALLBACK = "/sign-in/provider", "/sign-in/provider/callback"
EMAIL = "dana@example.com"


@pytest.fixture
def provider(free_port: int) -> Iterator[IdentityProvider]:
    with running(free_port) as provider:
        yield provider


@contextmanager
def site_for(settings: Settings, migrated: Path, issuer: str, **values: str) -> Iterator[Site]:
    given = {"oidc_issuer": issuer, "oidc_client_id": CLIENT_ID, "oidc_client_secret": SECRET, **values}
    changed = Settings(data_dir=settings.data_dir, _env_file=None, **given)  # type: ignore[call-arg, arg-type]
    with opened(changed, migrated) as site:
        yield site


@pytest.fixture
def make_site(settings: Settings, migrated: Path, provider: IdentityProvider) -> Iterator[Callable[..., Site]]:
    made = []

    def make(**values: str) -> Site:
        manager = site_for(settings, migrated, provider.issuer, **values)
        made.append(manager)
        return manager.__enter__()

    yield make
    for manager in made:
        manager.__exit__(None, None, None)


@pytest.fixture
def sso(make_site: Callable[..., Site]) -> Site:
    """A site whose members sign in through the provider, with Dana as its owner."""
    site = make_site()
    site.person(EMAIL)
    return site


def begin(browser: Browser, provider: IdentityProvider, path: str = START) -> dict[str, str]:
    answer = browser.client.get(path)
    assert answer.status_code == 303, answer.text
    return provider.authorize(answer.headers["location"])


def come_back(browser: Browser, answer: dict[str, str]) -> Any:
    return browser.client.get(f"{CALLBACK}?{urlencode(answer)}")


def sign_in(site: Site, provider: IdentityProvider, path: str = START) -> tuple[Browser, Any]:
    browser = site.browser()
    return browser, come_back(browser, begin(browser, provider, path))


def count(site: Site, table: type) -> int:
    with site.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def people(site: Site) -> dict[str, str]:
    with site.database.reading() as session:
        return {user.email: user.role for user in session.scalars(select(User).where(User.role.in_(ROLES)))}


def last_event(site: Site) -> AuditEvent:
    with site.database.reading() as session:
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
        assert event is not None
        session.expunge(event)
        return event


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


NOW = int(time.time())
WRONG_CLAIMS = [
    ({"iss": "https://evil.example"}, "issuer"),
    ({"aud": "another-app"}, "another application"),
    ({"aud": [CLIENT_ID, "another"], "azp": "another"}, "another application"),
    ({"azp": "another"}, "another application"),
    ({"nonce": "of another sign-in"}, "another sign-in"),
    ({"nonce": None}, "another sign-in"),
    ({"exp": NOW - 600, "iat": NOW - 900}, "clocks"),
    ({"iat": NOW + 3_600, "exp": NOW + 7_200}, "clocks"),
    ({"nbf": NOW + 3_600}, "clocks"),
    ({"exp": None}, "exp"),
    ({"sub": None}, "sub"),
    ({"sub": ""}, "nobody"),
    ({"sub": "x" * 256}, "nobody"),
    ({"exp": "tomorrow"}, "clocks"),
    ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "access token"),
]


def test_an_id_token_that_is_not_for_this_sign_in_lets_nobody_in(sso: Site, provider: IdentityProvider) -> None:
    for claims, says in WRONG_CLAIMS:
        provider.claims = claims
        with watching() as changes:
            browser, answer = sign_in(sso, provider)
        assert (answer.status_code, says in answer.text) == (422, True), claims
        assert "scout_session" not in browser.client.cookies
        assert last_event(sso).result == "refused"
        assert changes.delta("sign_ins_total", method="provider", result="refused") == 1
    assert count(sso, UserSession) == 0


def test_clocks_may_differ_a_little(sso: Site, provider: IdentityProvider) -> None:
    now = int(time.time())
    provider.claims = {"iat": now + 60, "exp": now - 60}
    assert sign_in(sso, provider)[1].status_code == 303


def test_a_key_that_is_not_the_providers_lets_nobody_in(sso: Site, provider: IdentityProvider) -> None:
    provider.signing = OTHER_KEY
    _, answer = sign_in(sso, provider)
    assert "not by a key of the provider" in answer.text
    assert count(sso, UserSession) == 0


def test_the_client_secret_is_no_key(sso: Site, provider: IdentityProvider) -> None:
    from joserfc.jwk import OctKey

    provider.signing, provider.header = OctKey.import_key(SECRET * 4), {"alg": "HS256"}
    assert sign_in(sso, provider)[1].status_code == 422


def test_a_token_without_signature_lets_nobody_in(
    sso: Site, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsigned = "eyJhbGciOiJub25lIn0." + provider.id_token().split(".")[1] + "."
    monkeypatch.setattr(IdentityProvider, "id_token", lambda _: unsigned)
    assert sign_in(sso, provider)[1].status_code == 422


def test_rubbish_for_an_id_token_lets_nobody_in(sso: Site, provider: IdentityProvider) -> None:
    for token in ("", "x", "a.b.c", "é.é.é", "." * 80_000, "e30.e30.e30", "null", 7, None, {"alg": "none"}):
        provider.token_body = {"access_token": "acc3ss", "id_token": token}
        assert sign_in(sso, provider)[1].status_code == 422, token
    assert count(sso, UserSession) == 0


def test_a_new_key_of_the_provider_is_fetched_when_it_is_used(
    sso: Site, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(sso, provider)
    provider.published, provider.signing, provider.header = [KEY, NEW_KEY], NEW_KEY, {"alg": "RS256", "kid": "two"}
    monkeypatch.setattr("iam_job_scout.accounts.provider._AGAIN", 0.0)
    assert sign_in(sso, provider)[1].status_code == 303
    assert provider.asked.count("/keys") == 2


def test_made_up_keys_do_not_make_us_ask_for_keys_again_and_again(sso: Site, provider: IdentityProvider) -> None:
    provider.signing, provider.header = NEW_KEY, {"alg": "RS256", "kid": "two"}
    for _ in range(5):
        assert sign_in(sso, provider)[1].status_code == 422
    assert provider.asked.count("/keys") == 1


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


def test_facts_about_somebody_else_are_not_taken(sso: Site, provider: IdentityProvider) -> None:
    provider.claims, provider.userinfo = {"email": None}, {"sub": "eve", "email": EMAIL, "email_verified": True}
    assert "somebody else" in sign_in(sso, provider)[1].text
    provider.userinfo = {"email": EMAIL, "email_verified": True}
    assert sign_in(sso, provider)[1].status_code == 303


def test_an_address_that_is_not_verified_opens_no_account(sso: Site, provider: IdentityProvider) -> None:
    for verified in (False, None, "false", 1):
        provider.claims = {"email_verified": verified}
        _, answer = sign_in(sso, provider)
        assert (answer.status_code, "connect the two" in answer.text) == (422, True), verified
    assert count(sso, Identity) == 0


def test_who_has_no_account_gets_none_unless_that_is_allowed(sso: Site, provider: IdentityProvider) -> None:
    provider.claims = {"sub": "eve", "email": "eve@example.com"}
    assert "Ask an owner for an invitation" in sign_in(sso, provider)[1].text
    assert people(sso) == {EMAIL: "owner"}


def test_an_invitation_may_be_accepted_with_the_provider(sso: Site, provider: IdentityProvider) -> None:
    with sso.database.writing() as session:
        secret = invite(session, email="eve@example.com", role=Role.READ_ONLY, by=EMAIL, days=7, now=datetime.now(UTC))
    provider.claims, provider.userinfo = {"sub": "eve", "email": None}, {"sub": "eve"}
    assert f"invitation={secret}" in sso.browser().client.get(f"/join?token={secret}").text
    browser, answer = sign_in(sso, provider, f"{START}?invitation={secret}")
    assert answer.status_code == 303
    assert people(sso) == {EMAIL: "owner", "eve@example.com": "read-only"}
    assert "eve@example.com" in browser.client.get("/account").text
    provider.claims = {"sub": "mallory", "email": "mallory@example.com"}
    assert "does not work" in sign_in(sso, provider, f"{START}?invitation={secret}")[1].text


GROUPS = "iam-admins=owner; iam-team=member; CN=Readers,OU=Groups=read-only"


ROLE_OF_GROUPS: list[tuple[Any, str | None]] = [
    (["iam-team"], "member"),
    (["iam-team", "iam-admins"], "owner"),
    ("CN=Readers,OU=Groups", "read-only"),
    (["IAM-TEAM"], None),
    ([], None),
    (None, None),
    ({"iam-admins": True}, None),
    ([["iam-admins"]], None),
]


def test_groups_give_the_role_and_where_allowed_the_account(
    make_site: Callable[..., Site], provider: IdentityProvider
) -> None:
    site, made = make_site(oidc_roles=GROUPS, oidc_provision="on"), {}
    for number, (groups, role) in enumerate(ROLE_OF_GROUPS):
        email = f"person{number}@example.com"
        provider.claims = {"sub": email, "email": email, "groups": groups}
        assert sign_in(site, provider)[1].status_code == (303 if role else 422), groups
        made |= {email: role} if role else {}
    assert people(site) == made


def test_groups_that_only_the_user_info_holds_count_too(
    make_site: Callable[..., Site], provider: IdentityProvider
) -> None:
    site = make_site(oidc_roles=GROUPS, oidc_provision="on", oidc_groups_claim="realm_access.roles")
    provider.userinfo = {"realm_access": {"roles": ["iam-team"]}}
    sign_in(site, provider)
    assert people(site) == {EMAIL: "member"}


def test_the_role_follows_the_groups_at_each_sign_in(
    make_site: Callable[..., Site], provider: IdentityProvider
) -> None:
    site = make_site(oidc_roles=GROUPS, oidc_provision="on")
    site.person("boss@example.com")
    provider.claims = {"groups": ["iam-admins"]}
    sign_in(site, provider)
    provider.claims = {"groups": ["CN=Readers,OU=Groups"]}
    sign_in(site, provider)
    assert people(site)[EMAIL] == "read-only"
    provider.claims = {"groups": ["left-the-company"]}
    assert sign_in(site, provider)[1].status_code == 422


def test_the_only_owner_stays_one_whatever_the_groups_say(
    make_site: Callable[..., Site], provider: IdentityProvider
) -> None:
    site = make_site(oidc_roles="*=read-only")
    site.person(EMAIL)
    assert sign_in(site, provider)[1].status_code == 303
    assert people(site) == {EMAIL: "owner"}


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
