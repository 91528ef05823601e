"""Values of a source become safe to keep, and stay what they were where they were well."""

import html
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_job_scout.sources.text import (
    clean,
    join_places,
    number,
    unescape_markup,
    unix_time,
    utc_time,
    web_url,
)


@given(st.text(st.characters(), max_size=400))
def test_clean_text_is_stripped_unicode_without_controls(text: str) -> None:
    found = clean(text)
    assert found == found.strip() == found.encode().decode()
    assert not [character for character in found if character < " " and character not in "\t\r\n"]


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=400))
def test_clean_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ""),
        ("  IAM \n", "IAM"),
        ("a\x00b\x07c\x7f", "abc"),
        ("line\n\tnext\r\n", "line\n\tnext"),
        ("\ud83d\ude00 pair", "😀 pair"),
        ("lone \ud800", "lone �"),
        ("long " + "x" * 300 + "\x00", "long " + "x" * 300),
    ],
)
def test_text_is_cleaned(text: str | None, expected: str) -> None:
    assert clean(text) == expected


@given(st.text(max_size=200))
def test_one_level_of_escaping_is_undone_exactly(text: str) -> None:
    assert unescape_markup(html.escape(text)) == text


def test_entities_of_the_text_itself_stay() -> None:
    assert unescape_markup("&lt;p&gt;R&amp;amp;D&amp;nbsp;&amp;lt;&lt;/p&gt;") == "<p>R&amp;D&nbsp;&lt;</p>"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://example.com/a?b=c#d",
        " https://example.com/jobs/1 ",
        "https://example.com:8443/ü",
        "HTTPS://example.com?gh_jid=1",
    ],
)
def test_a_web_address_is_kept(url: str) -> None:
    assert web_url(url) == url.strip()


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "example.com/jobs",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "https:///path",
        "https://user@example.com/",
        "https://[broken/jobs",
        "https://example.com/a b",
        "https://example.com/\nx",
        'https://example.com/"onclick=',
        "https://example.com/<script>",
        "https://example.com\\@evil.example/",
        "https://example.com/" + "x" * 2000,
    ],
)
def test_anything_else_is_no_web_address(url: str | None) -> None:
    assert web_url(url) == ""


def test_places_are_distinct_and_in_order() -> None:
    assert join_places(["Berlin ", None, "", "Lisbon", "Berlin"]) == "Berlin; Lisbon"


APRIL = datetime(2026, 4, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-04-01T08:00:00-04:00", "2026-04-01T12:00:00Z", " 2026-04-01T12:00:00.000 "])
def test_iso_times_become_utc(text: str) -> None:
    assert utc_time(text) == APRIL


@pytest.mark.parametrize("value", [None, "", "yesterday", 1775044800, {}, "0001-01-01T00:00:00+14:00", "2026-13-01"])
def test_what_is_no_iso_time_is_none(value: object) -> None:
    assert utc_time(value) is None


@pytest.mark.parametrize("value", [1775044800, 1775044800000, 1775044800.0])
def test_unix_times_are_seconds_or_milliseconds(value: object) -> None:
    assert unix_time(value) == APRIL


@pytest.mark.parametrize("value", [None, "1775044800", True, 1e300, -1e11, float("nan")])
def test_what_is_no_unix_time_is_none(value: object) -> None:
    assert unix_time(value) is None


@pytest.mark.parametrize("value", [None, "5", True, float("inf"), 10**400, []])
def test_what_is_no_finite_number_is_none(value: object) -> None:
    assert number(value) is None


def test_numbers_are_floats() -> None:
    assert number(5) == 5.0
