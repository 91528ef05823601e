"""ID tokens that are wrong in each way, and keys: nobody comes in by them."""

import time

import pytest

from iam_job_scout.db.models import UserSession
from iam_job_scout.monitoring.testing import watching
from identity_provider import CLIENT_ID, KEY, NEW_KEY, OTHER_KEY, SECRET, IdentityProvider
from single_sign_on import count, last_event, sign_in
from website import Site

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
