"""Log lines of the product and of its libraries, in one form: text for people or JSON for machines."""

import logging
import sys

import structlog
from structlog.typing import Processor

from iam_job_scout.settings import Settings

#: Libraries whose info lines tell a user nothing.
QUIET = ("alembic", "aiohttp", "dbos", "uvicorn.access", "uvicorn.error")


def configure_logging(settings: Settings) -> None:
    """Sends all logging of this process to standard error in the form that the settings ask for."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True) if settings.log_format == "json" else _LOCAL_TIME,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(settings)],
        )
    )
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


_LOCAL_TIME = structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False)


def _renderers(settings: Settings) -> list[Processor]:
    if settings.log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    # The plain traceback: the richer one prints local variables, and with them secrets.
    formatter = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0, exception_formatter=formatter)]
