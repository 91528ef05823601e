"""Sites whose people sign in through an OpenID Connect provider, and the steps of doing so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from iam_job_scout.accounts.roles import ROLES
from iam_job_scout.db.models import AuditEvent, User
from iam_job_scout.settings import Settings
from identity_provider import CLIENT_ID, SECRET, IdentityProvider, running
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
