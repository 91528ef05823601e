"""Remote, hybrid, on site: stated or unknown, never guessed."""

import pytest

from iam_job_scout.posting import Mode
from iam_job_scout.relevance import classify
from iam_job_scout.relevance.jsonl import Row


def mode(description: str = "", *, title: str = "IAM Engineer", location: str = "") -> Mode:
    return classify(Row(title=title, location=location, description=description).posting()).mode


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("Remote - US", Mode.REMOTE),
        ("United States (Remote)", Mode.REMOTE),
        ("Austin, TX (Hybrid)", Mode.HYBRID),
        ("New York, NY (on-site)", Mode.ONSITE),
        ("Not remote; Denver, CO", Mode.ONSITE),
        ("Chicago, IL", Mode.UNKNOWN),
        ("", Mode.UNKNOWN),
    ],
)
def test_the_location_tells_the_mode(location: str, expected: Mode) -> None:
    assert mode(location=location) is expected


def test_the_title_tells_the_mode() -> None:
    assert mode(title="IAM Engineer - Remote") is Mode.REMOTE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("This is a fully remote position.", Mode.REMOTE),
        ("Location: Remote", Mode.REMOTE),
        ("100% remote work", Mode.REMOTE),
        ("You may work from home.", Mode.REMOTE),
        ("This is a hybrid role.", Mode.HYBRID),
        ("We meet in the office 3 days per week.", Mode.HYBRID),
        ("Work from our offices on Mondays and Thursdays, in the office together on Tuesday.", Mode.HYBRID),
        ("This role is on-site in Boston.", Mode.ONSITE),
        ("Work model: 100% on-site, Monday to Friday", Mode.ONSITE),
        ("We are an in-office company.", Mode.ONSITE),
        ("This is not a remote position.", Mode.ONSITE),
        ("Secure remote access for remote users and remote sites.", Mode.UNKNOWN),
        ("Experience with BeyondTrust Privileged Remote Access", Mode.UNKNOWN),
        ("A remote-first company with a home office stipend.", Mode.UNKNOWN),
        ("Hybrid identity and hybrid cloud experience", Mode.UNKNOWN),
        ("Remote desktop support", Mode.UNKNOWN),
        ("Free snacks in the office", Mode.UNKNOWN),
        ("Lunch in the office 5 days a week, catered dinner 3 days a week in office", Mode.UNKNOWN),
        ("This role is in our Berlin office, five days a week in the office.", Mode.ONSITE),
        ("Run the domain controllers. On-site.", Mode.ONSITE),
        ("You may work from home 2 days a week.", Mode.HYBRID),
        ("2 days home office", Mode.HYBRID),
        ("Home office, 13 days", Mode.REMOTE),
        ("Télétravail 2 jours par semaine", Mode.HYBRID),
        ("Drei Tage Homeoffice", Mode.HYBRID),
        ("Modelo híbrido, São Paulo", Mode.HYBRID),
        ("Tryb pracy: hybrydowy", Mode.HYBRID),
        ("Infraestrutura em nuvem híbrida", Mode.UNKNOWN),
    ],
)
def test_the_text_tells_the_mode(text: str, expected: Mode) -> None:
    assert mode(text) is expected


def test_what_is_said_of_this_role_outweighs_a_remote_location() -> None:
    assert mode("This is a hybrid role, three days at our office.", location="Boston (Remote)") is Mode.HYBRID
