"""What is closed and untouched goes after its time; the rest stays."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from iam_job_scout.db.models import Job, Scan
from iam_job_scout.jobs.retention import BATCH, KEPT, forget_old
from website import NOW, Site, site

__all__ = ["site"]

LONG_AGO = NOW - KEPT - timedelta(days=1)


def titles(site: Site) -> set[str]:
    with site.database.reading() as session:
        return set(session.scalars(select(Job.title)))


def test_only_what_closed_long_ago_and_was_never_touched_goes(site: Site) -> None:
    site.add_job(title="open")
    site.add_job(title="closed lately", closed_at=NOW - KEPT + timedelta(days=1))
    site.add_job(title="closed long ago", closed_at=LONG_AGO)
    for status in ("saved", "applied", "rejected", "hidden"):
        site.add_job(title=status, closed_at=LONG_AGO, status=status)
    site.add_job(title="noted", closed_at=LONG_AGO, note="call them")
    assert forget_old(site.database, NOW).jobs == 1
    assert titles(site) == {"open", "closed lately", "saved", "applied", "rejected", "hidden", "noted"}


def test_a_job_that_was_touched_once_stays_even_when_it_is_new_again(site: Site) -> None:
    job_id = site.add_job(title="once saved", closed_at=LONG_AGO, status="saved")
    site.track(job_id, status="new")
    assert forget_old(site.database, NOW).jobs == 0


@pytest.mark.parametrize("number", [0, BATCH + 3])
def test_many_go_in_small_transactions(site: Site, number: int) -> None:
    for _ in range(number):
        site.add_job(closed_at=LONG_AGO)
    assert forget_old(site.database, NOW).jobs == number
    assert titles(site) == set()


def test_old_receipts_go_with_their_scans(site: Site) -> None:
    with site.database.writing() as session:
        for name, finished in (("old", LONG_AGO), ("new", NOW), ("running", None)):
            session.add(Scan(id=name, trigger="schedule", started_at=LONG_AGO, finished_at=finished))
    assert forget_old(site.database, NOW).scans == 1
    with site.database.reading() as session:
        assert set(session.scalars(select(Scan.id))) == {"new", "running"}


def test_it_may_run_twice_at_once(site: Site) -> None:
    site.add_job(closed_at=LONG_AGO)
    first: Any = forget_old(site.database, NOW)
    assert (first.jobs, forget_old(site.database, NOW).jobs) == (1, 0)
