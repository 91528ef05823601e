"""From decisions on pairs to openings, the same whatever order the postings came in.

Links are taken from the surest to the weakest, and equally sure ones by the names of what they join. A link is left
out where it would bring together two postings that must stay apart: so A~B and B~C make one opening of A, B and C,
unless A and C contradict each other; then B goes with the one it is surer of.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass

import msgspec

#: What tells a posting from all others and never changes: its source, board and id there.
Name = tuple[str, str, str]


class Link(msgspec.Struct, frozen=True, order=True):
    """Two postings that show one opening; the larger `doubt`, 0 to 0.5, the weaker. Below 0 is a person's word."""

    doubt: float
    one: Name
    other: Name


@dataclass(frozen=True)
class Rules:
    """Who must stay apart.

    Postings of one face are alike to `contradict`, which judges titles. `forbidden` are pairs, in order, that a person
    told apart; what a person put together is never looked at for contradictions.
    """

    faces: Mapping[Name, Hashable]
    contradict: Callable[[Name, Name], bool]
    forbidden: frozenset[tuple[Name, Name]] = frozenset()


class _Group:
    def __init__(self, name: Name, face: Hashable) -> None:
        self.members = [name]
        self.faces = {face: name}

    def clashes(self, other: "_Group", rules: Rules, *, told: bool) -> bool:
        if any(_pair(one, two) in rules.forbidden for one in self.members for two in other.members if rules.forbidden):
            return True
        mine = [name for face, name in self.faces.items() if face not in other.faces]
        theirs = [name for face, name in other.faces.items() if face not in self.faces]
        return not told and any(rules.contradict(one, two) for one in mine for two in theirs)

    def take(self, other: "_Group") -> None:
        self.members += other.members
        self.faces = other.faces | self.faces


def cluster(links: Iterable[Link], rules: Rules) -> list[list[Name]]:
    """Groups all postings that have a face. Groups and their members are in order."""
    groups = {name: _Group(name, face) for name, face in sorted(rules.faces.items(), key=lambda item: item[0])}
    for link in sorted(Link(link.doubt, *_pair(link.one, link.other)) for link in links):
        one, other = groups[link.one], groups[link.other]
        if one is not other and not one.clashes(other, rules, told=link.doubt < 0):
            one.take(other)
            groups |= dict.fromkeys(other.members, one)
    distinct = {id(group): group for group in groups.values()}
    return sorted(sorted(group.members) for group in distinct.values())


def _pair(one: Name, other: Name) -> tuple[Name, Name]:
    return (one, other) if one < other else (other, one)
