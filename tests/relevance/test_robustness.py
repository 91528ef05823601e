"""Whatever a board sends: no exception, time linear in the length, no invalid Unicode in the answer."""

import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iam_job_scout.relevance import classify
from iam_job_scout.relevance.jsonl import Row

WORDS = [
    "IAM",
    "Okta",
    "SSO",
    "AD",
    "remote",
    "hybrid",
    "5+ years of experience",
    "$120,000 - $150k",
    "Benefits",
    "\n",
    "<p>",
    ".",
]
ANY_TEXT = st.text(alphabet=st.characters(codec=None), max_size=300)
MIXED = st.lists(st.one_of(st.sampled_from(WORDS), ANY_TEXT), max_size=30).map(" ".join)


@settings(max_examples=200, deadline=None)
@given(title=MIXED, company=ANY_TEXT, location=ANY_TEXT, description=MIXED)
def test_any_text_gets_an_answer_that_can_be_written(title: str, company: str, location: str, description: str) -> None:
    posting = Row(title=title, company=company, location=location, description=description).posting()
    match = classify(posting)
    assert 0 <= match.score == sum(part.points for part in match.evidence) <= 100
    assert msgspec.json.encode(match)


@pytest.mark.parametrize(
    "description",
    [
        "",
        "a" * 1_000_000,
        "IAM " * 250_000,
        "Okta. " * 150_000,
        "remote hybrid on-site days per week " * 30_000,
        "$ " * 400_000,
        "$1,000,000,000" * 70_000,
        "9" * 1_000_000,
        "5 years of experience " * 40_000,
        "Benefits:\n" * 80_000,
        "About us\n" * 100_000,
        "<div " * 200_000,
        "\u202e\u200bOkta" * 100_000,
        "🔐" * 300_000,
        "идентификация " * 60_000,
        "access " * 150_000,
        "Acme is " * 120_000,
        "visa sponsorship not " * 45_000,
        "US citizen must " * 60_000,
        "Top Secret/SCI clearance " * 40_000,
        "job type: contract " * 50_000,
        "as a senior " * 80_000,
        "remote within the " * 55_000,
        "1,000,000 usd " * 70_000,
        "Location: a" * 90_000,
        "<p><b>" * 160_000,
        "&lt;&amp;lt;" * 80_000,
        "\nskills" * 140_000,
        "identity, Okta, " * 60_000,
        "<p> \t\xa0a" * 110_000,
    ],
    ids=lambda text: f"{text[:12]!r}",
)
def test_a_million_characters_take_bounded_time(description: str) -> None:
    started = time.process_time()
    classify(Row(title="Engineer", company="Acme", description=description).posting())
    assert time.process_time() - started < 12


@pytest.mark.parametrize("field", ["title", "company", "location"])
def test_every_other_field_may_be_as_long(field: str) -> None:
    started = time.process_time()
    classify(Row(**{"title": "IAM", field: "Remote (IAM), Okta; " * 50_000}).posting())
    assert time.process_time() - started < 6


def test_ten_times_the_text_takes_about_ten_times_as_long() -> None:
    text = (
        "What you'll do\nRun Okta, SSO and access reviews. We pay $100,000. Work is hybrid, 3 days per week.\n" * 1_000
    )
    one, ten = (
        min(timed(text * factor) for _ in range(2))  # The smaller of two, so that a busy machine does not decide.
        for factor in (1, 10)
    )
    assert ten < 25 * one


def test_ten_megabytes_are_no_problem() -> None:
    posting = Row(title="Engineer", description="What you'll do: run servers and networks, well. " * 210_000).posting()
    assert len(posting.description) > 10_000_000
    assert classify(posting).score == 0


def test_names_beyond_a_million_characters_are_not_read() -> None:
    text = "What you'll do: run servers and networks, well. " * 21_000 + "Okta, IAM and SSO. " * 400_000
    assert len(text) > 8_000_000
    assert timed(text) < 10
    assert classify(Row(title="Engineer", description=text).posting()).score == 0


def timed(description: str) -> float:
    started = time.process_time()
    classify(Row(title="Engineer", description=description).posting())
    return time.process_time() - started


def test_other_scripts_and_look_alikes_are_read_for_the_words_that_are_there() -> None:
    assert classify(Row(title="Инженер IAM", description="Опыт с Okta и SAML").posting()).tier.value == "core"
    assert classify(Row(title="身份管理工程师", description="使用Okta和SailPoint").posting()).score > 0
    assert classify(Row(title="Engineer", description="Оkta in Cyrillic disguise").posting()).score == 0
