"""Running the web app."""

import gc
import os
import socket

import uvicorn

from iam_job_scout.accounts.owner import owner_link
from iam_job_scout.db import open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.errors import PortTaken
from iam_job_scout.logs import configure_logging
from iam_job_scout.main import create_app
from iam_job_scout.settings import ARGUMENTS, PREFIX, Settings, load_settings
from iam_job_scout.sources.boards import load_boards

#: How long requests may take to end after a stop was asked for, in seconds.
GRACE = 2


def serve_app(settings: Settings, *, engine: bool) -> None:
    """Serves until it is stopped. Raises ScoutError where it cannot start."""
    configure_logging(settings)
    check_port_free(settings.host, settings.port)
    load_boards(settings)
    database = open_database(settings)
    try:
        upgrade(database)
        link = owner_link(settings, database)
    finally:
        database.close()
    if link:
        # To standard output, not to the log: logs are kept and shipped, and the link lets its reader in.
        print(f"Nobody owns this scout yet. To become its owner, open within 24 hours: {link}", flush=True)  # noqa: T201
    _pass_on(settings, engine=engine)
    uvicorn.run(
        "iam_job_scout.serve:app_of_the_environment",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers if settings.workers > 1 else None,
        loop="uvloop",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
    )


def app_of_the_environment() -> object:
    """What each web process runs; its settings come from the environment."""
    settings = load_settings()
    configure_logging(settings)
    app = create_app(settings, scan=os.environ.get(_ENGINE) == "1")
    # What is there by now stays for good; going through it for cycles again and again takes a tenth of the time.
    gc.collect()
    gc.freeze()
    return app


def check_port_free(host: str, port: int) -> None:
    """Raises PortTaken where something listens on the port already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = error.strerror or str(error)
            raise PortTaken(f"cannot listen on {host}:{port}: {reason}; choose another port with --port") from error


#: Not a setting: how `serve` tells its own processes whether to scan.
_ENGINE = "_SCOUT_ENGINE"


def _pass_on(settings: Settings, *, engine: bool) -> None:
    """Hands what the command line changed to the web processes, which read the environment."""
    told = load_settings()
    changed = [name for name in ("port", "workers") if getattr(settings, name) != getattr(told, name)]
    os.environ |= {f"{PREFIX}{name.upper()}": str(getattr(settings, name)) for name in changed}
    os.environ[ARGUMENTS] = ",".join(changed)
    os.environ[_ENGINE] = "1" if engine else "0"
