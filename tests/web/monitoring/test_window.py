"""Times as addresses write them, steps, and variables of queries that cannot be broken out of."""

import re

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_job_scout.web.monitoring.window import MAX_POINTS, Chosen, Window, WindowError, fill_in, read_window

NOW = 1_800_000_007.5


def test_the_last_point_is_the_newest_scrape() -> None:
    window = read_window("now-6h", "now", points=60, now=NOW)
    assert window == Window(1_800_000_000 - 6 * 3600, 1_800_000_000, 600)


def test_moments_are_written_in_milliseconds() -> None:
    window = read_window("1799990000000", "1799993600000", points=240, now=NOW)
    assert (window.end, window.step) == (1_799_993_595, 15)


def test_the_future_ends_now() -> None:
    assert read_window("now-1h", "1900000000000", points=240, now=NOW).end == 1_800_000_000


@pytest.mark.parametrize(
    ("since", "until"),
    [("yesterday", "now"), ("now", "now"), ("now", "now-1h"), ("now-90d", "now"), ("now-1y", "now"), ("-5", "now"),
     ("now-30s", "now"), ("now-1h;drop", "now"), ("", "now"), ("9" * 15, "now"), ("now-99999999w", "now")],
)  # fmt: skip
def test_a_time_that_cannot_be_used_is_refused(since: str, until: str) -> None:
    with pytest.raises(WindowError):
        read_window(since, until, points=240, now=NOW)


@given(seconds=st.integers(60, 31 * 86_400), points=st.integers(40, MAX_POINTS))
def test_no_time_needs_more_points_than_asked_for(seconds: int, points: int) -> None:
    window = read_window(f"now-{seconds}s", "now", points=points, now=NOW)
    assert window.points <= points + 1
    assert (window.end - window.start) % window.step == 0


def test_a_rate_looks_at_four_scrapes_at_least() -> None:
    assert fill_in("rate(x[$__rate_interval])", Window(0, 3600, 15), Chosen()) == "rate(x[60s])"
    assert fill_in("rate(x[$__rate_interval])", Window(0, 36_000, 120), Chosen()) == "rate(x[135s])"


def test_of_long_times_a_rate_is_that_of_the_last_minutes_but_nothing_goes_uncounted() -> None:
    window = Window(0, 1_296_000, 7_200)
    assert fill_in("rate(x[$__rate_interval])", window, Chosen()) == "rate(x[300s])"
    assert fill_in("increase(x[$__rate_interval])", window, Chosen()) == "increase(x[7215s])"


def test_the_whole_time_and_the_step_can_be_asked_for() -> None:
    assert fill_in("x[$__range:${__interval}]", Window(0, 3600, 60), Chosen()) == "x[3600s:60s]"


def test_other_dollars_stay() -> None:
    assert fill_in('x{a=~"b$", c="$d"}', Window(0, 60, 15), Chosen()) == 'x{a=~"b$", c="$d"}'


def test_without_a_choice_all_are_meant() -> None:
    assert fill_in('up{job=~"$job", instance=~"${instance:regex}"}', Window(0, 60, 15), Chosen()) == (
        'up{job=~".+", instance=~".+"}'
    )


@given(
    st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs", "Cc"]), min_size=1), min_size=1)
)
def test_a_choice_selects_just_these_values_whatever_they_hold(values: list[str]) -> None:
    query = fill_in('up{job=~"$job"}', Window(0, 60, 15), Chosen(jobs=tuple(values)))
    parsed = promql_parser.parse(query)
    assert isinstance(parsed, promql_parser.VectorSelector)
    [matcher] = parsed.matchers.matchers
    assert all(re.fullmatch(matcher.value, value) for value in values)
    assert matcher.value.count("|") >= len(values) - 1
