"""A site of its own for each test: an app on a migrated database, jobs to add, a browser that may be signed in."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from iam_job_scout import monitoring
from iam_job_scout.accounts.sessions import find_session, start_session
from iam_job_scout.db import Database, open_database
from iam_job_scout.db.models import Job, Tracking, User
from iam_job_scout.jobs.tracking import Tracked, tracked
from iam_job_scout.main import create_app
from iam_job_scout.presence import web_presence
from iam_job_scout.settings import Settings
from iam_job_scout.web import accounts
from indexed import indexed_job

NOW = datetime.now(UTC)
HOME = "http://127.0.0.1:5000"


@dataclass
class Browser:
    """A client with, where it is signed in, the token that its forms carry."""

    client: TestClient
    csrf: str = ""
    user_id: int | None = None

    def post(self, path: str, **form: Any) -> Any:
        """Sends a form as a page of the site would."""
        return self.client.post(path, data={"csrf": self.csrf, **form}, headers={"origin": HOME})


@dataclass
class Site:
    """An app with its database."""

    app: FastAPI
    database: Database

    def browser(self, **headers: str) -> Browser:
        """A browser that nobody has signed in with; it does not follow redirects and shows server errors."""
        client = TestClient(
            self.app,
            base_url=HOME,
            follow_redirects=False,
            raise_server_exceptions=False,
            headers=headers,
            client=("127.0.0.1", 50000),
        )
        return Browser(client)

    def signed_in(self, at: datetime = NOW, *, email: str = "dana@example.com", role: str = "owner") -> Browser:
        """A browser with a session that was started and last used at that moment, of the owner unless told."""
        browser = self.browser()
        browser.user_id = self.person(email, role)
        with self.database.writing() as session:
            secret = start_session(session, session.get_one(User, browser.user_id), at)
            found = find_session(session, secret, at)
        browser.client.cookies.set("scout_session", secret)
        browser.csrf = found.csrf if found else ""
        return browser

    def person(self, email: str = "dana@example.com", role: str = "owner") -> int:
        """The id of an account with that e-mail, made where there is none."""
        with self.database.writing() as session:
            user = session.scalar(select(User).where(User.email == email))
            if user is None:
                user = User(email=email, password_hash="-", role=role, created_at=NOW)
                session.add(user)
                session.flush()
            return user.id

    def add_job(self, **values: Any) -> int:
        """Stores a job and returns its id; what says how it is tracked is the owner's."""
        tracking = {name: values.pop(name) for name in ("status", "note", "follow_up_on") if name in values}
        job = indexed_job(**{**_JOB, **values})
        with self.database.writing() as session:
            session.add(job)
            session.flush()
            job_id = job.id
        if tracking:
            self.track(job_id, **tracking)
        return job_id

    def track(self, job_id: int, **values: Any) -> None:
        """Sets where the owner is with a job."""
        user_id = self.person()
        with self.database.writing() as session:
            session.merge(Tracking(**{"status": "new", "status_at": NOW, **values}, user_id=user_id, job_id=job_id))

    def tracked(self, job_id: int, user_id: int | None = None) -> Tracked:
        """Where a person, the owner unless told, is with a job now."""
        user_id = self.person() if user_id is None else user_id
        with self.database.reading() as session:
            return tracked(session, user_id, job_id)

    def job(self, job_id: int) -> Job:
        """A job as it is stored now."""
        with self.database.reading() as session:
            job = session.get_one(Job, job_id)
            session.expunge(job)
            return job


_JOB: dict[str, Any] = {
    "title": "IAM Engineer",
    "company": "Northwind",
    "location": "Austin, TX",
    "url": "https://jobs.example.com/1",
    "description": "<p>Run the directory.</p>",
    "mode": "remote",
    "tier": "core",
    "score": 70,
    "seniority": "senior",
    "sub": ["IGA"],
    "skills": ["Okta", "SailPoint"],
    "evidence": [{"field": "title", "start": 0, "end": 3, "text": "IAM", "reason": "names IAM", "points": 40}],
    "posted_at": NOW - timedelta(hours=5),
    "first_seen": NOW - timedelta(hours=4),
    "last_seen": NOW,
}


@pytest.fixture
def site(settings: Settings, migrated: Path) -> Iterator[Site]:
    """A site on a loopback address with sign-in on and nobody in it."""
    yield from _open(settings, migrated)


@pytest.fixture
def public_site(settings: Settings, migrated: Path) -> Iterator[Site]:
    """A site that listens to the network, so that reading needs a session too."""
    yield from _open(settings.model_copy(update={"host": "0.0.0.0"}), migrated)


@pytest.fixture
def open_site(settings: Settings, migrated: Path) -> Iterator[Site]:
    """A site with SCOUT_AUTH=off."""
    yield from _open(settings.model_copy(update={"auth": "off"}), migrated)


#: Apps by their settings, with their state when they were made: making routes takes longer than most tests do.
_apps: dict[str, tuple[FastAPI, dict[str, Any]]] = {}


def _app(settings: Settings, database: Database) -> FastAPI:
    known = {name: getattr(value, "get_secret_value", lambda value=value: value)() for name, value in settings}
    key = repr({**known, "data_dir": None})
    if key not in _apps:
        made = create_app(settings, database=database)
        _apps[key] = made, dict(made.state._state)
    app, fresh = _apps[key]
    # What an app remembers of a test is not for the next one.
    app.state._state.clear()
    app.state._state.update(fresh)
    app.state.settings, app.state.database = settings, database
    app.state.presence = web_presence(settings, database)
    accounts.prepare(app)
    monitoring.instrument_engine(database.engine)
    return app


def _open(settings: Settings, migrated: Path) -> Iterator[Site]:
    shutil.copy(migrated, settings.data_dir / "scout.sqlite")
    database = open_database(settings)
    yield Site(_app(settings, database), database)
    database.close()


opened = contextmanager(_open)
"""A site with settings of the test's own, until the end of the block."""
