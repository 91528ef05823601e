"""Marking evidence in the HTML that is shown."""

from html import escape, unescape

from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from iam_job_scout.relevance import plain_text
from iam_job_scout.web.highlight import Span, highlight
from iam_job_scout.web.sanitise import safe_description


def marked(description: str, *words: str) -> str:
    """The shown HTML of a description with the first occurrence of each word marked."""
    plain = plain_text(description)
    spans = [Span(plain.index(word), plain.index(word) + len(word), f"m{n}", "why") for n, word in enumerate(words)]
    return highlight(safe_description(description), plain, spans)


def marks(html: str) -> list[str]:
    return [mark.text() for mark in LexborHTMLParser(html).css("mark")]


def test_a_word_is_marked_with_its_name_and_reason() -> None:
    assert marked("<p>Runs SailPoint &amp; Okta.</p>", "Okta") == (
        '<p>Runs SailPoint &amp; <mark id="m0" title="why">Okta</mark>.</p>'
    )


def test_a_stretch_over_several_tags_is_marked_in_each_and_named_once() -> None:
    html = marked("<p>access <b>review</b>s of roles</p>", "access reviews")
    assert marks(html) == ["access", "review", "s"]
    assert html.count("id=") == 1


def test_the_occurrence_that_was_meant_is_marked() -> None:
    description = "<p>Okta is a partner.</p><p>You run Okta.</p>"
    plain = plain_text(description)
    html = highlight(
        safe_description(description), plain, [Span(plain.rindex("Okta"), plain.rindex("Okta") + 4, "m", "")]
    )
    assert html.startswith("<p>Okta is a partner.</p>")
    assert marks(html) == ["Okta"]


def test_what_the_sanitiser_takes_out_shifts_nothing_far() -> None:
    html = marked("<style>p {}</style><p>One</p><script>Okta()</script><p>Two Okta</p>", "Okta")
    assert html.endswith('<p>Two <mark id="m0" title="why">Okta</mark></p>')


def test_plain_text_is_marked_too() -> None:
    assert marks(marked("Line one\nwith SCIM\n\nNext", "SCIM", "Next")) == ["SCIM", "Next"]


def test_hidden_characters_within_a_word_do_not_matter() -> None:
    description = "<p>Sail\u200bPo\u00adint and \u202eOkta</p>"
    assert len(marks(marked(description, "SailPoint"))) == 1


def test_overlapping_stretches_are_marked_once() -> None:
    html = highlight("<p>abcdef</p>", "abcdef", [Span(0, 4, "a", ""), Span(2, 6, "b", ""), Span(4, 6, "c", "")])
    assert marks(html) == ["abcd", "ef"]


def test_a_reason_cannot_break_out_of_its_attribute() -> None:
    html = highlight("<p>a</p>", "a", [Span(0, 1, '"><script>', '" onmouseover="x')])
    tree = LexborHTMLParser(html)
    assert tree.css_first("script") is None
    assert set(tree.css_first("mark").attributes) == {"id", "title"}


def test_stretches_beyond_the_text_are_left_out() -> None:
    assert highlight("<p>abc</p>", "abc", [Span(5, 9, "a", ""), Span(3, 3, "b", "")]) == "<p>abc</p>"


TEXTS = st.text(st.sampled_from("ab <>&\"'é\u200b\n😀"), max_size=60)


@given(TEXTS, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6))
def test_marking_changes_no_character_and_keeps_the_html_safe(text: str, places: list[tuple[int, int]]) -> None:
    shown = f"<p>{escape(text, quote=False)}</p>"
    spans = [Span(start, end, f"m{n}", "<x>") for n, (start, end) in enumerate(places) if start < end]
    html = highlight(shown, text, spans)
    without = html.replace("</mark>", "")
    while "<mark" in without:
        at = without.index("<mark")
        without = without[:at] + without[without.index(">", without.index("title=", at)) + 1 :]
    assert unescape(without) == unescape(shown)


def test_a_long_posting_is_marked_quickly() -> None:
    text = "identity " * 22_000
    spans = [Span(n * 900, n * 900 + 8, f"m{n}", "") for n in range(200)]
    assert len(marks(highlight(f"<p>{text}</p>", text, spans))) == 200
