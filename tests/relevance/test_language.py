"""The language of a posting, by its little words or its script."""

import pytest

from iam_job_scout.relevance import classify
from iam_job_scout.relevance.jsonl import Row


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("You run the identity platform and answer to the head of security.", "en"),
        ("Sie betreuen die Identitäten und arbeiten mit der IT im Team.", "de"),
        ("Vous gérez les accès pour la banque et travaillez avec une équipe.", "fr"),
        ("Administrar los accesos y las identidades para el banco con Okta.", "es"),
        ("Administrar os acessos e as identidades para uma empresa em São Paulo.", "pt"),
        ("Gestire gli accessi per il cliente e collaborare con il team della banca.", "it"),
        ("Je werkt aan het platform van een bank en je zorgt voor de toegang.", "nl"),
        ("Praca w zespole IAM, dbanie o dostęp do systemów oraz rozwój platformy i procesów.", "pl"),
        ("Опыт работы с Okta и SAML, знание английского языка", "ru"),
        ("Досвід роботи з Okta, знання англійської мови", "uk"),
        ("使用Okta和SailPoint管理身份", "zh"),
        ("Oktaを使ったID管理の経験", "ja"),
        ("IAM Okta SAML", ""),
        ("", ""),
    ],
)
def test_the_language_is_told(text: str, expected: str) -> None:
    assert classify(Row(title="IAM", description=text).posting()).language == expected


def test_other_languages_are_judged_by_the_words_that_are_there() -> None:
    match = classify(Row(title="Responsable IAM", description="Vous gérez les accès avec SailPoint et Okta.").posting())
    assert (match.tier.value, match.language, match.skills[1:]) == ("core", "fr", ("SailPoint", "Okta"))
