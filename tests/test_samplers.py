"""What is read off the database every half minute."""

from datetime import UTC, datetime

import pytest

from iam_job_scout import samplers as module
from iam_job_scout.db import Database
from iam_job_scout.db.models import Job
from iam_job_scout.monitoring.testing import value
from iam_job_scout.settings import Settings
from indexed import indexed_job

NOW = datetime.now(UTC)


def add_job(database: Database) -> None:
    with database.writing() as session:
        session.add(indexed_job(first_seen=NOW))


@pytest.mark.parametrize("many", [0, 100_000])
def test_the_counts_of_jobs_follow_what_is_new_and_what_closes(
    many: int, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MANY_JOBS", many)
    sample = module.samplers(settings, database, None)["jobs"]
    for count in (1, 2):
        add_job(database)
        sample()
        assert (value("iam_jobs", status="new"), value("iam_jobs_new_this_week")) == (count, count)
    with database.writing() as session:
        session.get_one(Job, 1).closed_at = NOW
    sample()
    assert (value("iam_jobs", status="new"), value("iam_jobs", status="closed")) == (1, 1)


@pytest.mark.parametrize(("many", "times"), [(0, 1), (100_000, 3)])
def test_many_jobs_are_counted_again_only_once_something_has_changed(
    many: int, times: int, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []
    count = module.job_stats
    monkeypatch.setattr(module, "MANY_JOBS", many)
    monkeypatch.setattr(module, "job_stats", lambda *asked: counted.append(1) or count(*asked))
    sample = module.samplers(settings, database, None)["jobs"]
    add_job(database)
    for _ in range(3):
        sample()
    assert len(counted) == times
