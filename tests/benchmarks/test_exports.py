"""A short run of the measurement of exports and digests."""

from collections.abc import Iterator

import exports
import pytest
from many_jobs import fill, templates

from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.jobs.export import Form
from iam_job_scout.settings import Settings


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("jobs"), _env_file=None)  # type: ignore[call-arg]
    database = open_database(settings)
    upgrade(database)
    fill(database, 3_000, templates(None))
    yield database
    database.close()


@pytest.mark.parametrize("form", Form)
def test_an_export_has_every_job_and_holds_few_at_once(database: Database, form: Form) -> None:
    figures = exports.measure_export(database, form)
    assert figures["rows"] == 3_000
    assert figures["rows_a_cpu_second"] > 2_000
    assert figures["grew_mb"] < 40


def test_a_digest_looks_at_every_search_for_what_is_new_alone(database: Database) -> None:
    figures = exports.measure_digest(database, 40)
    assert figures["searches"] == 40
    assert figures["jobs_told"] <= 3 * 20
