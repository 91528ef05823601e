"""The sources by name."""

import pytest

from iam_job_scout.errors import ScoutError
from iam_job_scout.sources.registry import SOURCES, get_source


def test_sources_are_found_by_their_names() -> None:
    assert list(SOURCES) == sorted(SOURCES)
    assert all(get_source(name).name == name for name in SOURCES)


def test_an_unknown_source_is_answered_with_those_that_exist() -> None:
    with pytest.raises(ScoutError, match=r"unknown source 'monster'; there are adzuna, .*, workday$"):
        get_source("monster")
