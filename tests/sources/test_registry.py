"""The sources by name."""

import pytest

from iam_job_scout.errors import ScoutError, SourceOff
from iam_job_scout.settings import Settings
from iam_job_scout.sources.registry import SOURCES, get_source, usable_source


def test_sources_are_found_by_their_names() -> None:
    assert list(SOURCES) == sorted(SOURCES)
    assert all(get_source(name).name == name for name in SOURCES)


def test_an_unknown_source_is_answered_with_those_that_exist() -> None:
    with pytest.raises(ScoutError, match=r"unknown source 'monster'; there are adzuna, .*, workday$"):
        get_source("monster")


def test_a_source_without_its_key_says_which(settings: Settings) -> None:
    with pytest.raises(SourceOff, match="Adzuna is off: it needs SCOUT_ADZUNA_APP_ID and SCOUT_ADZUNA_APP_KEY"):
        usable_source("adzuna", settings)
    assert usable_source("themuse", settings).name == "themuse"
