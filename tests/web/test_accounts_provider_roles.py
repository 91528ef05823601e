"""Who gets an account, and which role, by what the provider says of them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from iam_job_scout.accounts.people import invite
from iam_job_scout.accounts.roles import Role
from iam_job_scout.db.models import Identity
from identity_provider import IdentityProvider
from single_sign_on import EMAIL, START, count, people, sign_in
from website import Site


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
