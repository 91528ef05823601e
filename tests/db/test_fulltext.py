"""Tokens of the index."""

from hypothesis import given
from hypothesis import strategies as st

from iam_job_scout.db.fulltext import day_tokens


@given(first=st.integers(-20_000, 40_000), count=st.integers(1, 400))
def test_tokens_of_days_are_those_of_jobs_of_these_days_and_of_no_others(first: int, count: int) -> None:
    last = first + count - 1
    tokens = set(day_tokens(first, last))
    found = {day for day in range(first - 20, last + 21) if tokens & tokens_of_a_job_of(day)}
    assert found == set(range(first, last + 1))
    assert len(tokens) <= max(7, count // 8 + 1)


def tokens_of_a_job_of(day: int) -> set[str]:
    """As the triggers of migration 0011 make them."""
    return {f"day:{day}", *(f"span:{day - before}" for before in range(8))}
