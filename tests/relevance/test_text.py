"""Plain text and its folded form: what a reader sees, safe, in linear time, position for position."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_job_scout.relevance.text import fold, plain_text


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("<p>Run <b>Okta</b></p><p>and more</p>", "Run Okta\nand more"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("a&nbsp;&amp;&nbsp;b", "a\xa0&\xa0b"),
        ("&lt;p&gt;escaped&lt;/p&gt;", "escaped"),
        ("<script>alert('IAM')</script>Text", "Text"),
        ("<style>p{}</style>Text", "Text"),
        ("<!-- Okta -->Text", "Text"),
        ("Text <!-- never closed Okta", "Text"),
        ("line<br/>break", "line\nbreak"),
        ("<p>cut <a href='https://x", "cut"),
        ("O\u200bkta \u202eabc\u202c", "Okta abc"),
        ("bell\x07 \x00null", "bell null"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("\ud800lone\udfff", "lone"),
        ("<p>one \t two</p>\n \n<p> three</p>", "one two\nthree"),
        ("<P>one\xa0 two</P><Strong>three</sTrong>", "one two\nthree"),
        ("<section>one</section><span>two</span>", "one\ntwo"),
        ("A keyboard ⌨\ufe0f, a family 👩\u200d👧", "A keyboard ⌨, a family 👩👧"),
    ],
)
def test_markup_and_what_nobody_sees_is_gone(html: str, plain: str) -> None:
    assert plain_text(html) == plain


@pytest.mark.parametrize(
    "text", ["", "a < b and c > d", "  spaced  out  ", "R&D at 5 <6", "Zażółć 🚀 ünïcode", "x\n\ny"]
)
def test_plain_text_comes_back_unchanged(text: str) -> None:
    assert plain_text(text) == text


@given(st.text())
def test_any_text_becomes_valid_unicode(text: str) -> None:
    assert plain_text(text).encode("utf-8") is not None


@given(st.text(alphabet=st.characters(codec=None)))
def test_folding_keeps_every_position(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_folding_sees_through_disguise() -> None:
    assert fold("ＯＫＴＡ 𝗜𝗔𝗠 what you’ll – İ") == "okta iam what you'll - İ"


@pytest.mark.parametrize(
    "hostile", ["<" * 200_000, "<p" * 100_000, "&lt;" * 100_000, "<!--" * 50_000, "<script>" * 50_000, "&#" * 100_000]
)
def test_hostile_markup_takes_bounded_time(hostile: str) -> None:
    started = time.perf_counter()
    plain_text(hostile)
    assert time.perf_counter() - started < 5
