"""What a process does beside its work: each chore again and again, whatever becomes of the others."""

from datetime import UTC, datetime, timedelta

from iam_job_scout.accounts.audit import TERMINAL, Action, read_log, record
from iam_job_scout.chores import Chores, chores
from iam_job_scout.db import Database
from iam_job_scout.settings import Settings

NOW = datetime.now(UTC)


def events_kept(settings: Settings, database: Database) -> list[str]:
    """The ages in days of those of three events that a round of the chores leaves."""
    with database.writing() as session:
        for days in (364, 366, 500):
            record(session, Action.SIGN_IN, client=TERMINAL, target=str(days), now=NOW - timedelta(days=days))
    round_of = chores(settings, database, lambda *_, **__: [])
    round_of.go_round()
    round_of.stop()
    with database.reading() as session:
        return [event.target for event in read_log(session)]


def test_events_of_the_audit_log_go_after_a_year(settings: Settings, database: Database) -> None:
    assert events_kept(settings, database) == ["364"]


def test_they_stay_longer_where_that_is_set(settings: Settings, database: Database) -> None:
    assert events_kept(settings.model_copy(update={"audit_days": 400}), database) == ["366", "364"]


def test_more_events_go_than_one_transaction_takes(settings: Settings, database: Database) -> None:
    with database.writing() as session:
        for _ in range(1_100):
            record(session, Action.SIGN_IN, client=TERMINAL, now=NOW - timedelta(days=366))
    assert events_kept(settings, database) == ["364"]


def test_a_chore_that_fails_keeps_nobody_else_from_theirs() -> None:
    done = []
    left = iter([True, True, False])

    def fail() -> bool:
        raise RuntimeError

    def work() -> bool:
        done.append(1)
        return next(left)

    Chores({"failing": fail, "working": work}).go_round()
    assert len(done) == 3


def test_a_thread_ends_when_it_is_told_to() -> None:
    closed = []
    working = Chores({}, close=lambda: closed.append(1))
    working.start()
    working.stop()
    assert closed == [1]
