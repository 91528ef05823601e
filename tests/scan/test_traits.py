"""What of a posting is compared."""

import pytest

from iam_job_scout.scan.traits import language, read_traits, split_words


def test_texts_are_equal_but_for_signs_accents_and_markup() -> None:
    plain = split_words("Don't re-use audit-ready keys; S\u00e3o Paulo")
    assert plain == split_words(
        "Don\u2019t re\u2011use audit\u2011ready keys; S\ufffdo\xa0Paulo".replace("\u2011", "-")
    )
    marked = read_traits(title="", company="", location="", description="<p>Run <b>Okta</b> &amp; Entra.</p>")
    assert marked.words == (b"run", b"okta", b"entra")


def test_another_script_keeps_its_letters() -> None:
    assert [word.decode() for word in split_words("Опыт работы с системами")] == ["опыт", "работы", "с", "системами"]


@pytest.mark.parametrize(
    ("company", "name"),
    [
        ("Acme, Inc.", "acme"),
        ("ACME GmbH & Co. KG", "acme"),
        ("Stanley Black & Decker", "stanleyblackdecker"),
        ("Wolf | The Software People", "wolf"),
        ("Unknown Company", ""),
        ("Software AG", "softwareag"),
        ("", ""),
    ],
)
def test_employers_are_named_without_their_legal_form(company: str, name: str) -> None:
    assert read_traits(title="", company=company, location="", description="").name == name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Req ID: RQ223399 and more", {"rq223399"}),
        ("Reference: ITE007746-DAP-1", {"ite007746"}),
        ("Vacaturenummer 70219", {"70219"}),
        ("founded in 1998 with 25000 people", set()),
    ],
)
def test_a_number_is_a_reference_where_the_text_calls_it_one(text: str, found: set[str]) -> None:
    assert read_traits(title="", company="", location="", description=text).references == found


def test_the_headline_of_a_thread_names_employer_role_and_place() -> None:
    read = read_traits(title="Acme | IAM Engineer | Austin, TX | onsite", company="", location="", description="")
    assert (read.name, read.title.words) == ("acme", ("iam", "engineer")) and "austin" in read.places


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("We are looking for you to run the systems of our team", "en"),
        ("Wir suchen eine Person, die mit uns die Systeme betreibt und baut", "de"),
        ("Nous recherchons une personne pour les systèmes et vous aimez votre équipe", "fr"),
        ("Okta SAML SCIM OIDC", ""),
        ("", ""),
    ],
)
def test_the_language_is_told_by_small_words(text: str, code: str) -> None:
    assert language(tuple(split_words(text))) == code
