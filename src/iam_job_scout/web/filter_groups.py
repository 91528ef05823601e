"""The column of filters beside the list: each with the values to choose from, as the page shows them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from iam_job_scout.jobs.facets import FacetValue, facets
from iam_job_scout.web import formats
from iam_job_scout.web.filters import STATUSES, Filters, choice_name

#: A longer filter of which one may choose several shows its first values; the others unfold.
_LONG, _FIRST = 7, 5


@dataclass(frozen=True)
class Option:
    """A value to choose; `count` is how many jobs it leaves, empty where nobody counted."""

    value: str
    label: str
    count: str
    on: bool


@dataclass(frozen=True, kw_only=True)
class Group:
    """One filter with its values; those in `more` are folded away. `problem` says what was wrong in the address."""

    name: str
    label: str
    kind: Literal["radio", "checkbox"]
    options: tuple[Option, ...]
    more: tuple[Option, ...] = ()
    problem: str = ""


def filter_groups(
    filters: Filters, counted: Mapping[str, Sequence[FacetValue]], states: Mapping[str, int] | None
) -> tuple[Group, ...]:
    """Returns the filters of a list; `states` counts the person's jobs by status, None where nobody has a status."""
    shown = [status_group(filters, states)] if states is not None else []
    shown += (group for name in facets() if (group := _facet(filters, name, counted.get(name, ()))) is not None)
    closed = Option("1", "Show closed jobs", "", filters.closed)
    return (*shown, Group(name="closed", label="Closed", kind="checkbox", options=(closed,)))


def status_group(filters: Filters, states: Mapping[str, int]) -> Group:
    """Returns the filter by status; `states` counts the person's jobs."""
    options = tuple(
        Option(
            choice.value,
            choice.name,
            formats.number(states[choice.value]) if choice.value in states else "",
            choice.value == filters.status,
        )
        for choice in STATUSES
    )
    return Group(name="status", label="Status", kind="radio", options=options, problem=filters.problem("status"))


def _facet(filters: Filters, name: str, values: Sequence[FacetValue]) -> Group | None:
    facet, problem = facets()[name], filters.problem(name)
    if not values and not problem:
        return None
    options = tuple(_options(name, values))
    if facet.single:
        options = (Option("", "Any", "", name not in filters.choices), *options)
    first = _FIRST if len(options) > _LONG and not facet.single else len(options)
    return Group(
        name=name,
        label=facet.label,
        kind="radio" if facet.single else "checkbox",
        options=options[:first],
        more=options[first:],
        problem=problem,
    )


def _options(name: str, values: Sequence[FacetValue]) -> Iterator[Option]:
    for value in values:
        count = "" if value.count is None else formats.number(value.count) + ("+" if value.more else "")
        yield Option(value.value, choice_name(name, value.value), count, value.chosen)
