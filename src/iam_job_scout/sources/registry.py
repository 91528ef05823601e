"""The sources that exist: one table row each, and those that installed packages add.

A package adds a source by an entry point of the group `iam_job_scout.sources` that names a subclass of `Source`. One
that cannot be used is left out, logged and listed by `broken_sources`; it never stops the others.
"""

import logging
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from iam_job_scout.errors import ScoutError, SourceOff
from iam_job_scout.posting import Board
from iam_job_scout.settings import Settings
from iam_job_scout.sources.adzuna import Adzuna
from iam_job_scout.sources.arbeitnow import Arbeitnow
from iam_job_scout.sources.ashby import Ashby
from iam_job_scout.sources.base import Source
from iam_job_scout.sources.greenhouse import Greenhouse
from iam_job_scout.sources.hackernews import HackerNews
from iam_job_scout.sources.himalayas import Himalayas
from iam_job_scout.sources.jobicy import Jobicy
from iam_job_scout.sources.jsearch import JSearch
from iam_job_scout.sources.lever import Lever
from iam_job_scout.sources.recruitee import Recruitee
from iam_job_scout.sources.remoteok import RemoteOK
from iam_job_scout.sources.remotive import Remotive
from iam_job_scout.sources.smartrecruiters import SmartRecruiters
from iam_job_scout.sources.themuse import TheMuse
from iam_job_scout.sources.usajobs import USAJobs
from iam_job_scout.sources.weworkremotely import WeWorkRemotely
from iam_job_scout.sources.workable import Workable
from iam_job_scout.sources.workday import Workday

#: Of the standard library, which writes to standard error also where nobody has configured logs.
log = logging.getLogger(__name__)

AnySource = Source[Any, Any]
ENTRY_POINTS = "iam_job_scout.sources"

_TABLE: tuple[type[AnySource], ...] = (
    Adzuna,
    Arbeitnow,
    Ashby,
    Greenhouse,
    HackerNews,
    Himalayas,
    Jobicy,
    JSearch,
    Lever,
    Recruitee,
    RemoteOK,
    Remotive,
    SmartRecruiters,
    TheMuse,
    USAJobs,
    WeWorkRemotely,
    Workable,
    Workday,
)


class Registry(Mapping[str, AnySource]):
    """Every source by its name, in the order of the names; packages are looked for when it is first read."""

    @cached_property
    def _found(self) -> tuple[dict[str, AnySource], dict[str, str]]:
        sources: dict[str, AnySource] = {adapter.name: adapter() for adapter in _TABLE}
        broken = {}
        for point in entry_points(group=ENTRY_POINTS):
            try:
                source = _load(point, taken=sources)
            except Exception as error:  # noqa: BLE001 - logged below, in one line
                # The wall around what is not ours: whatever a package raises costs that package's source only.
                broken[point.name] = " ".join(f"{type(error).__name__}: {error}".split())[:300]
                log.warning("source %s of a package left out: %s", point.name, broken[point.name])
            else:
                sources[source.name] = source
        return dict(sorted(sources.items())), broken

    @property
    def broken(self) -> Mapping[str, str]:
        """The sources of packages that cannot be used: entry point to reason."""
        return self._found[1]

    def __getitem__(self, name: str) -> AnySource:
        return self._found[0][name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found[0])

    def __len__(self) -> int:
        return len(self._found[0])


SOURCES = Registry()


def get_source(name: str) -> AnySource:
    """The source of that name. Raises ScoutError that lists those that exist."""
    try:
        return SOURCES[name]
    except KeyError as error:
        raise ScoutError(f"unknown source {name!r}; there are {', '.join(SOURCES)}") from error


def usable_source(name: str, settings: Settings) -> AnySource:
    """The source of that name, if it can be asked with these settings. Raises ScoutError that says what is missing."""
    source = get_source(name)
    off = source.off_reason(settings)
    if off:
        raise SourceOff(f"{source.label} is off: it {off}")
    return source


def aggregator_boards(settings: Settings) -> list[Board]:
    """The one board of each source that is a single list for everybody and that these settings can use."""
    found = [source for source in SOURCES.values() if source.aggregator and not source.off_reason(settings)]
    return [Board(source.name, "all", source.label) for source in found]


def _load(point: EntryPoint, *, taken: Mapping[str, AnySource]) -> AnySource:
    adapter = point.load()
    if not (isinstance(adapter, type) and issubclass(adapter, Source)):
        raise TypeError("is not a subclass of iam_job_scout.sources.base.Source")
    source: AnySource = adapter()
    if source.name in taken:
        raise ValueError(f"there is a source of the name {source.name!r} already")
    return source
