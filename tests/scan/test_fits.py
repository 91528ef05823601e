"""After a scan everybody with a profile has a score of every open job, whatever happened in between."""

import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from board_server import BoardServer
from iam_job_scout.chores import chores
from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.db.models import Fit, Job, Profile, User
from iam_job_scout.jobs import fits
from iam_job_scout.jobs.fit import fit
from iam_job_scout.jobs.fits import fill_fits, offer_of, reckon
from iam_job_scout.jobs.profile import save_profile, wishes
from iam_job_scout.scan import engine
from iam_job_scout.scan.command import scan_now
from iam_job_scout.settings import Settings
from iam_job_scout.web.saved import find_new
from ledger import Ledger

Scanning = Callable[..., Settings]
NOW = datetime.now(UTC)


def has_profile(database: Database, user_id: int, *skills: str, at: datetime = NOW) -> None:
    """The person says what they can, for the first time or anew."""
    said = Profile(user_id=user_id, skills=[*skills], pay_currency="USD", needs_sponsorship=False)
    said.certifications, said.levels, said.places, said.modes = [], [], [], []
    with database.writing() as session:
        if session.get(User, user_id) is None:
            values = {"email": f"{user_id}@example.com", "password_hash": "", "role": "viewer", "created_at": NOW}
            session.add(User(id=user_id, **values))
            session.flush()
        save_profile(session, said, at)


def scores(database: Database) -> dict[tuple[int, int], int]:
    with database.reading() as session:
        return {(row.user_id, row.job_id): row.score for row in session.scalars(select(Fit))}


def true_scores(database: Database) -> dict[tuple[int, int], int]:
    """What each open job is worth to each person now."""
    with database.reading() as session:
        jobs = session.scalars(select(Job).where(Job.closed_at.is_(None))).all()
        people = session.scalars(select(Profile)).all()
        return {(who.user_id, job.id): fit(offer_of(job), wishes(who)) for who in people for job in jobs}


def test_new_and_changed_jobs_of_a_scan_are_scored_for_everybody_with_a_profile(
    scanning: Scanning, upstream: BoardServer
) -> None:
    upstream.add("acme", "IAM Engineer", "Okta Administrator", "SailPoint Developer")
    with closing(open_database(scanning("acme"))) as database:
        upgrade(database)
        has_profile(database, 1, "Okta")
        has_profile(database, 2, "CyberArk", "SCIM")
        scan_now(scanning("acme"), [], quiet=True)
        before = scores(database)
        assert len(before) == 6
        upstream.add("acme", "Identity Architect")
        upstream.boards["acme"][0]["content"] += "<p>CyberArk Privileged Access Manager, every day</p>"
        upstream.boards["acme"][0]["updated_at"] = "2026-11-20T10:00:00-05:00"
        scan_now(scanning("acme"), [], quiet=True)
        assert len(scores(database)) == 8
        assert any(scores(database)[key] != before[key] for key in before)
        assert scores(database) == true_scores(database)


def test_a_scan_from_the_terminal_ends_when_its_jobs_are_scored_however_long_that_takes(
    scanning: Scanning, upstream: BoardServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(database: Database) -> int:
        time.sleep(1)
        return fill_fits(database)

    monkeypatch.setattr(engine, "fill_fits", slowly)
    upstream.add("acme", "IAM Engineer")
    with closing(open_database(scanning("acme"))) as database:
        upgrade(database)
        has_profile(database, 1, "Okta")
        scan_now(scanning("acme"), [], quiet=True)
        assert len(scores(database)) == 1


def test_scores_that_a_killed_process_left_out_are_reckoned_by_the_next(
    settings: Settings, database: Database, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fits, "BATCH", 1)
    has_profile(database, 1, "Okta")
    has_profile(database, 2, "SailPoint")
    ledger.show(*map(ledger.posting, "123"), at=NOW)
    next(reckon(database, 1))
    assert len(scores(database)) == 1
    chores(settings, database, find_new).go_round()
    assert len(scores(database)) == 6
    assert scores(database) == true_scores(database)


def test_a_changed_profile_leaves_no_score_of_the_former_one(
    database: Database, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fits, "BATCH", 1)
    ledger.show(*map(ledger.posting, "123"), at=NOW)
    has_profile(database, 1, "Okta")
    with_the_former = reckon(database, 1)
    next(with_the_former)
    has_profile(database, 1, "SailPoint", "SCIM", at=NOW + timedelta(minutes=1))
    assert list(with_the_former) == []
    assert scores(database) == {}
    assert fill_fits(database) == 3
    assert scores(database) == true_scores(database)
