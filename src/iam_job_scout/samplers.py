"""The gauges that are read off the database and the queue every 30 s, not counted where something happens."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from iam_job_scout import monitoring
from iam_job_scout.accounts.once import remove_expired
from iam_job_scout.accounts.sessions import count_active_sessions, remove_ended_sessions
from iam_job_scout.db import Database
from iam_job_scout.jobs.stats import job_stats, last_success_by_source
from iam_job_scout.scan.engine import Engine


def samplers(database: Database, engine: Engine | None) -> Mapping[str, Callable[[], None]]:
    """Returns the functions that set the gauges, by name; each may raise, the caller counts that."""

    def jobs() -> None:
        with database.reading() as session:
            stats = job_stats(session, datetime.now(UTC))
        monitoring.set_job_counts(stats.by_status)
        monitoring.set_new_this_week(stats.new_this_week)

    def sessions() -> None:
        with database.writing() as session:
            remove_ended_sessions(session, datetime.now(UTC))
            remove_expired(session, datetime.now(UTC))
        with database.reading() as session:
            monitoring.set_active_sessions(count_active_sessions(session, datetime.now(UTC)))

    def sources() -> None:
        with database.reading() as session:
            success = last_success_by_source(session)
        for source, moment in success.items():
            monitoring.set_source_last_success(source, moment.timestamp())

    def queue() -> None:
        if engine is not None and engine.running:
            monitoring.set_queue_depth(engine.queue_depth())

    return {"jobs": jobs, "sessions": sessions, "sources": sources, "scan_queue": queue}
