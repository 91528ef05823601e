"""One thing, many names: renamed products, old names and short ones."""

import pytest

from iam_job_scout.relevance import classify
from iam_job_scout.relevance.jsonl import Row
from iam_job_scout.relevance.names import skill, skills, synonyms


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Azure AD", "Microsoft Entra ID"),
        ("entra id", "Microsoft Entra ID"),
        ("Thycotic", "Delinea"),
        ("IdentityNow", "SailPoint"),
        ("IIQ", "SailPoint"),
        ("PingFederate", "Ping Identity"),
        ("OpenAM", "ForgeRock"),
        ("Bomgar", "BeyondTrust"),
        ("Single Sign-On", "SSO"),
        ("OAuth 2.0", "OAuth"),
    ],
)
def test_a_name_means_its_product(name: str, meant: str) -> None:
    found = skill(name)
    assert found is not None
    assert found.name == meant


def test_an_unknown_name_means_nothing_and_is_its_own_synonym() -> None:
    assert skill("Basket weaving") is None
    assert synonyms("Basket  Weaving") == ("basket weaving",)


def test_synonyms_hold_old_and_new_names_and_none_that_only_adds_a_word() -> None:
    names = synonyms("azure ad")
    assert {"entra", "azure ad", "aad"} <= set(names)
    assert "azure ad connect" not in names


def test_every_skill_of_a_posting_can_be_picked_for_a_profile() -> None:
    match = classify(Row(title="IAM Engineer", description="Okta, CyberArk, SAML and access reviews.").posting())
    known = {one.name for one in skills()}
    assert set(match.skills) <= known


def test_ids_and_display_names_are_unique() -> None:
    assert len({one.id for one in skills()}) == len({one.name for one in skills()}) == len(skills())
