"""The sources that exist: one table row each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from iam_job_scout.errors import ScoutError
from iam_job_scout.posting import Board
from iam_job_scout.sources.ashby import Ashby
from iam_job_scout.sources.base import Source
from iam_job_scout.sources.greenhouse import Greenhouse
from iam_job_scout.sources.lever import Lever
from iam_job_scout.sources.remoteok import RemoteOK

_TABLE: tuple[type[Source[Any, Any]], ...] = (Ashby, Greenhouse, Lever, RemoteOK)

#: Every source by its name, in the order of the names.
SOURCES: Mapping[str, Source[Any, Any]] = MappingProxyType({adapter.name: adapter() for adapter in _TABLE})


def get_source(name: str) -> Source[Any, Any]:
    """The source of that name. Raises ScoutError that lists those that exist."""
    try:
        return SOURCES[name]
    except KeyError as error:
        raise ScoutError(f"unknown source {name!r}; there are {', '.join(SOURCES)}") from error


def aggregator_boards() -> list[Board]:
    """The one board of each source that is a single list for everybody."""
    return [Board(source.name, "all", source.label) for source in SOURCES.values() if source.aggregator]
