"""A scan worker: the engine without the web app, with metrics on a port of its own."""

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import structlog

from iam_job_scout import __version__, monitoring
from iam_job_scout.chores import chores
from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.errors import PortTaken
from iam_job_scout.logs import configure_logging
from iam_job_scout.presence import Presence, address
from iam_job_scout.samplers import samplers
from iam_job_scout.scan.engine import CONCURRENCY, Engine
from iam_job_scout.settings import Settings
from iam_job_scout.sources.boards import load_boards
from iam_job_scout.sources.registry import SOURCES
from iam_job_scout.web.saved import find_new

log = structlog.get_logger(__name__)

SAMPLED_EVERY_SECONDS = 30.0


def run_worker(settings: Settings, *, workers: int | None = None) -> None:
    """Scans until it is stopped, `workers` batches at once.

    Raises EngineBusy where another process does already, PortTaken for its metrics.
    """
    configure_logging(settings)
    load_boards(settings)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    database = open_database(settings)
    try:
        upgrade(database)
        engine = Engine(settings, database, workers=workers or CONCURRENCY)
        engine.start()
        beside = chores(settings, database, find_new)
        beside.start()
        try:
            with observed(settings, database, engine) as port:
                log.info("scanning", metrics_port=port)
                stopped.wait()
        finally:
            beside.stop()
            engine.stop()
    finally:
        database.close()


@contextmanager
def observed(settings: Settings, database: Database, engine: Engine) -> Iterator[int]:
    """Answers scrapes, samples the gauges and keeps the worker listed; yields the port of /metrics."""
    monitoring.instrument_engine(database.engine)
    monitoring.set_app_info(version=__version__, environment=settings.environment)
    for name in SOURCES:
        monitoring.expect_source(name)
    token = settings.metrics_token.get_secret_value() or None
    server = monitoring.MetricsServer(settings.metrics_port, host=settings.host, token=token)
    try:
        server.start()
    except OSError as error:
        where = f"{settings.host}:{settings.metrics_port}"
        raise PortTaken(f"cannot listen on {where} for /metrics: {error.strerror}; see SCOUT_METRICS_PORT") from error
    presence = Presence(database, "worker", address(settings, server.port))
    try:
        with sampling({**samplers(settings, database, engine), "presence": presence.report}):
            yield server.port
    finally:
        server.stop()
        presence.withdraw()


@contextmanager
def sampling(wanted: Mapping[str, Callable[[], None]]) -> Iterator[None]:
    """Runs the samplers now and every 30 s, in a thread, until the end of the block."""
    for name, sample in wanted.items():
        monitoring.register_sampler(name, sample)
    ended = threading.Event()

    def go() -> None:
        monitoring.update_all_metrics()
        while not ended.wait(SAMPLED_EVERY_SECONDS):
            monitoring.update_all_metrics()

    thread = threading.Thread(target=go, name="samplers", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        for name in wanted:
            monitoring.unregister_sampler(name)
