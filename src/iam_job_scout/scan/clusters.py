"""From decisions on pairs to openings, the same whatever order the postings came in.

Links are taken from the surest to the weakest, and equally sure ones by the names of what they join. A link is left
out where it would bring together two postings that must stay apart: so A~B and B~C make one opening of A, B and C,
unless A and C contradict each other; then B goes with the one it is surer of.
"""

from collections.abc import Callable, Iterable, Sequence

import msgspec

Name = tuple[str, str, str]


class Link(msgspec.Struct, frozen=True, order=True):
    """Two postings that show one opening, the weaker the larger `doubt` is; below 0 is a person's word."""

    doubt: float
    one: Name
    other: Name


def cluster(names: Iterable[Name], links: Iterable[Link], *, apart: Callable[[Name, Name], bool]) -> list[list[Name]]:
    """Groups postings; `apart` says whether two must not be in one group. Groups and their members are in order."""
    group = {name: [name] for name in names}
    for link in sorted(_directed(links)):
        one, other = group[link.one], group[link.other]
        if one is other or _clash(one, other, apart):
            continue
        one += other
        for name in other:
            group[name] = one
    distinct = {id(members): members for members in group.values()}
    return sorted(sorted(members) for members in distinct.values())


def connected(names: Iterable[Name], links: Iterable[Link]) -> list[list[Name]]:
    """The groups that any links connect, whatever must stay apart."""
    return cluster(names, links, apart=lambda _one, _other: False)


def _directed(links: Iterable[Link]) -> Iterable[Link]:
    return (link if link.one < link.other else Link(link.doubt, link.other, link.one) for link in links)


def _clash(one: Sequence[Name], other: Sequence[Name], apart: Callable[[Name, Name], bool]) -> bool:
    return any(apart(left, right) for left in one for right in other)
