"""Making values of a source safe to keep: valid Unicode, real URLs, UTC times, finite numbers."""

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime

MAX_URL = 2000

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
    return url if len(url) <= MAX_URL and _WEB_URL.fullmatch(url) else ""


def join_places(places: Iterable[str | None]) -> str:
    """The distinct places, in order, joined as Posting.location wants them."""
    return "; ".join(dict.fromkeys(place for place in map(clean, places) if place))


def utc_time(value: object) -> datetime | None:
    """An ISO 8601 text, in UTC; without an offset it is taken for UTC. None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
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


def number(value: object) -> float | None:
    """A finite number, or None for anything else (also for true and false)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None
