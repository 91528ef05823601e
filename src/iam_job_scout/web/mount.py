"""Mounts all pages, their static files and their guard on an app."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from iam_job_scout.settings import Settings
from iam_job_scout.web import (
    accounts,
    feeds,
    health,
    insights,
    job,
    jobs,
    monitoring,
    profile,
    samples,
    searches,
    settings_page,
    sources,
    tracker,
)
from iam_job_scout.web.compress import Compress
from iam_job_scout.web.guard import Guard
from iam_job_scout.web.monitoring.dashboards import read_dashboards
from iam_job_scout.web.problems import add_problem_handlers
from iam_job_scout.web.rendering import STATIC_DIR, Pages


def mount_pages(app: FastAPI) -> None:
    """Adds pages, static files, error answers and the guard to an app that has `state.settings` and `.database`."""
    settings: Settings = app.state.settings
    app.state.pages = Pages()
    accounts.prepare(app)
    app.state.started_at = datetime.now(UTC)
    app.state.dashboards = read_dashboards()
    # First, for routes are tried in turn, and each page asks for some.
    app.mount("/static", StaticFiles(directory=STATIC_DIR), name="static")
    of_jobs, of_people = (jobs, job, searches, feeds, insights, samples), (tracker, profile, accounts)
    for part in (*of_jobs, *of_people, sources, settings_page, monitoring, health):
        app.include_router(part.router)
    add_problem_handlers(app)
    app.add_middleware(Compress)
    app.add_middleware(
        Guard, loopback_only=settings.on_loopback, public_host=urlsplit(settings.public_url).hostname or ""
    )
    if settings.trusted_proxies:
        proxies = [part.strip() for part in settings.trusted_proxies.split(",")]
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=proxies)
