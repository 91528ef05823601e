"""How values are written for people."""

from datetime import UTC, datetime, timedelta

import pytest

from iam_job_scout.web import formats

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(seconds=-50), "now"),
        (timedelta(days=-400), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=23), "23 h"),
        (timedelta(days=13), "13 d"),
        (timedelta(days=14), "2 wk"),
        (timedelta(days=75), "2 mo"),
        (timedelta(days=800), "2 y"),
    ],
)
def test_an_age_is_in_its_largest_unit(passed: timedelta, text: str) -> None:
    assert formats.age(NOW - passed, NOW) == text


def test_an_age_in_a_sentence_reads_well() -> None:
    assert formats.ago(NOW, NOW) == "just now"
    assert formats.ago(NOW - timedelta(hours=3), NOW) == "3 h ago"
    assert formats.span(NOW, NOW) == "< 1 min"


def test_a_moment_in_full_names_its_zone() -> None:
    assert formats.exact(NOW) == "01 Nov 2026, 12:00 UTC"


@pytest.mark.parametrize(
    ("low", "high", "currency", "text"),
    [
        (150_000, 180_000, "USD", "$150–180k"),
        (98_500, 120_000, "USD", "$98.5–120k"),
        (150_000, 150_000, "EUR", "€150k"),
        (150_000, None, "GBP", "from £150k"),
        (None, 90_000, "USD", "up to $90k"),
        (95_000, 120_000, "CHF", "CHF 95–120k"),
        (95_000, 120_000, None, "95–120k"),
        (900, 1_200, "USD", "$900–1.2k"),
        (180_000, 150_000, "USD", "$150–180k"),
        (None, None, "USD", ""),
        (0, 0, "USD", ""),
    ],
)
def test_pay_is_short_and_says_what_is_missing(
    low: int | None, high: int | None, currency: str | None, text: str
) -> None:
    assert formats.pay(low, high, currency) == text


def test_pay_in_full_has_grouped_digits_and_units() -> None:
    assert formats.pay_in_full(150_000, 180_000, "USD") == "150,000 to 180,000 USD a year"
    assert formats.pay_in_full(None, None, None) == ""


@pytest.mark.parametrize(
    ("location", "first"),
    [("Austin, TX; Boston, MA", ("Austin, TX", 1)), ("Remote", ("Remote", 0)), ("", ("", 0)), (" ; ;x", ("x", 0))],
)
def test_the_first_place_stands_for_all(location: str, first: tuple[str, int]) -> None:
    assert formats.places(location) == first


def test_counts_agree_with_their_nouns() -> None:
    assert [formats.plural(count, "job") for count in (0, 1, 12_000)] == ["0 jobs", "1 job", "12,000 jobs"]
