"""Who may have the job: sentences as postings write them, and the traps beside them. Unknown never becomes no."""

import pytest

from iam_job_scout.relevance import Match, classify
from iam_job_scout.relevance.jsonl import Row
from iam_job_scout.relevance.match import Sponsorship


def read(text: str) -> Match:
    return classify(Row(title="IAM Engineer", description=text).posting())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Active TS/SCI clearance with polygraph required.", "TS/SCI with polygraph"),
        ("Candidates hold a current TS/SCI.", "TS/SCI"),
        ("You have a Top Secret security clearance.", "top secret"),
        ("Must be able to obtain a Secret clearance.", "secret"),
        ("DoD Secret clearance, active", "secret"),
        ("An active Secret clearance; ability to obtain a Top Secret clearance.", "top secret"),
        ("Ability to pass a Public Trust investigation", "public trust"),
        ("DOE Q clearance is a must", "DOE Q"),
        ("SC cleared or eligible to become so", "SC"),
        ("DV cleared engineers for a government site", "DV"),
        ("A government security clearance is needed.", "unspecified level"),
        ("No security clearance is required.", None),
        ("A clearance is not required for this role.", None),
        ("An active Secret clearance is preferred.", None),
        ("Experience with RACF, ACF2 and Top Secret on z/OS.", None),
        ("Handles customs clearance for imports.", None),
        ("Visit our clearance sale.", None),
        ("Keeps a secret well.", None),
        ("", None),
    ],
)
def test_the_clearance_asked_for_is_read(text: str, expected: str | None) -> None:
    assert read(text).clearance == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Must be a U.S. citizen.", "US citizen"),
        ("US citizenship required", "US citizen"),
        ("Applicants must be citizens of the United States.", "US citizen"),
        ("U.S. Citizenship", "US citizen"),
        ("Only US citizens or green card holders may apply.", "US person"),
        ("You must be a US person under ITAR.", "US person"),
        ("ITAR: must be a U.S. person to access technical data.", "US person"),
        ("You must be a British citizen.", "UK citizen"),
        ("Australian citizenship is required.", "Australian citizen"),
        ("Must be a Canadian citizen.", "Canadian citizen"),
        ("Open to EU citizens only.", "EU citizen"),
        ("We do not discriminate on the basis of race, religion or citizenship status.", None),
        ("US citizenship is not required.", None),
        ("We are a good corporate citizen.", None),
        ("Digital services to citizens of the county.", None),
        ("", None),
    ],
)
def test_the_citizenship_asked_for_is_read(text: str, expected: str | None) -> None:
    assert read(text).citizenship == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We are unable to sponsor visas at this time.", "refused"),
        ("This position is not eligible for visa sponsorship.", "refused"),
        ("No sponsorship available.", "refused"),
        ("Visa sponsorship is not available for this role.", "refused"),
        ("You must be authorized to work in the US without sponsorship.", "refused"),
        ("We cannot sponsor H-1B candidates.", "refused"),
        ("Applicants who do not require sponsorship only.", "refused"),
        ("Acme will not sponsor employment visas.", "refused"),
        ("Visa sponsorship available.", "offered"),
        ("We offer visa sponsorship and relocation.", "offered"),
        ("We will sponsor your work permit.", "offered"),
        ("H-1B transfers welcome", "offered"),
        ("Visa sponsorship: yes", "offered"),
        ("Will you now or in the future require visa sponsorship?", "unknown"),
        ("Sponsorship is considered case by case for visas.", "unknown"),
        ("Work with executive sponsors of the programme.", "unknown"),
        ("We process Visa and Mastercard payments.", "unknown"),
        ("", "unknown"),
    ],
)
def test_the_word_on_sponsorship_is_read(text: str, expected: str) -> None:
    assert read(text).sponsorship is Sponsorship(expected)


def test_a_full_stop_in_the_name_of_a_country_ends_no_sentence() -> None:
    assert read("Applicants for the U.S. Army site must be U.S. citizens.").citizenship == "US citizen"
