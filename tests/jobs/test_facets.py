"""The values that filters offer."""

from iam_job_scout.jobs.facets import CAP, Facet, facets, offered
from iam_job_scout.jobs.words import slug
from iam_job_scout.relevance.conditions import _CLEARANCES, _LEVEL_NOT_SAID

_FIXED = Facet("mode", "Work mode", {"remote": "Remote", "hybrid": "Hybrid"})
_LONG = Facet("skill", "Skill", {f"s{n}": f"Skill {n}" for n in range(40)}, by_count=True)


def test_values_in_their_own_order_are_offered_where_a_job_has_them() -> None:
    values = offered(_FIXED, (), {"hybrid": 3}, more=False)
    assert [(value.name, value.count) for value in values] == [("Hybrid", 3)]


def test_a_chosen_value_stays_although_no_job_has_it() -> None:
    (value,) = offered(_FIXED, ("remote",), {}, more=False)
    assert (value.value, value.count, value.chosen) == ("remote", 0, True)


def test_of_many_values_the_most_frequent_are_offered_and_what_is_chosen() -> None:
    counts = {f"s{n}": n for n in range(1, 40)}
    values = [value.value for value in offered(_LONG, ("s3",), counts, more=False)]
    assert values == [f"s{n}" for n in range(39, 27, -1)] + ["s3"]


def test_counts_stop_at_ten_thousand() -> None:
    (value,) = offered(_FIXED, (), {"remote": CAP + 1}, more=False)
    assert (value.count, value.more) == (CAP, True)
    (value,) = offered(_FIXED, (), {"remote": 5}, more=True)
    assert (value.count, value.more) == (5, True)


def test_where_nobody_counted_no_number_is_given() -> None:
    assert [value.count for value in offered(_FIXED, (), None, more=False)] == [None, None]


def test_every_filter_has_a_name_for_each_value_it_fixes() -> None:
    assert all(name and value for facet in facets().values() for value, name in facet.names.items())
    assert set(facets()) >= {"sub", "skill", "level", "mode", "place", "pay", "source", "fresh", "clearance", "product"}


def test_the_usual_value_stands_for_the_absence_of_all_others_so_these_are_all_known() -> None:
    levels = {slug(level) for level, _ in (*_CLEARANCES, (_LEVEL_NOT_SAID, ()))}
    assert {"none", *levels} == set(facets()["clearance"].names)
