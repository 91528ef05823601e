"""The monitoring page, first cut: what the app knows of itself, and whether the local servers answer."""

import platform
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.exc import SQLAlchemyError

from iam_job_scout.accounts.sessions import count_active_sessions
from iam_job_scout.db.migrate import is_current
from iam_job_scout.jobs.stats import CLOSED, JobStats, job_stats
from iam_job_scout.web import formats
from iam_job_scout.web.rendering import Frame, PageFrame, show
from iam_job_scout.web.servers import local_servers
from iam_job_scout.web.session import database_of, settings_of

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Fact:
    """One number or word about the running app; `metric` is what Prometheus calls it."""

    name: str
    value: str
    detail: str
    metric: str


@router.api_route("/monitoring", methods=["GET", "HEAD"])
def monitoring_page(request: Request, frame: PageFrame) -> Response:
    """Shows the live facts of this process and the state of the local monitoring servers."""
    settings = settings_of(request)
    return show(
        request,
        "monitoring.html",
        frame,
        facts=_facts(request, frame),
        servers=local_servers(settings),
        ready=_tables_current(request),
        on_loopback=settings.on_loopback,
        environment=settings.environment,
        python=platform.python_version(),
    )


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
