"""Descriptions made safe to show: a source's HTML reduced to text markup, plain text to paragraphs."""

import re
from html import escape

import nh3

#: Characters of a description that are shown; the longest real ones are about 40,000.
MAX_SHOWN = 200_000

_TAGS = {
    *("p", "br", "hr", "div", "span", "blockquote", "pre", "code"),
    *("ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "strong", "b", "em", "i", "u", "a"),
}
_MARKUP = re.compile(r"<(?:p|br|div|ul|ol|li|h[1-6]|strong|b|em|i|span|a|table|section)\b[^<>]{0,2000}>", re.IGNORECASE)
_EMPTY = re.compile(r"<(p|div|span|strong|b|li|h[1-6])>(?:\s|&nbsp;|\xa0|<br>)*</\1>")
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def safe_description(description: str) -> str:
    """Returns HTML without scripts, styles, images, forms or attributes; links open safely and are not followed."""
    text = _UNSHOWABLE.sub("", description[:MAX_SHOWN])
    return _clean(text) if _MARKUP.search(text) else _paragraphs(text)


def web_address(url: str) -> str:
    """Returns the address where it is an http(s) one that a link may carry, else an empty text."""
    url = url.strip()
    return url if re.match(r"https?://[^\s/?#\\]", url, re.IGNORECASE) and not re.search(r"[\x00-\x20]", url) else ""


def clean_text(text: str) -> str:
    """Returns what a person typed without characters that no database or page can hold; line ends are \\n."""
    return _UNSHOWABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _clean(html: str) -> str:
    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return _EMPTY.sub("", cleaned)


def _paragraphs(text: str) -> str:
    blocks = [block.strip() for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n"))]
    return "".join(f'<p dir="auto">{escape(block).replace(chr(10), "<br>")}</p>' for block in blocks if block)
