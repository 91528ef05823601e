"""Places out of location fields, with the traps that codes and city names set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_job_scout.relevance import classify
from iam_job_scout.relevance.jsonl import Row
from iam_job_scout.relevance.location import Place, read_places


@pytest.mark.parametrize(
    ("location", "places"),
    [
        ("Austin, TX", [Place("Austin", "TX", "US")]),
        ("Austin, Texas, United States", [Place("Austin", "TX", "US")]),
        ("Boise, ID 83702", [Place("Boise", "ID", "US")]),
        ("Paris, TX", [Place("Paris", "TX", "US")]),
        ("Berlin, DE", [Place("Berlin", "", "DE")]),
        ("Remote in the US", [Place(country="US", remote=True)]),
        ("US-Remote", [Place(country="US", remote=True)]),
        ("Remote-Friendly, United States", [Place(country="US", remote=True)]),
        ("Remote (US or Canada)", [Place(country="US", remote=True), Place(country="CA", remote=True)]),
        ("New York, NY", [Place("New York", "NY", "US")]),
        ("New York", [Place("New York", "NY", "US")]),
        ("NYC", [Place("New York", "NY", "US")]),
        ("San Francisco Bay Area", [Place("San Francisco", "CA", "US")]),
        ("Atlanta", [Place("Atlanta", "GA", "US")]),
        ("Chicago", [Place("Chicago", "IL", "US")]),
        ("Germany", [Place(country="DE")]),
        ("Berlin, DE", [Place("Berlin", "", "DE")]),
        ("Wilmington, DE", [Place("Wilmington", "DE", "US")]),
        ("Toronto, ON, Canada", [Place("Toronto", "", "CA")]),
        ("San Diego, CA", [Place("San Diego", "CA", "US")]),
        ("Bengaluru, IN", [Place("Bengaluru", "", "IN")]),
        ("Gary, IN", [Place("Gary", "IN", "US")]),
        ("Portland, OR; Portland, ME", [Place("Portland", "OR", "US"), Place("Portland", "ME", "US")]),
        ("Remote - US", [Place(country="US", remote=True)]),
        ("United States (Remote)", [Place(country="US", remote=True)]),
        ("Remote", [Place(remote=True)]),
        ("Remote, worldwide", [Place(remote=True, anywhere=True)]),
        ("Anywhere in the World", [Place(remote=True, anywhere=True)]),
        ("Anywhere in the US", [Place(country="US", remote=True)]),
        ("Remote - Tennessee", [Place("", "TN", "US", remote=True)]),
        ("Warszawa, mazowieckie, Poland", [Place("Warszawa", "", "PL")]),
        ("Denver, CO (Hybrid)", [Place("Denver", "CO", "US")]),
        ("Austin, TX; Austin, TX", [Place("Austin", "TX", "US")]),
        ("", []),
        (" ; | ", []),
    ],
)
def test_a_location_field_is_read(location: str, places: list[Place]) -> None:
    assert list(read_places(location)) == places


@pytest.mark.parametrize(
    ("title", "location", "text", "places"),
    [
        ("IAM Engineer (Remote - US)", "", "", [Place(country="US", remote=True)]),
        ("IAM Engineer", "", "Location: Austin, TX\nRun Okta.", [Place("Austin", "TX", "US")]),
        (
            "IAM Engineer",
            "Remote",
            "Work remotely from anywhere in the United States.",
            [Place(country="US", remote=True)],
        ),
        ("IAM Engineer", "Remote", "This role is remote within Canada.", [Place(country="CA", remote=True)]),
        ("IAM Engineer", "Remote", "Remote, worldwide.", [Place(remote=True, anywhere=True)]),
        ("IAM Engineer", "Remote", "Work with remote teams, they tell us.", [Place(remote=True)]),
        ("IAM Engineer", "Berlin", "Location: Austin, TX", [Place("Berlin", "", "DE")]),
        ("IAM Engineer (Contract)", "", "Join us IN a growing team.", []),
    ],
)
def test_title_and_text_tell_what_the_field_leaves_out(
    title: str, location: str, text: str, places: list[Place]
) -> None:
    match = classify(Row(title=title, location=location, description=text).posting())
    assert list(match.places) == places


@given(st.text(alphabet=st.characters(codec=None), max_size=200))
def test_any_text_is_read_without_harm(location: str) -> None:
    assert isinstance(read_places(location), tuple)
