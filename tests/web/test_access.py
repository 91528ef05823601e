"""Every route of the app, walked as nobody, as read-only, as member and with tokens: who is let through to what."""

import re
from typing import Any

import pytest

from iam_job_scout.accounts.roles import Scope
from iam_job_scout.accounts.tokens import make_token
from iam_job_scout.db.models import User
from iam_job_scout.monitoring.routes import known_requests
from website import NOW, Browser, Site

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
#: What anybody may ask for on a site that shows its jobs to nobody, and why.
PUBLIC_PAGES = {
    "/sign-in": "the way in",
    "/setup": "a link that works once",
    "/join": "a link that works once",
    "/password": "a link that works once",
    "/sign-in/provider": "the way in",
    "/sign-in/provider/callback": "the way in",
    "/health": "for whoever watches the process",
    "/ready": "for whoever watches the process",
    "/openapi.json": "describes the API and holds no data",
    "/docs/runbooks/{name}.md": "documentation",
    "/metrics": "has a guard of its own",
    "/sd/prometheus": "has a guard of its own",
}
#: What changes something without a session or token, and what it asks for instead.
PUBLIC_CHANGES = {
    "/sign-in": "e-mail and password",
    "/sign-in/passkey/options": "nothing; gives a challenge",
    "/sign-in/passkey": "a passkey",
    "/setup": "a link that works once",
    "/join": "a link that works once",
    "/password": "a link that works once",
}
#: What everybody may change, whatever their role: how they sign in themselves.
OWN = re.compile(r"/account(/|$)|/sign-out$")
#: What only who administers gets at.
ADMIN = re.compile(r"/(team|audit|settings)(/|$)")
#: Paths that end in a secret, which is their guard.
SECRET_PATHS = re.compile(r"\{(secret|token)\}")


def every(site: Site, methods: set[str]) -> list[tuple[str, str]]:
    """Method and template of every route with one of the methods; static files are no routes."""
    found = {(method, template) for method, template, _ in known_requests(site.app) if method in methods}
    return sorted(found)


def path_of(template: str) -> str:
    """A path that the template matches."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1).partition(":")[0]
        return "0" * 64 if name in ("session_id", "key") else "1"

    return re.sub(r"\{([^}]+)\}", value, template)


def send(browser: Browser, method: str, template: str, **headers: str) -> Any:
    headers = {"x-csrf-token": browser.csrf, "origin": "http://127.0.0.1:5000", **headers}
    return browser.client.request(method, path_of(template), headers=headers, json={})


def is_refused(answer: Any) -> bool:
    """Whether who asked was turned away, or led to the page where they sign in."""
    to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?")
    return answer.status_code in (401, 403) or to_sign_in


def test_the_walk_sees_the_routes(site: Site) -> None:
    found = {template for _, template in every(site, UNSAFE | {"GET"})}
    assert {"/", "/team", "/account/tokens", "/sign-in", "/api/v1/jobs"} <= found
    assert len(found) > 30


def test_nobody_sees_a_page_that_is_not_public(public_site: Site) -> None:
    browser = public_site.browser()
    for method, template in every(public_site, {"GET"}):
        if template not in PUBLIC_PAGES and not SECRET_PATHS.search(template):
            assert is_refused(send(browser, method, template)), f"{method} {template}"


def test_nobody_changes_anything(site: Site) -> None:
    browser = site.browser()
    for method, template in every(site, UNSAFE):
        if template not in PUBLIC_CHANGES and not SECRET_PATHS.search(template):
            assert is_refused(send(browser, method, template)), f"{method} {template}"


def test_read_only_accounts_change_nothing_but_how_they_sign_in(site: Site) -> None:
    site.person()
    browser = site.signed_in(email="reader@example.com", role="read-only")
    for method, template in every(site, UNSAFE):
        if template not in PUBLIC_CHANGES and not OWN.match(template) and not SECRET_PATHS.search(template):
            assert send(browser, method, template).status_code == 403, f"{method} {template}"


@pytest.mark.parametrize("role", ["member", "read-only"])
def test_only_owners_administer(site: Site, role: str) -> None:
    site.person()
    browser = site.signed_in(email="somebody@example.com", role=role)
    administration = [found for found in every(site, UNSAFE | {"GET"}) if ADMIN.match(found[1].removeprefix("/api/v1"))]
    assert len(administration) > 5
    for method, template in administration:
        assert send(browser, method, template).status_code == 403, f"{method} {template}"


def test_no_change_is_made_without_the_sessions_own_token(site: Site) -> None:
    browser = site.signed_in()
    browser.csrf = "forged"
    for method, template in every(site, UNSAFE):
        if template not in PUBLIC_CHANGES and not SECRET_PATHS.search(template):
            assert send(browser, method, template).status_code == 403, f"{method} {template}"


def test_no_change_is_made_for_another_site(site: Site) -> None:
    browser = site.signed_in()
    for method, template in every(site, UNSAFE):
        if not SECRET_PATHS.search(template):
            answer = send(browser, method, template, **{"sec-fetch-site": "cross-site"})
            assert answer.status_code == 403, f"{method} {template}"


def test_a_token_changes_only_what_its_scope_allows(site: Site) -> None:
    user_id = site.person()
    with site.database.writing() as session:
        user = session.get_one(User, user_id)
        _, reading = make_token(session, user, name="r", scopes=[Scope.READ], days=1, now=NOW)
    bearer = {"authorization": f"Bearer {reading}"}
    browser = site.browser()
    for method, template in every(site, UNSAFE):
        if template.startswith("/api/"):
            assert send(browser, method, template, **bearer).status_code == 403, f"{method} {template}"
        elif template not in PUBLIC_CHANGES and not SECRET_PATHS.search(template):
            assert is_refused(send(browser, method, template, **bearer)), f"{method} {template}"


@pytest.mark.parametrize("token", ["", "x", "scout_pat_", "scout_pat_" + "A" * 46, "é", "a" * 5_000])
def test_a_made_up_token_is_refused_even_where_all_may_read(site: Site, token: str) -> None:
    headers = {"authorization": f"Bearer {token}".encode()}
    answer = site.browser().client.get("/api/v1/jobs", headers=headers)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
