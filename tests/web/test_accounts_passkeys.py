"""Passkeys in a real browser with a virtual authenticator, and what is refused without one."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import func, select

from browsing import Seen, watch
from iam_job_scout.accounts.passkeys import Site as PasskeySite
from iam_job_scout.accounts.passkeys import add_passkey, check_passkey
from iam_job_scout.db.models import AuditEvent, Passkey, User, UserSession
from iam_job_scout.errors import AccountError
from iam_job_scout.monitoring.testing import watching
from website import NOW, Browser, Site

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Device:
    """A browser at localhost, signed in, whose passkeys live in a virtual authenticator."""

    seen: Seen
    cdp: Any
    authenticator: str
    browser: Browser

    def credentials(self) -> list[dict[str, Any]]:
        found = self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})
        return list(found["credentials"])

    def add(self, name: str) -> None:
        self.seen.open("/account")
        self.seen.page.locator("#passkey-name").fill(name)
        self.seen.page.get_by_role("button", name="Add passkey").click()
        self.seen.page.locator("#passkeys .things li", has_text=name).wait_for()

    def sign_out(self) -> None:
        self.seen.page.context.clear_cookies()


@pytest.fixture
def device(site: Site, chromium: Any, home: str) -> Iterator[Device]:
    at_localhost = home.replace("127.0.0.1", "localhost")
    browser = site.signed_in()
    with site.database.writing() as session:
        session.scalars(select(User).where(User.id == browser.user_id)).one().password_hash = "$set"
    context = chromium.new_context()
    secret = browser.client.cookies["scout_session"]
    context.add_cookies([{"name": "scout_session", "value": secret, "url": at_localhost}])
    seen = Seen(context.new_page(), at_localhost)
    seen.page.set_default_timeout(8_000)
    watch(seen)
    cdp = context.new_cdp_session(seen.page)
    cdp.send("WebAuthn.enable")
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    yield Device(seen, cdp, made["authenticatorId"], browser)
    context.close()
    assert seen.problems == []


def stored(site: Site) -> list[Passkey]:
    with site.database.reading() as session:
        return list(session.scalars(select(Passkey).order_by(Passkey.id)))


def methods(site: Site) -> list[str]:
    with site.database.reading() as session:
        return [row.method for row in session.scalars(select(UserSession).order_by(UserSession.created_at))]


def test_a_passkey_is_added_named_used_and_removed(site: Site, device: Device) -> None:
    device.add("Laptop")
    assert len(device.credentials()) == 1
    assert device.credentials()[0]["rpId"] == "localhost"
    page = device.seen.page

    device.sign_out()
    device.seen.open("/sign-in?next=/sources")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(device.seen.home + "/sources")
    assert methods(site)[-1] == "passkey"
    assert stored(site)[0].used_at is not None

    device.seen.open("/account")
    page.locator("#passkeys input[name=name]").fill("Old laptop")
    page.get_by_role("button", name="Rename").click()
    page.locator("#passkeys .strong", has_text="Old laptop").wait_for()
    page.get_by_role("button", name="Remove Old laptop").click()
    page.locator("#passkeys .things").wait_for(state="detached")
    assert stored(site) == []


def test_the_same_answer_lets_nobody_in_a_second_time(site: Site, device: Device) -> None:
    device.add("Laptop")
    device.sign_out()
    sent: list[Any] = []
    device.seen.page.on("request", lambda request: sent.append(request))
    device.seen.open("/sign-in?next=/account")
    device.seen.page.get_by_role("button", name="Sign in with a passkey").click()
    device.seen.page.wait_for_url(device.seen.home + "/account")
    body = next(request.post_data for request in sent if "/sign-in/passkey?" in request.url)

    for browser in (site.browser(), site.browser()):
        browser.client.post("/sign-in/passkey/options")
        with watching() as changes:
            answer = browser.client.post("/sign-in/passkey", content=body, headers={"hx-request": "true"})
        assert (answer.status_code, "did not prove itself" in answer.text) == (422, True)
        assert "scout_session" not in browser.client.cookies
        assert changes.delta("security_refusals_total", kind="passkey") == 1


def test_a_copied_passkey_is_given_away_by_its_counter(site: Site, device: Device) -> None:
    device.add("Laptop")
    with site.database.writing() as session:
        session.scalars(select(Passkey)).one().sign_count = 1_000
    device.sign_out()
    device.seen.open("/sign-in?next=/account")
    device.seen.page.get_by_role("button", name="Sign in with a passkey").click()
    device.seen.page.locator("#problem:not([hidden])").wait_for()
    assert "not known here" in device.seen.page.locator("#problem").inner_text()
    assert methods(site) == [""]
    device.seen.problems = [problem for problem in device.seen.problems if "422" not in problem]


def test_a_device_that_does_not_ask_its_person_is_refused(site: Site, device: Device) -> None:
    device.add("Laptop")
    device.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": device.authenticator, "isUserVerified": False})
    device.sign_out()
    device.seen.open("/sign-in?next=/account")
    device.seen.page.get_by_role("button", name="Sign in with a passkey").click()
    device.seen.page.locator("#problem:not([hidden])").wait_for()
    assert methods(site) == [""]


def test_a_removed_passkey_lets_nobody_in(site: Site, device: Device) -> None:
    device.add("Laptop")
    device.browser.post(f"/account/passkeys/{stored(site)[0].id}/remove")
    device.sign_out()
    device.seen.open("/sign-in?next=/account")
    device.seen.page.get_by_role("button", name="Sign in with a passkey").click()
    device.seen.page.locator("#problem:not([hidden])").wait_for()
    assert methods(site) == [""]
    device.seen.problems = [problem for problem in device.seen.problems if "422" not in problem]


RUBBISH: list[Any] = [
    b"",
    b"null",
    b"[]",
    b"{",
    b"\xff",
    b"{" * 50_000,
    {},
    {"id": None},
    {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {}},
    {"id": "AAAA", "rawId": "BBBB", "type": "public-key", "response": {"clientDataJSON": 1}},
    {"id": "A" * 9_000, "rawId": "é", "type": [], "response": []},
    {
        "id": "AAAA",
        "rawId": "AAAA",
        "type": "public-key",
        "response": {"clientDataJSON": "e30", "attestationObject": "oA", "authenticatorData": "AA", "signature": "AA"},
    },
]


def test_rubbish_adds_no_passkey_and_signs_nobody_in(site: Site) -> None:
    browser = site.signed_in()
    headers = {"x-csrf-token": browser.csrf, "content-type": "application/json", "hx-request": "true"}
    for rubbish in RUBBISH:
        body = rubbish if isinstance(rubbish, bytes) else json.dumps(rubbish).encode()
        for start, end in (
            ("/account/passkeys/options", "/account/passkeys?name=x"),
            ("/sign-in/passkey/options", "/sign-in/passkey"),
        ):
            assert browser.client.post(start, headers=headers).status_code == 200
            answer = browser.client.post(end, content=body, headers=headers)
            assert answer.status_code == 422, (end, rubbish)
            assert re.fullmatch(r"Not understood\. (The passkey could not be|This passkey is not known).*", answer.text)
    assert stored(site) == []
    assert methods(site) == [""]


def test_a_known_id_with_a_forged_signature_is_nobody(site: Site) -> None:
    user_id, rp = site.person(), PasskeySite("localhost", "http://localhost:5000")
    with site.database.writing() as session:
        session.add(
            Passkey(
                user_id=user_id,
                credential="AAAA",
                public_key=b"\x00",
                sign_count=0,
                name="x",
                synced=False,
                created_at=NOW,
            )
        )
    forged = [rubbish for rubbish in RUBBISH if isinstance(rubbish, dict)]
    with site.database.writing() as session:
        for credential in forged:
            assert check_passkey(session, {**credential, "id": "AAAA"}, challenge="AAAA", site=rp, now=NOW) is None
            with pytest.raises(AccountError):
                add_passkey(session, user_id, credential, challenge="AAAA", site=rp, name="x", now=NOW)


def test_a_challenge_is_for_the_account_that_asked(site: Site) -> None:
    dana, eve = site.signed_in(), site.signed_in(email="eve@example.com", role="member")
    dana.client.post("/account/passkeys/options", headers={"x-csrf-token": dana.csrf})
    eve.client.cookies.set("scout_passkey", dana.client.cookies["scout_passkey"])
    headers = {"x-csrf-token": eve.csrf, "hx-request": "true"}
    answer = eve.client.post("/account/passkeys?name=x", content=b"{}", headers=headers)
    assert answer.status_code == 422
    assert "begun elsewhere" in answer.text


def test_another_persons_passkey_is_neither_named_nor_removed(site: Site) -> None:
    user_id = site.person()
    eve = site.signed_in(email="eve@example.com", role="member")
    with site.database.writing() as session:
        values = {"credential": "AAAA", "public_key": b"", "sign_count": 0, "synced": False, "created_at": NOW}
        session.add(Passkey(id=7, user_id=user_id, name="Dana's", **values))
    for path, form in (("name", {"name": "Eve's"}), ("remove", {})):
        assert "no such passkey" in eve.post(f"/account/passkeys/7/{path}", **form).text
    assert [passkey.name for passkey in stored(site)] == ["Dana's"]


def test_adding_a_passkey_needs_a_recent_sign_in(site: Site) -> None:
    from datetime import timedelta

    browser = site.signed_in(NOW - timedelta(hours=2))
    headers = {"x-csrf-token": browser.csrf, "hx-request": "true"}
    answer = browser.client.post("/account/passkeys/options", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"].startswith("/sign-in?again=true")


def test_every_change_of_passkeys_is_in_the_audit_log(site: Site, device: Device) -> None:
    device.add("Laptop")
    passkey = stored(site)[0]
    device.browser.post(f"/account/passkeys/{passkey.id}/name", name="Desk")
    device.browser.post(f"/account/passkeys/{passkey.id}/remove")
    with site.database.reading() as session:
        events = session.execute(select(AuditEvent.action, AuditEvent.target).order_by(AuditEvent.id)).all()
        assert session.scalar(select(func.count(User.handle))) == 1
    assert [tuple(event) for event in events] == [
        ("passkey-added", "Laptop"),
        ("passkey-renamed", "Desk"),
        ("passkey-removed", "Desk"),
    ]
