"""The application: wiring only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from iam_job_scout import __version__
from iam_job_scout.api import v1
from iam_job_scout.db import Database, open_database
from iam_job_scout.settings import Settings
from iam_job_scout.web import mount_pages


def create_app(settings: Settings, *, database: Database | None = None) -> FastAPI:
    """Returns the app on these settings. Raises DatabaseUnavailable where the database cannot be opened.

    A given `database` is used and left open; one opened here is closed at shutdown.
    """
    opened = database or open_database(settings)
    app = FastAPI(title="IAM Job Scout", version=__version__, lifespan=_lifespan, docs_url=None, redoc_url=None)
    app.state.settings, app.state.database, app.state.owns_database = settings, opened, database is None
    mount_pages(app)
    app.include_router(v1.router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    if app.state.owns_database:
        app.state.database.close()
