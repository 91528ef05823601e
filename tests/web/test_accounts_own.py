"""The pages of one's own account, the team and the audit log, and what they refuse."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from iam_job_scout.accounts.passwords import hash_password
from iam_job_scout.accounts.roles import ROLES
from iam_job_scout.db.models import ApiToken, AuditEvent, OneTimeSecret, User, UserSession
from iam_job_scout.monitoring.testing import value, watching
from iam_job_scout.samplers import samplers
from website import NOW, Browser, Site

OLD, NEW = "correct horse battery", "another horse & cart"
EVE = "eve@example.com"


def with_password(site: Site) -> Browser:
    browser = site.signed_in()
    with site.database.writing() as session:
        session.scalars(select(User).where(User.id == browser.user_id)).one().password_hash = hash_password(OLD)
    return browser


def rows(site: Site, table: type) -> list[Any]:
    with site.database.reading() as session:
        return list(session.scalars(select(table)))


def people(site: Site) -> dict[str, str]:
    return {user.email: user.role for user in rows(site, User) if user.role in ROLES}


def actions(site: Site) -> list[tuple[str, str, str]]:
    return [(event.action, event.result, event.target) for event in rows(site, AuditEvent)]


def shown_secret(answer: Any, element: str) -> str:
    found = re.search(rf'id="{element}">([^<]+)<', answer.text)
    assert found is not None, answer.text
    return found.group(1).replace("&amp;", "&")


def test_changing_the_password_ends_all_other_sessions_and_renews_this_one(site: Site) -> None:
    browser, other = with_password(site), site.signed_in()
    before = browser.client.cookies["scout_session"]
    answer = browser.post("/account/password", current=OLD, password=NEW)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account#password")
    renewed = answer.headers["set-cookie"].partition(";")[0]
    assert site.browser().client.get("/account", headers={"cookie": renewed}).status_code == 200
    assert site.browser().client.get("/account", headers={"cookie": f"scout_session={before}"}).status_code == 303
    assert other.client.get("/account").status_code == 303
    assert site.browser().post("/sign-in", email="dana@example.com", password=NEW).status_code == 303
    assert site.browser().post("/sign-in", email="dana@example.com", password=OLD).status_code == 422


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"current": "wrong", "password": NEW}, "current password is wrong"),
        ({"current": OLD, "password": "short"}, "12 to 200"),
        ({"current": OLD, "password": "dana@example.com"}, "among the first"),
        ({}, "12 to 200"),
    ],
)
def test_a_password_is_not_changed_without_the_current_one_or_to_a_bad_one(
    site: Site, form: dict[str, str], says: str
) -> None:
    browser, other = with_password(site), site.signed_in()
    answer = browser.post("/account/password", **form)
    assert (answer.status_code, says in answer.text) == (422, True)
    assert other.client.get("/account").status_code == 200


def test_guessing_the_current_password_is_slowed_down(site: Site) -> None:
    browser = with_password(site)
    statuses = [browser.post("/account/password", current="wrong", password=NEW).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


def test_who_signed_in_long_ago_signs_in_again_first(site: Site) -> None:
    browser = site.signed_in(NOW - timedelta(minutes=31))
    assert "confirm that it is you" in browser.client.get("/account").text
    for path in ("/account/password", "/account/tokens", "/team/invitations", "/account/provider/disconnect"):
        answer = browser.post(path, name="x", email=EVE, password=NEW)
        assert answer.headers["location"].startswith("/sign-in?again=true"), path
    assert "Confirm that it is you" in browser.client.get("/sign-in?again=true").text
    assert rows(site, ApiToken) == []


def test_a_token_is_shown_once_and_works(site: Site) -> None:
    browser = site.signed_in()
    answer = browser.post("/account/tokens", name="Deploy <b>", scope="write", days="7")
    token = shown_secret(answer, "new-token")
    assert answer.headers["cache-control"] == "private, no-store"
    page = browser.client.get("/account").text
    assert token not in page
    assert "Deploy &lt;b&gt;" in page
    assert site.browser().client.get("/api/v1/jobs", headers={"authorization": f"Bearer {token}"}).status_code == 200
    token_id = rows(site, ApiToken)[0].id
    browser.post(f"/account/tokens/{token_id}/revoke")
    with watching() as changes:
        refused = site.browser().client.get("/api/v1/jobs", headers={"authorization": f"Bearer {token}"})
    assert (refused.status_code, refused.json()["detail"]) == (401, "This token is unknown, revoked or expired.")
    assert changes.delta("security_refusals_total", kind="token") == 1
    assert [action for action, _, _ in actions(site)] == ["token-made", "token-revoked", "access"]


def test_a_token_opens_the_api_and_no_page(public_site: Site) -> None:
    browser = public_site.signed_in()
    token = shown_secret(browser.post("/account/tokens", name="x", scope="admin", days="7"), "new-token")
    bearer = {"authorization": f"Bearer {token}"}
    assert public_site.browser().client.get("/api/v1/jobs", headers=bearer).status_code == 200
    for path in ("/", "/account", "/team", "/audit"):
        assert public_site.browser().client.get(path, headers=bearer).status_code == 303


def test_an_expired_token_is_refused(site: Site) -> None:
    token = shown_secret(site.signed_in().post("/account/tokens", name="x", days="7"), "new-token")
    with site.database.writing() as session:
        session.scalars(select(ApiToken)).one().expires_at = datetime.now(UTC)
    headers = {"authorization": f"Bearer {token}"}
    assert site.browser().client.get("/api/v1/jobs", headers=headers).status_code == 401


def test_a_member_makes_no_token_that_may_more_than_they(site: Site) -> None:
    site.person()
    browser = site.signed_in(email=EVE, role="member")
    assert "member account" in browser.post("/account/tokens", name="x", scope="admin").text
    assert rows(site, ApiToken) == []


@pytest.mark.parametrize(
    "form", [{"scope": "everything"}, {"days": "0"}, {"days": "9999"}, {"days": "x"}, {"name": ""}]
)
def test_a_token_that_makes_no_sense_is_not_made(site: Site, form: dict[str, str]) -> None:
    assert site.signed_in().post("/account/tokens", **{"name": "x", **form}).status_code == 422
    assert rows(site, ApiToken) == []


def test_one_ends_ones_other_sessions_one_by_one_or_all(site: Site) -> None:
    browser, second, third = (site.signed_in() for _ in range(3))
    assert browser.client.get("/account").text.count(">End</button>") == 2
    other = next(row.id_hash for row in rows(site, UserSession) if row.csrf == second.csrf)
    assert browser.post(f"/account/sessions/{other}/end").status_code == 303
    assert second.client.get("/account").status_code == 303
    assert browser.post("/account/sessions/end-others").status_code == 303
    assert third.client.get("/account").status_code == 303
    assert browser.client.get("/account").status_code == 200


def test_what_belongs_to_somebody_else_cannot_be_ended_or_revoked(site: Site) -> None:
    dana = site.signed_in()
    dana.post("/account/tokens", name="x", days="7")
    eve = site.signed_in(email=EVE, role="member")
    session_id = next(row.id_hash for row in rows(site, UserSession) if row.csrf == dana.csrf)
    token_id = rows(site, ApiToken)[0].id
    for path in (f"/account/sessions/{session_id}/end", f"/account/tokens/{token_id}/revoke"):
        answer = eve.post(path)
        assert (answer.status_code, "There is no such" in answer.text) == (422, True)
    assert dana.client.get("/account").status_code == 200
    assert len(rows(site, ApiToken)) == 1


def test_an_owner_invites_and_the_guest_joins(site: Site) -> None:
    owner = site.signed_in()
    link = shown_secret(owner.post("/team/invitations", email=EVE, role="read-only", days="1"), "link")
    assert link.startswith("http://127.0.0.1:5000/join?token=")
    assert link.split("=")[1] not in owner.client.get("/team").text
    guest, token = site.browser(), link.split("token=")[1]
    assert "Join as read-only" in guest.client.get(f"/join?token={token}").text
    assert guest.post("/join", token=token, email="mallory@example.com", password="short").status_code == 422
    assert guest.post("/join", token=token, email="mallory@example.com", password=NEW).status_code == 303
    assert people(site) == {"dana@example.com": "owner", EVE: "read-only"}
    assert EVE in guest.client.get("/account").text
    assert site.browser().post("/join", token=token, password=NEW).status_code == 410


def test_a_revoked_invitation_is_said_to_be_over(site: Site) -> None:
    owner = site.signed_in()
    token = shown_secret(owner.post("/team/invitations", email=EVE), "link").split("token=")[1]
    key = rows(site, OneTimeSecret)[0].secret_hash
    assert owner.post(f"/team/invitations/{key}/revoke").status_code == 303
    with watching() as changes:
        answer = site.browser().client.get(f"/join?token={token}")
    assert answer.status_code == 410
    assert changes.delta("security_refusals_total", kind="link") == 1


def test_a_role_holds_from_the_next_request_on(site: Site) -> None:
    owner, eve = site.signed_in(), site.signed_in(email=EVE, role="member")
    assert eve.client.get("/team").status_code == 403
    assert owner.post(f"/team/people/{eve.user_id}/role", role="owner").status_code == 303
    assert eve.client.get("/team").status_code == 200
    owner.post(f"/team/people/{eve.user_id}/role", role="read-only")
    assert eve.post("/account/tokens", name="x", scope="write").status_code == 422


def test_a_removed_account_is_out_at_once(site: Site) -> None:
    owner, eve = site.signed_in(), site.signed_in(email=EVE, role="member")
    owner.post(f"/team/people/{eve.user_id}/remove")
    assert eve.client.get("/account").status_code == 303
    assert people(site) == {"dana@example.com": "owner"}


def test_the_only_owner_stays(site: Site) -> None:
    owner = site.signed_in()
    site.person(EVE, "member")
    for path, form in (("role", {"role": "member"}), ("remove", {})):
        answer = owner.post(f"/team/people/{owner.user_id}/{path}", **form)
        assert (answer.status_code, "only owner" in answer.text) == (422, True)
    assert people(site)["dana@example.com"] == "owner"


def test_a_password_link_lets_its_person_choose_anew(site: Site) -> None:
    owner, eve = site.signed_in(), site.signed_in(email=EVE, role="member")
    link = shown_secret(owner.post(f"/team/people/{eve.user_id}/password-link"), "link")
    token = link.split("token=")[1]
    assert EVE in site.browser().client.get(f"/password?token={token}").text
    assert site.browser().post("/password", token=token, password=NEW).status_code == 303
    assert eve.client.get("/account").status_code == 303
    assert site.browser().post("/sign-in", email=EVE, password=NEW).status_code == 303
    assert site.browser().client.get(f"/password?token={token}").status_code == 410


@pytest.mark.parametrize("path", ["/team/people/999/role", "/team/people/0/remove", "/team/people/999/password-link"])
def test_nobody_is_nobody(site: Site, path: str) -> None:
    assert site.signed_in().post(path, role="owner").status_code in (404, 422)


def test_the_audit_log_tells_who_what_when_from_where_and_how_it_ended(site: Site) -> None:
    owner = with_password(site)
    owner.client.headers["user-agent"] = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
    owner.post("/team/invitations", email=EVE)
    site.browser().post("/sign-in", email="dana@example.com", password="wrong")
    page = owner.client.get("/audit").text
    for part in ("invitation-made", EVE, "127.0.0.1", "Firefox on Linux", "refused", "wrong e-mail or password"):
        assert part in page
    only = owner.client.get("/audit?action=sign-in").text
    assert "refused" in only and EVE not in only


def test_a_flood_of_refusals_does_not_fill_the_audit_log(site: Site) -> None:
    browser = site.browser()
    with watching() as changes:
        for number in range(60):
            browser.client.get("/api/v1/jobs", headers={"authorization": f"Bearer {number}"})
    assert changes.delta("security_refusals_total", kind="token") == 60
    assert len(rows(site, AuditEvent)) == 10


def test_without_sign_in_there_are_no_accounts_to_show(open_site: Site) -> None:
    browser = open_site.browser()
    assert browser.client.get("/sign-in").status_code == 404
    assert browser.client.get("/account").status_code == 303
    assert "SCOUT_AUTH" in browser.client.get("/sign-in").text


def test_a_forged_or_ended_session_is_counted_and_recorded(site: Site) -> None:
    ended = site.signed_in()
    with site.database.writing() as session:
        session.scalars(select(UserSession)).one().created_at = NOW - timedelta(days=31)
    forged = site.browser()
    forged.client.cookies.set("scout_session", "forged")
    for browser in (ended, forged):
        with watching() as changes:
            assert browser.client.get("/account").status_code == 303
        assert changes.delta("security_refusals_total", kind="session") == 1
    assert actions(site) == [("access", "refused", "/account")] * 2
    assert "Your session has ended" in ended.client.get("/sign-in").text


def test_sessions_of_all_processes_are_counted(site: Site) -> None:
    for _ in range(3):
        site.signed_in()
    with watching():
        for _ in range(2):
            samplers(site.app.state.settings, site.database, None)["sessions"]()
            assert value("active_user_sessions") == 3
