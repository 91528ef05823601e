"""The level, from the title first and from the years asked for where the title is silent."""

import pytest

from iam_job_scout.relevance import classify
from iam_job_scout.relevance.jsonl import Row


def level(title: str, description: str = "") -> str:
    return classify(Row(title=title, description=description).posting()).seniority


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("IAM Intern", "intern"),
        ("Working Student Identity", "intern"),
        ("Junior IAM Analyst", "entry"),
        ("IAM Analyst I", "entry"),
        ("Associate IAM Engineer", "entry"),
        ("IAM Analyst II", "mid"),
        ("Senior IAM Engineer", "senior"),
        ("Sr. Okta Administrator", "senior"),
        ("IAM Engineer III", "senior"),
        ("Lead IAM Engineer", "lead"),
        ("Staff Software Engineer, Identity", "lead"),
        ("IAM Architect", "lead"),
        ("Principal Engineer - PAM", "lead"),
        ("IAM Manager", "manager"),
        ("Senior Manager, Identity", "manager"),
        ("Director, Identity", "director_plus"),
        ("Head of IAM", "director_plus"),
        ("Vice President, Identity", "director_plus"),
        ("Chief Information Security Officer", "director_plus"),
        ("IAM Product Manager", "unknown"),
        ("IAM Project Manager", "unknown"),
        ("One Identity Manager Developer", "unknown"),
        ("IAM Engineer (Leadership Development Program)", "unknown"),
        ("IAM Analyst - Headquarters", "unknown"),
        ("Staffing IAM Engineer", "unknown"),
        ("IAM Engineer", "unknown"),
    ],
)
def test_titles_tell_the_level(title: str, expected: str) -> None:
    assert level(title) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Requires 1 year of experience.", "entry"),
        ("2+ years of experience in IAM", "mid"),
        ("3-5 years of experience", "mid"),
        ("5+ years of experience with Okta", "senior"),
        ("At least seven years of relevant experience", "senior"),
        ("Eight (8) years experience", "senior"),
        ("Experience required: 7–8 years", "senior"),
        ("Over 10 years of expertise", "senior"),
        ("Founded 20 years ago, we have experience.", "unknown"),
        ("For over 50 years our company has gained experience.", "unknown"),
        ("You must be 18 years of age with experience.", "unknown"),
        ("A 2 year contract", "unknown"),
        ("What you bring:\nSix years in IAM", "senior"),
        ("Runs the directory. 4+ years.", "mid"),
        ("Python (5+ years)", "senior"),
        ("Berufserfahrung von 5 Jahren", "senior"),
        ("Une expérience de 3 ans", "mid"),
        ("Term: 2 years.", "unknown"),
    ],
)
def test_years_of_experience_tell_it_where_the_title_does_not(text: str, expected: str) -> None:
    assert level("IAM Engineer", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We are seeking a Senior Active Directory Administrator to own our forest.", "senior"),
        ("As a senior directory engineer you will run it.", "senior"),
        ("Looking for a junior analyst.", "entry"),
        ("You work with senior leadership as a team.", "unknown"),
        ("A degree and at least five years of experience", "senior"),
    ],
)
def test_the_role_that_the_text_offers_tells_it_too(text: str, expected: str) -> None:
    assert level("IAM Engineer", text) == expected


def test_the_smallest_number_of_years_asked_for_is_kept() -> None:
    text = "5+ years of experience in security.\nAt least 2 years of experience with Okta."
    assert classify(Row(title="IAM Engineer", description=text).posting()).years == 2


def test_the_title_outweighs_the_years() -> None:
    assert level("Junior IAM Engineer", "10 years of experience") == "entry"


def test_an_associate_with_years_is_what_the_years_say() -> None:
    assert level("Associate Program Manager", "4 years of experience") == "mid"
