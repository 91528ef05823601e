"""The gauges that are read off the database and the queue every 30 s, not counted where something happens."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sqlalchemy import func, select

from iam_job_scout import monitoring
from iam_job_scout.accounts.once import remove_expired
from iam_job_scout.accounts.sessions import count_active_sessions, remove_ended_sessions
from iam_job_scout.db import Database
from iam_job_scout.db.models import JobEvent, SourceSchedule
from iam_job_scout.jobs.kept import A_WHILE, MANY_JOBS, Kept
from iam_job_scout.jobs.seeker import read_seeker
from iam_job_scout.jobs.stats import JobStats, job_stats
from iam_job_scout.notify.deliver import count_due
from iam_job_scout.scan.engine import Engine
from iam_job_scout.scan.freshness import source_states
from iam_job_scout.settings import Settings


def samplers(settings: Settings, database: Database, engine: Engine | None) -> Mapping[str, Callable[[], None]]:
    """Returns the functions that set the gauges, by name; each may raise, the caller counts that."""
    counted = Kept[JobStats](seconds=A_WHILE, most=1)

    def jobs() -> None:
        with database.reading() as session:
            seeker, last_event = read_seeker(session, None), session.scalar(select(func.max(JobEvent.id)))
            stats = counted.get(
                (seeker.seen, last_event),
                lambda: job_stats(session, datetime.now(UTC)),
                worth=lambda _: seeker.newest > MANY_JOBS,
            )
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
            states = source_states(session, settings, datetime.now(UTC))
            schedules = session.scalars(select(SourceSchedule).where(SourceSchedule.found.is_not(None))).all()
        for state in states:
            if state.last_success is not None:
                monitoring.set_source_last_success(state.name, state.last_success.timestamp())
            pace = None if state.paused_at else state.cadence.total_seconds()
            boards = {name: getattr(state, name) for name in ("fresh", "late", "dark", "unknown")}
            monitoring.set_source_freshness(state.name, cadence_seconds=pace, boards=boards)
        for schedule in schedules:
            monitoring.set_scan_counts(schedule.source, found=schedule.found or 0, new=schedule.new or 0)

    def queue() -> None:
        if engine is not None and engine.running:
            monitoring.set_queue_depth(engine.queue_depth())

    def notices() -> None:
        with database.reading() as session:
            monitoring.set_notices_waiting(count_due(session, datetime.now(UTC)))

    return {"notices": notices, "jobs": jobs, "sessions": sessions, "sources": sources, "scan_queue": queue}
