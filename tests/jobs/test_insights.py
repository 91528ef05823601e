"""What the jobs say together."""

import statistics
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from iam_job_scout.db import Database
from iam_job_scout.db.models import Job
from iam_job_scout.jobs.insights import WEEKS, Insights, insights, percentiles

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def seen(database: Database, field: str = "") -> Insights:
    with database.reading() as session:
        return insights(session, NOW, field=field)


def test_without_jobs_there_is_nothing(database: Database) -> None:
    found = seen(database)
    assert (found.open_jobs, found.pay.n, found.certifications) == (0, 0, ())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (list(range(8)), (1.75, 3.5, 5.25)),
        ([5.0] * 9, (5, 5, 5)),
        ([1, 2, 4, 8, 16, 32, 64, 128, 256], (4, 16, 64)),
    ],
)
def test_percentiles_are_those_of_numpy(values: list[float], expected: tuple[float, ...]) -> None:
    found = percentiles(values)
    assert (found.low, found.middle, found.high) == expected
    assert found.middle == statistics.median(values)


def test_fewer_than_eight_give_no_number_but_say_how_many(database: Database, add_job: Any) -> None:
    for _ in range(7):
        add_job(sub=["PAM"], pay_min=100_000, pay_max=120_000, pay_currency="USD")
    assert (seen(database).pay.n, seen(database).pay.middle) == (7, None)
    add_job(sub=["PAM"], pay_min=100_000, pay_max=120_000, pay_currency="USD")
    assert seen(database).pay_by_field["PAM"].middle == 110_000


def test_other_currencies_are_not_counted_as_dollars(database: Database, add_job: Any) -> None:
    for _ in range(9):
        add_job(pay_min=100_000, pay_max=None, pay_currency="EUR")
    assert seen(database).pay.n == 0


def test_demand_is_by_the_week_of_posting_and_counts_closed_jobs_too(database: Database, add_job: Any) -> None:
    add_job(skills=["Azure AD"], posted_at=NOW)
    add_job(skills=["Entra ID"], posted_at=NOW - timedelta(days=8))
    add_job(skills=["Entra ID"], posted_at=NOW - timedelta(days=8), closed_at=NOW)
    add_job(skills=["Entra ID"], posted_at=NOW - timedelta(weeks=WEEKS + 1))
    found = seen(database)
    assert found.skills == {"Microsoft Entra ID": 3}
    assert found.skills_by_week["Microsoft Entra ID"][-2:] == (2, 1)
    assert sum(found.skills_by_week["Microsoft Entra ID"]) == 3
    assert found.weeks[-1] == datetime(2026, 11, 23, tzinfo=UTC)


def test_counts_are_of_open_jobs(database: Database, add_job: Any) -> None:
    texas = {"city": "Austin", "state": "TX", "country": "US", "remote": False, "anywhere": False}
    add_job(company="A", mode="remote", places=[texas], sub=["IGA", "PAM"])
    add_job(company="A", mode="onsite", closed_at=NOW)
    add_job(company="B", mode="unknown", places=[texas], sub=["PAM"])
    found = seen(database)
    assert dict(found.employers) == {"A": 1, "B": 1}
    assert dict(found.modes) == {"remote": 1, "unknown": 1}
    assert found.places["Austin, TX"] == 2
    assert dict(found.fields) == {"PAM": 2, "IGA": 1}
    assert seen(database, "IGA").open_jobs == 1


def test_a_job_that_closes_or_opens_again_is_seen_at_once(database: Database, add_job: Any) -> None:
    job_id = add_job()
    add_job()
    for closed_at, left in ((NOW, 1), (None, 2)):
        assert seen(database).open_jobs == 3 - left
        with database.writing() as session:
            session.get_one(Job, job_id).closed_at = closed_at
        assert seen(database).open_jobs == left


def test_a_certification_opens_what_asks_for_nothing_else_that_is_lacking(database: Database, add_job: Any) -> None:
    add_job(certifications=["SC-300"])
    add_job(certifications=["SC-300", "CISSP"])
    add_job(certifications=["CISSP"])
    found = seen(database)
    assert {asked.name: asked.jobs for asked in found.certifications} == {"SC-300": 2, "CISSP": 2}
    assert found.opens("SC-300", frozenset()) == 1
    assert found.opens("SC-300", frozenset(("CISSP",))) == 2


def test_the_pay_difference_of_a_certification_needs_eight_on_both_sides(database: Database, add_job: Any) -> None:
    for number in range(8):
        add_job(certifications=["CISSP"], pay_min=150_000 + number, pay_currency="USD")
    assert seen(database).certifications[0].difference is None
    for number in range(8):
        add_job(pay_min=100_000 + number, pay_currency="USD")
    assert seen(database).certifications[0].difference == 50_000
