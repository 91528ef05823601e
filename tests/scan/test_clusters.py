"""Links become groups, the same in any order."""

from hypothesis import given
from hypothesis import strategies as st

from iam_job_scout.scan.clusters import Link, Name, Rules, cluster

NAMES = [("greenhouse", "acme", letter) for letter in "abcdefg"]
PAIRS = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda pair: pair[0] != pair[1])


def rules(*, apart: set[frozenset[Name]] = frozenset(), forbidden: set[tuple[Name, Name]] = frozenset()) -> Rules:  # type: ignore[assignment]
    return Rules({name: name for name in NAMES}, lambda a, b: frozenset((a, b)) in apart, frozenset(forbidden))


def letters(groups: list[list[Name]]) -> list[str]:
    return ["".join(name[2] for name in group) for group in groups]


def link(pair: str, doubt: float) -> Link:
    return Link(doubt, *(("greenhouse", "acme", letter) for letter in pair))


def test_links_chain_where_nothing_contradicts() -> None:
    assert letters(cluster([link("ab", 0.1), link("bc", 0.2), link("ef", 0.1)], rules())) == ["abc", "d", "ef", "g"]


def test_a_posting_between_two_that_contradict_goes_with_the_one_it_is_surer_of() -> None:
    apart = {frozenset((NAMES[0], NAMES[2]))}
    assert letters(cluster([link("ab", 0.2), link("bc", 0.1)], rules(apart=apart)))[:2] == ["a", "bc"]


def test_what_a_person_put_together_stays_so_against_any_rule() -> None:
    apart = {frozenset((NAMES[0], NAMES[1]))}
    assert letters(cluster([link("ab", -1.0)], rules(apart=apart)))[0] == "ab"


def test_what_a_person_told_apart_is_not_joined_through_a_third() -> None:
    groups = cluster([link("ab", 0.1), link("bc", 0.0)], rules(forbidden={(NAMES[0], NAMES[2])}))
    assert letters(groups)[:2] == ["a", "bc"]


@given(
    links=st.lists(st.tuples(st.sampled_from([-1.0, 0.0, 0.1, 0.2]), PAIRS), max_size=14),
    apart=st.sets(PAIRS.map(frozenset), max_size=5),
    forbidden=st.sets(PAIRS.map(lambda pair: tuple(sorted(pair))), max_size=4),
    data=st.data(),
)
def test_groups_do_not_depend_on_the_order(links, apart, forbidden, data) -> None:  # type: ignore[no-untyped-def]
    made = [Link(doubt, *pair) for doubt, pair in links]
    turned = [Link(one.doubt, one.other, one.one) for one in data.draw(st.permutations(made))]
    told = rules(apart=apart, forbidden=forbidden)
    groups = cluster(made, told)
    assert groups == cluster(turned, told)
    assert sorted(name for group in groups for name in group) == NAMES
    assert not any(one in group and other in group for group in groups for one, other in forbidden)
