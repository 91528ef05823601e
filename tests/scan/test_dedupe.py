"""Two postings: one opening or two, and why."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iam_job_scout.scan.dedupe import decide
from iam_job_scout.scan.traits import Traits, read_traits

ABOUT = (
    "Initech has built tools for accountants since the nineties and today serves a third of all payrolls in the "
    "country, from small shops to the largest public bodies, with offices in nine towns and a canteen that people "
    "talk about. We care for each other and for those who use what we make. "
)
DUTIES = (
    "As identity engineer you move four hundred applications to single sign-on, write the connectors that our "
    "directory lacks, and review with the auditors who may do what. You know SAML and OIDC well, have run Okta or "
    "Entra for some years, and explain to a colleague in the warehouse why a password is not enough. You will sit "
    "with the platform people, share an on-call week in six, and have a budget of your own for courses and books. "
)
OTHER = (
    "In this job you draw up how the group pays its suppliers, talk to nineteen banks about formats, and close the "
    "books each month before anybody else is up. You bring a degree in finance, patience with spreadsheets from "
    "another century, and the wish to replace them one after the other with something that can be tested. "
)


def traits(**changes: str) -> Traits:
    plain = {
        "title": "Identity Engineer",
        "company": "Initech",
        "location": "Austin, TX",
        "description": ABOUT + DUTIES,
    }
    return read_traits(**(plain | changes))


SAME: list[tuple[str, dict[str, str]]] = [
    ("again", {}),
    ("another city", {"location": "Boise, ID"}),
    ("another spelling of the employer", {"company": "INITECH Inc."}),
    ("a name that says more", {"company": "Initech Payroll Systems GmbH"}),
    ("markup", {"description": f"<div><h2>About</h2><p>{ABOUT}</p><ul><li>{DUTIES}</li></ul></div>"}),
    ("a snippet of it", {"description": (ABOUT + DUTIES)[:480] + "…"}),
    ("a snippet of its end", {"description": DUTIES[-480:]}),
    ("no word about the employer", {"description": DUTIES}),
    ("no description", {"description": ""}),
    ("decoration", {"title": "Identity Engineer (m/w/d) - Remote - Just posted!"}),
    ("the city in the title", {"title": "Identity Engineer - Austin"}),
    ("the employer in the title", {"title": "Initech: Identity Engineer"}),
    ("another order", {"title": "Engineer, Identity"}),
    ("short forms", {"title": "Identity Eng."}),
    ("no spaces", {"title": "IdentityEngineer"}),
    ("a typing mistake", {"title": "Identitty Engineer"}),
    (
        "lost letters",
        {"title": "Identity Engin\ufffd\ufffder", "description": (ABOUT + DUTIES).replace("o", "\ufffd", 9)},
    ),
    ("an agency that tells it", {"company": "Brightpath Staffing"}),
    ("nobody said who", {"company": "Unknown Company"}),
    ("zero-width characters", {"title": "Iden\u200btity Engineer", "company": "Ini\u200btech"}),
]

DIFFERENT: list[tuple[str, dict[str, str]]] = [
    ("a higher level", {"title": "Senior Identity Engineer"}),
    ("a grade", {"title": "Identity Engineer II"}),
    ("the lead", {"title": "Lead Identity Engineer"}),
    ("part-time", {"title": "Identity Engineer (part time)"}),
    ("another role", {"title": "Identity Architect"}),
    ("another product", {"title": "Payments Engineer"}),
    ("another text under the same title", {"description": ABOUT * 2 + OTHER * 3}),
    ("another employer's own text", {"company": "Hooli", "description": OTHER}),
    ("another employer without text", {"company": "Hooli", "description": ""}),
]


@pytest.mark.parametrize("changes", [case[1] for case in SAME], ids=[case[0] for case in SAME])
def test_one_opening_listed_differently_is_the_same(changes: dict[str, str]) -> None:
    verdict = decide(traits(), traits(**changes))
    assert verdict.same and verdict.confidence > 0.5, verdict.reasons


@pytest.mark.parametrize("changes", [case[1] for case in DIFFERENT], ids=[case[0] for case in DIFFERENT])
def test_another_opening_is_another(changes: dict[str, str]) -> None:
    verdict = decide(traits(), traits(**changes))
    assert not verdict.same and verdict.reasons


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("IAM Engineer I", "IAM Engineer II"),
        ("IAM Engineer II", "IAM Engineer III"),
        ("IAM Engineer 2", "IAM Engineer 3"),
        ("Senior IAM Engineer", "Staff IAM Engineer"),
        ("Sr. IAM Engineer", "Junior IAM Engineer"),
        ("IAM Engineer, Okta", "IAM Engineer, SailPoint"),
        ("Backend Engineer, Identity", "Backend Engineer, Payments"),
        ("Security Engineer | Identity", "Security Engineer | Product"),
        ("Frontend Engineer", "Backend Engineer"),
        ("Account Executive, German speaking", "Account Executive, French speaking"),
    ],
)
def test_equal_texts_do_not_merge_what_the_titles_tell_apart(one: str, other: str) -> None:
    assert not decide(traits(title=one), traits(title=other)).same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sr. IAM Engineer", "Senior Identity & Access Management Engineer"),
        ("Staff SRE, Identity", "Staff Site Reliability Engineer - Identity"),
        ("IAM-Architekt (w/m/d)", "IAM Architect"),
        ("Ingénieur IAM H/F", "IAM Engineer"),
        ("Privileged Access Management Specialist", "PAM Specialist"),
        ("Cyber Security Analyst III", "Cybersecurity Analyst III (100% remote)"),
        ("Lead C++ Developer", "C++ Developer, Lead"),
        ("DesenvolvedorAWSPython", "Desenvolvedor AWS Python"),
    ],
)
def test_titles_that_mean_the_same_are_the_same(one: str, other: str) -> None:
    assert decide(traits(title=one), traits(title=other)).same


def test_a_translation_is_the_same_where_the_role_is_named_by_more_than_common_words() -> None:
    english = ABOUT + DUTIES
    german = (
        "Bei uns betreust du die Anmeldung von vierhundert Anwendungen, baust die Anbindungen, die unserem Verzeichnis "
        "fehlen, und prüfst mit der Revision, wer was darf. Du kennst dich mit SAML und OIDC aus, hast einige Jahre "
        "mit Okta oder Entra gearbeitet und erklärst im Lager gern, warum ein Passwort nicht genug ist. Dein Platz "
        "ist bei den Leuten der Plattform, die sich jede sechste Woche die Bereitschaft teilen. "
    ) * 2
    one = traits(title="IAM Engineer", description=english)
    verdict = decide(one, traits(title="IAM-Ingenieur (m/w/d)", description=german))
    assert verdict.same and "texts in two languages" in verdict.reasons


def test_an_agency_template_for_two_clients_stays_two_openings() -> None:
    template = "Brightpath is hiring for a partner company that leads its market. We answer each application. " * 9
    one = traits(company="Brightpath", title="Cloud Engineer", description=f"{template} You build landing zones.")
    other = traits(company="Brightpath", title="Data Engineer", description=f"{template} You build pipelines.")
    assert not decide(one, other).same


def test_two_branches_that_want_the_same_role_in_two_places_want_two_people() -> None:
    texts = ("You dispense drugs to the wards of the clinic. " * 6, "Our partner seeks help for its pharmacy. " * 6)
    places = ("Gouda", "Zwolle")
    one, other = (
        traits(title="Ward Pharmacist", company=f"Medicorps Agency {place}", location=place, description=text)
        for place, text in zip(places, texts, strict=True)
    )
    assert not decide(one, other).same


def test_one_reference_makes_one_opening_of_two_employers() -> None:
    one = traits(title="7941610 PAM Analyst", description="")
    assert decide(one, traits(title="PAM Analyst (7941610)", company="Hooli", description="")).same


@pytest.mark.parametrize("changes", [case[1] for case in SAME + DIFFERENT])
def test_the_order_of_the_two_does_not_matter(changes: dict[str, str]) -> None:
    assert decide(traits(), traits(**changes)) == decide(traits(**changes), traits())


ANY = st.text(alphabet=st.characters(codec=None), max_size=60)
PIECES = st.sampled_from(
    ["Senior", "IAM", "Engineer", "II", "(m/w/d)", "Initech", "GmbH", "ref 12345", "<p>", "Ünïcode", "مهندس"]
)
MIXED = st.lists(st.one_of(PIECES, ANY), max_size=12).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(one=st.tuples(MIXED, MIXED, ANY, MIXED), other=st.tuples(MIXED, MIXED, ANY, MIXED))
def test_any_text_gets_a_verdict_that_does_not_depend_on_the_order(
    one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    fields = ("title", "company", "location", "description")
    a, b = (read_traits(**dict(zip(fields, values, strict=True))) for values in (one, other))
    verdict = decide(a, b)
    assert verdict == decide(b, a) and 0.5 <= verdict.confidence <= 1 and verdict.reasons


HOSTILE = ["a" * 1_000_000, "IAM " * 250_000, "ref 12345 " * 100_000, "m/w/d " * 150_000, "<div " * 200_000]
HOSTILE += ["\u202e\u200b" * 400_000, "🔐" * 300_000, "идентификация " * 60_000, "1 " * 500_000, "x x " * 200_000]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:9]))
def test_a_million_characters_anywhere_take_bounded_time(text: str) -> None:
    started = time.process_time()
    everywhere: dict[str, Any] = dict.fromkeys(("title", "company", "location", "description"), text)
    decide(read_traits(**everywhere), traits(description=text))
    assert time.process_time() - started < 8


def test_ten_megabytes_take_bounded_time() -> None:
    started = time.process_time()
    assert decide(*(traits(description=(ABOUT + DUTIES + OTHER) * 10_000) for _ in range(2))).same
    assert time.process_time() - started < 8
