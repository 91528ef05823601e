"""Making values of a source safe to keep: valid Unicode, real URLs, UTC times, finite numbers."""

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import escape, unescape
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

T = TypeVar("T")

MAX_URL = 2000

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_WEB_URL = re.compile(r"https?://[^\s/?#@<>\"'`\\\x00-\x20\x7f]+(?:[/?#][^\s<>\"`\\\x00-\x20\x7f]*)?", re.IGNORECASE)
#: All of C0 and DEL but tab, line feed and carriage return; in UTF-8 these bytes stand for nothing else.
_CONTROLS = bytes({*range(32), 127} - {9, 10, 13})


def clean(text: str | None) -> str:
    """Strips blanks, drops control characters, and replaces what cannot be encoded (lone surrogates)."""
    if not text:
        return ""
    if len(text) < 200 and text.isprintable():
        return text.strip()
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        raw = text.encode()
    kept = raw.translate(None, _CONTROLS)
    return text.strip() if len(kept) == len(raw) else kept.decode().strip()


def unescape_markup(text: str) -> str:
    """Undoes exactly one level of HTML escaping; entities of the text itself stay (`&amp;nbsp;` to `&nbsp;`).

    The ampersand goes last: that is what makes the replacements equal to one pass. Many times faster than
    html.unescape on whole descriptions.
    """
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&#x27;", "'")):
        text = text.replace(entity, character)
    return text.replace("&amp;", "&")


def web_url(text: str | None) -> str:
    """The text when it is an http or https URL with a host and without a user name, else an empty string."""
    url = (text or "").strip()
    if len(url) > MAX_URL or not _WEB_URL.fullmatch(url):
        return ""
    if url.isascii() and "[" not in url and "]" not in url:
        return url
    try:
        urlsplit(url)
    except ValueError:
        # Brackets that hold no address, or letters that stand for others in the host: all that it refuses.
        return ""
    return url


def join_places(places: Iterable[str | None]) -> str:
    """The distinct places, in order, joined as Posting.location wants them."""
    return "; ".join(dict.fromkeys(place for place in map(clean, places) if place))


def utc_time(value: object) -> datetime | None:
    """An ISO 8601 text (also `2026-04-01 12:00:00 UTC`), in UTC; without an offset it is taken for UTC.

    None for anything else.
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip().removesuffix(" UTC"))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def unix_time(value: object) -> datetime | None:
    """A Unix time in UTC; 1e11 and more are milliseconds (as seconds, the year 5138). None for anything else."""
    seconds = number(value)
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds / 1000 if seconds >= 1e11 else seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def mail_time(value: str) -> datetime | None:
    """A date as RSS writes it (RFC 822), in UTC. None for anything else."""
    try:
        moment = parsedate_to_datetime(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def word(value: object) -> str:
    """A text or a number as text; an empty string for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def words(value: object) -> list[str]:
    """The texts of a list, or of one text; empty for anything else."""
    return [text for text in map(word, value if isinstance(value, list) else [value]) if text]


def count(value: object) -> int | None:
    """A whole number from 0 on, also as text; None for anything else."""
    text = word(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def as_html(text: str) -> str:
    """Plain text as a paragraph of HTML; text that holds markup already stays as it is, blanks become nothing."""
    text = text.strip()
    return text if not text or _TAG.search(text) else f"<p>{escape(text).replace(chr(10), '<br>')}</p>"


def without_tags(markup: str) -> str:
    """The text of a short piece of HTML, such as a title or a headline, on one line."""
    return " ".join(unescape(_TAG.sub(" ", markup)).split())


def plain(text: str | None) -> str:
    """A short text with its HTML entities undone: sources escape titles and names that were never markup."""
    return unescape(text) if text and "&" in text else text or ""


def joined_html(parts: Iterable[str]) -> str:
    """The parts of a description that are not empty, one after the other."""
    return "\n".join(part for part in parts if part)


def loose(value: object, kind: type[T]) -> T:
    """A part of an item that may be missing or malformed: as `kind`, or as an empty one where it does not fit."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return kind()


def number(value: object) -> float | None:
    """A finite number, or None for anything else (also for true and false)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None
