"""Texts as the search sees them, and what a job is found by."""

import timeit
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iam_job_scout.jobs.indexing import MAX_WORDS, PARTS, index_values
from iam_job_scout.jobs.words import WantedWords, slug, split_words

_JOB: dict[str, Any] = {
    **{"title": "IAM Engineer", "company": "Wide World, Inc.", "location": "Austin, TX", "tier": "core"},
    **{"mode": "unknown", "seniority": "unknown", "sub": ["IGA"], "skills": ["Okta"], "places": []},
    **{"pay_max": 155_000, "pay_currency": "USD", "clearance": None, "own_product": False},
}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SSO/MFA, single sign-on", ["sso", "mfa", "single", "sign", "on"]),
        ("Straße ÉTUDE", ["strasse", "etude"]),
        ("so\u200bft\u00adhyphen", ["softhyphen"]),
        ("ＦＵＬＬ width ﬁ", ["full", "width", "fi"]),
        ("snake_case C# .NET 2.0", ["snake", "case", "c", "net", "2", "0"]),
        ("\u202eevil\u202c <b>", ["evil", "b"]),
        ("", []),
    ],
)
def test_a_text_is_split_into_plain_words(text: str, words: list[str]) -> None:
    assert split_words(text) == words


def test_a_word_without_end_is_cut() -> None:
    assert [len(word) for word in split_words("x" * 10_000)] == [64]


def test_a_name_as_a_value() -> None:
    assert slug("TS/SCI with polygraph") == "ts-sci-with-polygraph"


def test_a_job_is_found_by_four_lines_of_words() -> None:
    title, company, rest, things = index_values(_JOB, "Azure AD and SCIM").get("search_text", "").split("\n")
    assert (title, company, rest) == ("iam engineer", "wide world inc", "austin tx okta azure ad and scim")
    assert {"name:entra", "name:okta", "name:scim"} <= set(things.split())


def test_a_mark_for_each_value_of_a_filter_and_none_for_what_is_unknown() -> None:
    common, about, places = index_values(_JOB, "")["facets"].split(PARTS)
    assert common.split() == [
        *("tier:core", "clearance:none", "product:other"),
        *("pay:80", "pay:100", "pay:120", "pay:150"),
    ]
    assert about.split() == ["sub:iga", "skill:okta"]
    assert places == ""


def test_an_endless_text_is_indexed_in_part() -> None:
    assert len(index_values(_JOB, "word " * 50_000)["search_text"].split()) < MAX_WORDS + 100


@given(
    text=st.text("abÀKkﬁİ \u0301\u200b-_1ß漢", max_size=60),
    words=st.sets(st.text("abkfi1s漢", min_size=1, max_size=3), max_size=3),
    begun=st.lists(st.text("abkfis", min_size=2, max_size=3), max_size=2),
)
@example(text="x" * 63 + "ab xa", words={"x" * 63 + "a"}, begun=[])
def test_the_first_place_of_wanted_words_is_the_first_of_all(text: str, words: set[str], begun: list[str]) -> None:
    wanted = WantedWords(words, begun)
    assert wanted.first(text) == next(wanted.places(text), None)


@pytest.mark.parametrize("text", ["é" * 30_000, "a" * 30_000, "aé" * 15_000, "ab é " * 6_000])
def test_looking_for_words_takes_time_linear_in_the_text(text: str) -> None:
    wanted = WantedWords(["b", "ac"], ["az"])
    quickest = min(timeit.repeat(lambda: wanted.first(text), number=1, repeat=3))
    # Quadratic takes half a minute.
    assert wanted.first(text) is None
    assert quickest < 1
