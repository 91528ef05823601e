"""How well a job fits one person."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_job_scout.jobs.fit import LEVELS, Gaps, Offer, Wishes, explain, fit, gaps
from iam_job_scout.relevance.location import Place, read_places
from iam_job_scout.relevance.names import skills

NAMES = [skill.name for skill in skills()]
PLACES = [*read_places("Austin, TX; Texas; Germany; Berlin; Remote US; Remote; Anywhere; Atlantis; London")]


def part(kind: str, offer: Offer, **wanted: Any) -> int | None:
    """The points of one kind, or None where there is no such part."""
    found = [part.points for part in explain(offer, Wishes(**wanted)) if part.kind == kind]
    return found[0] if found else None


def test_a_job_alone_is_worth_six_tenths_of_its_score() -> None:
    assert fit(Offer(score=85), Wishes()) == 51


def test_the_best_possible_job_is_worth_a_hundred() -> None:
    offer = Offer(
        score=100,
        skills=("Okta", "SAML", "SCIM"),
        certifications=("SC-300",),
        seniority="senior",
        mode="remote",
        places=(Place(country="US", remote=True),),
        pay_max=200_000,
        pay_currency="USD",
    )
    wanted = Wishes(
        skills=frozenset(("Okta", "SAML", "SCIM", "LDAP")),
        certifications=frozenset(("SC-300",)),
        levels=frozenset(("senior",)),
        modes=frozenset(("remote",)),
        places=read_places("Austin, TX"),
        pay_floor=150_000,
    )
    assert fit(offer, wanted) == 100


def test_the_worst_possible_job_is_worth_nothing_and_the_parts_say_so() -> None:
    offer = Offer(score=3, seniority="intern", mode="onsite", places=read_places("Berlin"), sponsorship="refused")
    wanted = Wishes(
        levels=frozenset(("lead",)), modes=frozenset(("remote",)), places=read_places("TX"), needs_sponsorship=True
    )
    parts = explain(offer, wanted)
    assert sum(part.points for part in parts) == 0
    assert parts[-1].kind == "limit"


offers = st.builds(
    Offer,
    score=st.integers(0, 100),
    skills=st.lists(st.sampled_from(NAMES), max_size=9).map(tuple),
    certifications=st.lists(st.sampled_from(["SC-300", "CISSP"]), unique=True).map(tuple),
    seniority=st.sampled_from([*LEVELS, "unknown"]),
    mode=st.sampled_from(["remote", "hybrid", "onsite", "unknown"]),
    places=st.lists(st.sampled_from(PLACES), max_size=3).map(tuple),
    pay_min=st.none() | st.integers(0, 400_000),
    pay_max=st.none() | st.integers(0, 400_000),
    pay_currency=st.sampled_from([None, "USD", "EUR"]),
    sponsorship=st.sampled_from(["offered", "refused", "unknown"]),
)
people = st.builds(
    Wishes,
    skills=st.frozensets(st.sampled_from(NAMES)),
    certifications=st.frozensets(st.sampled_from(["SC-300", "CISSP"])),
    levels=st.frozensets(st.sampled_from(LEVELS)),
    places=st.lists(st.sampled_from(PLACES), max_size=3).map(tuple),
    modes=st.frozensets(st.sampled_from(["remote", "hybrid", "onsite"])),
    pay_floor=st.none() | st.integers(0, 400_000),
    needs_sponsorship=st.booleans(),
)


@given(offers, people)
def test_the_parts_add_up_to_a_score_of_0_to_100(offer: Offer, wanted: Wishes) -> None:
    parts = explain(offer, wanted)
    assert 0 <= sum(part.points for part in parts) <= 100
    assert fit(offer, wanted) == sum(part.points for part in parts)
    assert all(part.reason for part in parts)


@given(offers, people, st.sampled_from(NAMES))
def test_to_learn_a_skill_lowers_no_score(offer: Offer, wanted: Wishes, name: str) -> None:
    learned = Wishes(skills=wanted.skills | {name}, **{f: getattr(wanted, f) for f in ("levels", "modes", "places")})
    before = Wishes(skills=wanted.skills, **{f: getattr(wanted, f) for f in ("levels", "modes", "places")})
    assert fit(offer, learned) >= fit(offer, before)


def test_an_old_name_of_a_product_is_the_product() -> None:
    assert part("skills", Offer(score=50, skills=("Azure AD", "Thycotic", "SAML")), skills={"Microsoft Entra ID"}) == 7
    assert gaps(Offer(score=50, skills=("Azure AD", "Thycotic")), Wishes(skills=frozenset(("Delinea",)))) == Gaps(
        ("Microsoft Entra ID",), ()
    )


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (("Okta",), "you have the one skill it names"),
        (("SCIM",), "you lack the one skill it names"),
        (("Okta", "SAML"), "you have both skills it names"),
        (("Okta", "SCIM"), "you have 1 of the 2 skills it names"),
        (("SCIM", "LDAP"), "you have none of the 2 skills it names"),
    ],
)
def test_how_many_skills_one_has_is_said_in_plain_words(asked: tuple[str, ...], reason: str) -> None:
    found = explain(Offer(score=50, skills=asked), Wishes(skills=frozenset(("Okta", "SAML"))))
    assert [part.reason for part in found if part.kind == "skills"] == [reason]


def test_one_skill_of_one_is_not_worth_all_points() -> None:
    assert part("skills", Offer(score=50, skills=("SAML",)), skills={"SAML"}) == 7


@pytest.mark.parametrize(("level", "points"), [("senior", 6), ("lead", -4), ("mid", -4), ("entry", -10)])
def test_a_level_costs_the_more_the_further_away_it_is(level: str, points: int) -> None:
    assert part("level", Offer(score=50, seniority=level), levels={"senior"}) == points


@pytest.mark.parametrize(
    ("there", "here", "points"),
    [
        ("Austin, TX", "Austin, TX", 3),
        ("Dallas, TX", "Texas", 3),
        ("Austin, TX", "Dallas, TX", -10),
        ("Remote US", "Austin, TX", 3),
        ("Remote US", "Berlin", -10),
        ("Remote, Texas", "Boston, MA", -10),
        ("Anywhere", "Berlin", 3),
        ("Berlin", "Germany", 3),
        ("Germany", "Berlin", None),
        ("Remote", "Berlin", None),
        ("", "Berlin", None),
        ("Berlin; Austin, TX", "Austin, TX", 3),
    ],
)
def test_a_place_fits_where_the_person_can_be(there: str, here: str, points: int | None) -> None:
    assert part("place", Offer(score=50, places=read_places(there)), places=read_places(here)) == points


def test_a_remote_job_at_a_city_is_open_to_its_country() -> None:
    offer = Offer(score=50, mode="remote", places=read_places("Nashville, TN"))
    assert part("place", offer, places=read_places("Austin, TX")) == 3
    assert part("place", offer, places=read_places("Berlin")) == -10


def test_a_certification_among_the_skills_is_not_counted_twice() -> None:
    offer = Offer(score=50, skills=("SC-300", "Okta"), certifications=("SC-300",))
    assert gaps(offer, Wishes()) == Gaps(("Okta",), ("SC-300",))


def test_pay_in_another_currency_says_nothing() -> None:
    assert part("pay", Offer(score=50, pay_max=90_000, pay_currency="EUR"), pay_floor=100_000) is None
    assert part("pay", Offer(score=50, pay_max=90_000, pay_currency="USD"), pay_floor=100_000) == -10
    assert part("pay", Offer(score=50, pay_min=100_000, pay_currency="USD"), pay_floor=100_000) == 4


def test_what_is_not_said_neither_adds_nor_takes() -> None:
    wanted = Wishes(
        skills=frozenset(("Okta",)),
        levels=frozenset(("senior",)),
        modes=frozenset(("remote",)),
        places=read_places("TX"),
        pay_floor=1,
        needs_sponsorship=True,
    )
    assert [part.kind for part in explain(Offer(score=50), wanted)] == ["own"]
