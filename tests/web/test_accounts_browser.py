"""The pages of accounts in a real browser: axe, widths, and what a person does on them."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from browsing import Seen
from iam_job_scout.accounts.owner import new_owner_link
from iam_job_scout.accounts.people import invite
from iam_job_scout.accounts.roles import Role, Scope
from iam_job_scout.accounts.tokens import make_token
from iam_job_scout.db.models import Passkey, User
from website import NOW, Site

LONG = "a-very-long-name-of-somebody-who-looks-after-identities@subsidiary.of.a.group.example.com"


def furnish(site: Site) -> str:
    """People, an invitation, a token and a passkey; returns the secret of the invitation."""
    site.person(LONG, "member")
    site.person("مهندس@example.com", "read-only")
    with site.database.writing() as session:
        user = session.scalars(select(User).where(User.email == "dana@example.com")).one()
        user.password_hash = "$set"
        make_token(session, user, name="Nightly export", scopes=[Scope.WRITE], days=30, now=NOW)
        key = {"credential": "AAAA", "public_key": b"", "sign_count": 0, "synced": True, "created_at": NOW}
        session.add(Passkey(user_id=user.id, name="Laptop", **key))
        return invite(session, email="new@example.com", role=Role.MEMBER, by=user.email, days=7, now=datetime.now(UTC))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(site: Site, seen: Seen, scheme: Any) -> None:
    secret = furnish(site)
    seen.page.emulate_media(color_scheme=scheme)
    pages = ("/account", "/team", "/audit", "/settings", "/settings?all=true", f"/join?token={secret}")
    for path in (*pages, "/sign-in?again=true"):
        seen.open(path)
        assert seen.accessibility_violations() == [], path
        for width in (390, 820, 1440):
            seen.page.set_viewport_size({"width": width, "height": 900})
            assert not seen.is_too_wide(), (path, width)
            picture(seen, f"{path.split('?')[0].strip('/')}-{width}-{scheme}")


def picture(seen: Seen, name: str) -> None:
    """Keeps what the page looks like, where SCREENSHOTS names a directory."""
    directory = os.environ.get("SCREENSHOTS")
    if directory:
        seen.page.screenshot(path=Path(directory) / f"{name}.png", full_page=True)


def test_from_the_first_link_to_an_invited_colleague_with_the_keyboard_alone(
    site: Site, chromium: Any, home: str
) -> None:
    with site.database.writing() as session:
        token = new_owner_link(session, datetime.now(UTC))
    page = chromium.new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{home}/setup?token={token}")
    page.keyboard.type("dana@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type("kräuter garten mond")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{home}/")
    page.goto(f"{home}/team")
    page.get_by_label("E-mail").fill("eve@example.com")
    page.keyboard.press("Enter")
    link = page.locator("#link").inner_text()
    guest = chromium.new_context().new_page()
    guest.goto(link)
    guest.get_by_label("Password").fill("another long password")
    guest.keyboard.press("Enter")
    guest.wait_for_url(f"{home}/")
    guest.goto(f"{home}/account")
    assert "eve@example.com · member" in guest.locator(".page-account").inner_text()
    page.context.close()
    guest.context.close()


def test_pages_work_without_javascript(site: Site, chromium: Any, home: str) -> None:
    browser = site.signed_in()
    context = chromium.new_context(java_script_enabled=False)
    secret = browser.client.cookies["scout_session"]
    context.add_cookies([{"name": "scout_session", "value": secret, "url": home}])
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{home}/account")
    page.locator("#tokens [name=name]").fill("CI")
    page.get_by_role("button", name="Make token").click()
    assert page.locator("#new-token").inner_text().startswith("scout_pat_")
    assert not page.get_by_role("button", name="Add passkey").is_visible()
    context.close()
