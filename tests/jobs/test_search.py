"""Finding jobs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from iam_job_scout.db import Database
from iam_job_scout.db.models import LOCAL_USER_ID, JobStatus
from iam_job_scout.jobs.detail import get_job
from iam_job_scout.jobs.search import MAX_WORDS, JobQuery, Sort, find_jobs

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def found(database: Database, **query: Any) -> list[str]:
    with database.reading() as session:
        return [job.title for job in find_jobs(session, JobQuery(user_id=LOCAL_USER_ID, **query)).jobs]


def test_words_may_stand_anywhere_and_in_any_case(database: Database, add_job: Any) -> None:
    add_job(title="Okta Administrator", company="Fabrikam", description="Runs SCIM.")
    for words in ("okta", "FABRIKAM okta", "scim", "austin", "  admin  "):
        assert found(database, words=words) == ["Okta Administrator"]
    assert found(database, words="okta northwind") == []


@pytest.mark.parametrize("words", ["%", "_", "\\", "o%a", "O_ta", "' OR 1=1 --", "/%"])
def test_signs_mean_themselves(database: Database, add_job: Any, words: str) -> None:
    add_job(title="Okta")
    assert found(database, words=words) == []


def test_letters_of_all_languages_are_found_in_any_case(database: Database, add_job: Any) -> None:
    add_job(title="Straße ÜBERSICHT مهندس")
    for words in ("STRASSE", "übersicht", "مهندس"):
        assert len(found(database, words=words)) == 1


def test_words_past_the_limit_are_not_looked_at(database: Database, add_job: Any) -> None:
    add_job(title="okta")
    assert found(database, words="okta " * MAX_WORDS + "cobol") == ["okta"]


def test_hidden_and_closed_jobs_come_only_when_asked_for(database: Database, add_job: Any) -> None:
    add_job(title="open")
    add_job(title="hidden", status="hidden")
    add_job(title="closed", closed_at=NOW)
    assert found(database) == ["open"]
    assert found(database, status=JobStatus.HIDDEN) == ["hidden"]
    assert set(found(database, include_closed=True)) == {"open", "closed"}


def test_filters_narrow_together(database: Database, add_job: Any) -> None:
    add_job(title="a", tier="core", mode="remote")
    add_job(title="b", tier="adjacent", mode="remote")
    add_job(title="c", tier="core", mode="onsite")
    assert found(database, tier="core", mode="remote") == ["a"]


def test_the_newest_is_by_posting_date_or_else_by_first_sight(database: Database, add_job: Any) -> None:
    add_job(title="posted long ago", posted_at=NOW - timedelta(days=9), first_seen=NOW)
    add_job(title="seen yesterday", posted_at=None, first_seen=NOW - timedelta(days=1))
    assert found(database, sort=Sort.NEWEST) == ["seen yesterday", "posted long ago"]


def test_equal_scores_are_in_a_fixed_order_over_all_pages(database: Database, add_job: Any) -> None:
    for number in range(7):
        add_job(title=str(number))
    pages = [found(database, page=page, size=3) for page in (1, 2, 3, 4)]
    assert [title for page in pages for title in page] == ["6", "5", "4", "3", "2", "1", "0"]


def test_the_total_counts_all_pages(database: Database, add_job: Any) -> None:
    for _ in range(5):
        add_job()
    with database.reading() as session:
        assert find_jobs(session, JobQuery(size=2)).total == 5


def test_a_job_that_does_not_exist_is_none(database: Database) -> None:
    with database.reading() as session:
        assert get_job(session, 1, user_id=None) is None
