"""Certificates asked for are facts, whether or not they are signs of IAM work."""

import pytest

from iam_job_scout.relevance import classify
from iam_job_scout.relevance.jsonl import Row


def certificates(text: str) -> tuple[str, ...]:
    return classify(Row(title="Security Engineer", description=text).posting()).certifications


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CISSP or CISM preferred", ("CISSP", "CISM")),
        ("CISSP, CISA or CRISC", ("CISSP", "CISA", "CRISC")),
        ("SC-300 is a plus", ("SC-300",)),
        ("CompTIA Security+ required", ("Security+",)),
        ("Okta Certified Administrator", ("Okta Certified Administrator",)),
        ("CyberArk Defender or Sentry certification", ("CyberArk Defender",)),
        ("Work with CISA, the agency.", ()),
        ("CISA certification", ("CISA",)),
        ("CISSP. Yes, CISSP.", ("CISSP",)),
        ("", ()),
    ],
)
def test_certificates_are_named_once_in_order(text: str, expected: tuple[str, ...]) -> None:
    assert certificates(text) == expected


def test_a_certificate_among_the_benefits_is_not_asked_for() -> None:
    text = "What you'll do\nRun Okta.\nBenefits\nWe pay for your CISSP.\n"
    assert certificates(text) == ()
