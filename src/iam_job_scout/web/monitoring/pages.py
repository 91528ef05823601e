"""The pages: an overview with the answers of all dashboards, and each dashboard."""

import platform
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from sqlalchemy.exc import SQLAlchemyError

from iam_job_scout.accounts.sessions import count_active_sessions
from iam_job_scout.db.migrate import is_current
from iam_job_scout.jobs.stats import CLOSED, JobStats, job_stats
from iam_job_scout.stack.files import runbook_files
from iam_job_scout.web import formats
from iam_job_scout.web.monitoring.access import Looker, may_look
from iam_job_scout.web.monitoring.chain import look_at_chain
from iam_job_scout.web.monitoring.dashboards import Dashboard
from iam_job_scout.web.monitoring.window import WindowError, moment_of
from iam_job_scout.web.rendering import Frame, PageFrame, show
from iam_job_scout.web.session import database_of, settings_of

router = APIRouter()

#: What the chooser of the time offers, and the seconds between two refreshes.
RANGES = (
    ("now-15m", "15 minutes"), ("now-1h", "hour"), ("now-6h", "6 hours"), ("now-24h", "24 hours"),
    ("now-2d", "2 days"), ("now-7d", "7 days"), ("now-15d", "15 days"),
)  # fmt: skip
REFRESHES = (("", "Off"), ("15s", "15 s"), ("30s", "30 s"), ("1m", "1 min"), ("5m", "5 min"))
USUAL_REFRESH = "30s"


@dataclass(frozen=True)
class Fact:
    """One number or word about the running app; `metric` is what Prometheus calls it."""

    name: str
    value: str
    detail: str
    metric: str


@dataclass(frozen=True)
class View:
    """The time that is looked at and how often it is asked anew, as the address says it or as is usual."""

    since: str
    until: str
    refresh: str
    note: str = ""


@router.api_route("/monitoring", methods=["GET", "HEAD"])
def overview(request: Request, frame: PageFrame) -> Response:
    """Shows whether it is fine, the alerts, the first row of every dashboard, and what this process knows of itself."""
    dashboards: dict[str, Dashboard] = request.app.state.dashboards
    return _page(request, frame, shown=list(dashboards.values()), dashboard=None, usual="now-6h")


@router.api_route("/monitoring/state", methods=["GET", "HEAD"])
def state(request: Request, frame: PageFrame, _: Looker) -> Response:
    """The part of the page that says whether it is fine, to be shown anew."""
    return show(request, "monitoring_state.html", frame, chain=look_at_chain(settings_of(request)))


@router.api_route("/monitoring/{uid}", methods=["GET", "HEAD"])
def one_dashboard(request: Request, frame: PageFrame, _: Looker, uid: str) -> Response:
    """Shows one dashboard."""
    dashboard: Dashboard | None = request.app.state.dashboards.get(uid)
    if dashboard is None:
        raise HTTPException(404, "There is no such dashboard.")
    return _page(request, frame, shown=[dashboard], dashboard=dashboard, usual=dashboard.since)


def _page(
    request: Request, frame: Frame, *, shown: list[Dashboard], dashboard: Dashboard | None, usual: str
) -> Response:
    settings = settings_of(request)
    return show(
        request,
        "monitoring.html",
        frame,
        chain=look_at_chain(settings),
        dashboards=list(request.app.state.dashboards.values()),
        shown=shown,
        dashboard=dashboard,
        view=read_view(request.query_params, usual),
        usual=usual,
        ranges=RANGES,
        refreshes=REFRESHES,
        may_look=may_look(frame.viewer, settings),
        facts=[] if dashboard else _facts(request, frame),
        ready=_tables_current(request),
        environment=settings.environment,
        python=platform.python_version(),
        runbooks={file.stem for file in runbook_files()},
    )


def read_view(given: Any, usual: str) -> View:
    """The view that an address asks for; what cannot be used is left out, and `note` says so."""
    since, until, refresh = given.get("from", usual), given.get("to", "now"), given.get("refresh", USUAL_REFRESH)
    try:
        moment_of(since, 0), moment_of(until, 0)
    except WindowError as error:
        return View(usual, "now", USUAL_REFRESH, f"The time in the address was not understood. {error}")
    return View(since, until, refresh if refresh in dict(REFRESHES) else USUAL_REFRESH)


def _facts(request: Request, frame: Frame) -> list[Fact]:
    started: datetime = request.app.state.started_at
    with database_of(request).reading() as session:
        stats = job_stats(session, frame.now)
        sessions = count_active_sessions(session, frame.now)
    return [
        Fact(
            "Up for", formats.span(started, frame.now), f"since {formats.exact(started)}", "process_start_time_seconds"
        ),
        Fact("Open jobs", formats.number(_open_jobs(stats)), "all statuses but closed", "iam_jobs"),
        Fact("New this week", formats.number(stats.new_this_week), "first seen in 7 days", "iam_jobs_new_this_week"),
        Fact("Active sessions", formats.number(sessions), "used within 30 minutes", "active_user_sessions"),
    ]


def _open_jobs(stats: JobStats) -> int:
    return sum(count for status, count in stats.by_status.items() if status != CLOSED)


def _tables_current(request: Request) -> bool:
    try:
        return is_current(database_of(request))
    except SQLAlchemyError:
        return False
