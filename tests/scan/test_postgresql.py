"""The same scan on PostgreSQL: tables, engine, queue and search."""

from collections.abc import Callable

from pydantic import SecretStr

from board_server import BoardServer
from iam_job_scout.db import open_database
from iam_job_scout.db.migrate import is_current
from iam_job_scout.jobs.listed import read_jobs
from iam_job_scout.jobs.search import JobQuery, find_jobs
from iam_job_scout.scan import runs
from iam_job_scout.scan.command import scan_now
from iam_job_scout.settings import Settings


def test_a_scan_a_rescan_and_a_search_work_on_postgresql(
    upstream: BoardServer, scanning: Callable[..., Settings], postgresql_url: str
) -> None:
    upstream.add("acme", "IAM Engineer", "Okta Administrator", "IAM Engineer")
    settings = scanning("acme").model_copy(update={"database_url": SecretStr(postgresql_url)})
    first = scan_now(settings, ["greenhouse"], quiet=True)
    assert (runs.totals(first)["new"], runs.totals(first)["duplicates"]) == (2, 1)
    upstream.boards["acme"].pop(1)
    assert runs.totals(scan_now(settings, ["greenhouse"], quiet=True))["closed"] == 1
    database = open_database(settings)
    assert is_current(database)
    with database.reading() as session:
        found = read_jobs(session, find_jobs(session, JobQuery(words="okta ENGINEER")).ids)
        assert [job.title for job in found] == ["IAM Engineer"]
    database.close()
