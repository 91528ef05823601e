"""The application: wiring only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
import structlog
from fastapi import FastAPI

from iam_job_scout import __version__, monitoring, tracing
from iam_job_scout.api import discovery, export, profile, runbooks, searches, sources, v1
from iam_job_scout.chores import chores
from iam_job_scout.db import Database, open_database
from iam_job_scout.errors import EngineBusy
from iam_job_scout.presence import web_presence
from iam_job_scout.samplers import samplers
from iam_job_scout.scan.engine import Engine
from iam_job_scout.settings import Settings
from iam_job_scout.sources.registry import SOURCES
from iam_job_scout.web.mount import mount_pages
from iam_job_scout.web.saved import find_new

log = structlog.get_logger(__name__)

#: Threads that answer pages at a time in each process (docs/decisions/0010-four-threads-answer.md).
THREADS = 4


def create_app(settings: Settings, *, database: Database | None = None, scan: bool = False) -> FastAPI:
    """Returns the app on these settings. Raises DatabaseUnavailable where the database cannot be opened.

    A given `database` is used and left open; one opened here is closed at shutdown. With `scan` the scan engine runs
    in this process, in threads of its own, unless another process of the data directory has it already.
    """
    opened = database or open_database(settings)
    provider = tracing.make_provider(settings)
    app = FastAPI(
        title="IAM Job Scout",
        version=__version__,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        telemetry=tracing.telemetry(provider),
    )
    app.state.settings, app.state.database, app.state.owns_database = settings, opened, database is None
    app.state.engine = Engine(settings, opened) if scan else None
    app.state.chores = chores(settings, opened, find_new) if scan else None
    app.state.presence = web_presence(settings, opened)
    mount_pages(app)
    for part in (v1, export, searches, sources, profile, discovery, runbooks):
        app.include_router(part.router)
    monitoring.setup_monitoring(
        app,
        engine=opened.engine,
        samplers={**samplers(settings, opened, app.state.engine), "presence": app.state.presence.report},
        metrics_token=settings.metrics_token.get_secret_value() or None,
        version=__version__,
        environment=settings.environment,
        metrics_port=settings.metrics_port or None,
        workers_directory=settings.data_dir / "metrics" if settings.workers > 1 else None,
        trace_id=tracing.current_trace_id if provider else monitoring.traceparent,
    )
    if provider is not None:
        tracing.trace_statements(opened.engine, provider)
    for name in SOURCES:
        monitoring.expect_source(name)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    # In a thread: within this event loop the engine would share it with the requests.
    if app.state.engine is not None:
        await asyncio.to_thread(_start, app.state.engine)
        app.state.chores.start()
    log.info("serving", url=app.state.settings.base_url)
    yield
    if app.state.engine is not None:
        await asyncio.to_thread(app.state.chores.stop)
        await asyncio.to_thread(app.state.engine.stop)
    app.state.presence.withdraw()
    if app.state.owns_database:
        app.state.database.close()


def _start(engine: Engine) -> None:
    try:
        engine.start()
    except EngineBusy:
        log.info("another process scans; this one serves pages only")
