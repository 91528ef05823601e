"""The pages: server-rendered, complete without JavaScript, nothing from another host."""

from datetime import UTC, datetime

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from iam_job_scout.settings import Settings
from iam_job_scout.web import accounts, health, job, jobs, monitoring, sources
from iam_job_scout.web.guard import Guard
from iam_job_scout.web.monitoring.dashboards import read_dashboards
from iam_job_scout.web.problems import add_problem_handlers
from iam_job_scout.web.rendering import STATIC_DIR, Pages
from iam_job_scout.web.throttle import SignInThrottle

__all__ = ["mount_pages"]


def mount_pages(app: FastAPI) -> None:
    """Adds pages, static files, error answers and the guard to an app that has `state.settings` and `.database`."""
    settings: Settings = app.state.settings
    app.state.pages = Pages()
    app.state.sign_in_throttle = SignInThrottle()
    app.state.started_at = datetime.now(UTC)
    app.state.dashboards = read_dashboards()
    for part in (jobs, job, sources, monitoring, accounts, health):
        app.include_router(part.router)
    app.mount("/static", StaticFiles(directory=STATIC_DIR), name="static")
    add_problem_handlers(app)
    app.add_middleware(Guard, loopback_only=settings.on_loopback)
