"""How values are written for people: ages, pay, places, counts. Pure functions; times are UTC."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

#: Currencies that readers know by their sign; any other is written as its ISO code.
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "CAD": "CA$", "AUD": "A$"}
_MODES = {"remote": "Remote", "hybrid": "Hybrid", "onsite": "On-site"}
_TIERS = {"core": "Core IAM", "adjacent": "Adjacent"}
_FIELDS = {
    "CIAM": "Customer identity",
    "DIRECTORY": "Directory",
    "CLOUD_IAM": "Cloud IAM",
    "MACHINE_IDENTITY": "Machine identity",
    "AUTHZ": "Authorization",
    "GENERAL": "IAM in general",
}
#: Values whose text is kept: a list shows the same jobs again and again.
_SEEN_AGAIN = 4_000
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400

#: (age below which it applies, seconds of the unit, the unit)
_UNITS = (
    (_HOUR, _MINUTE, "min"),
    (_DAY, _HOUR, "h"),
    (14 * _DAY, _DAY, "d"),
    (70 * _DAY, 7 * _DAY, "wk"),
    (730 * _DAY, 30 * _DAY, "mo"),
)


def age(moment: datetime, now: datetime) -> str:
    """Returns the time since `moment` in its largest unit, such as "3 h"; "now" below a minute and in the future."""
    seconds = (now - moment).total_seconds()
    if seconds < _MINUTE:
        return "now"
    for limit, unit, name in _UNITS:
        if seconds < limit:
            return f"{int(seconds // unit)} {name}"
    return f"{int(seconds // (365 * _DAY))} y"


def ago(moment: datetime, now: datetime) -> str:
    """Returns the age as part of a sentence: "3 h ago", "just now"."""
    return since(age(moment, now))


def since(age: str) -> str:
    """Returns an age as part of a sentence."""
    return "just now" if age == "now" else f"{age} ago"


def span(moment: datetime, now: datetime) -> str:
    """Returns how long something has lasted: "3 h", "< 1 min"."""
    text = age(moment, now)
    return "< 1 min" if text == "now" else text


def duration(length: timedelta) -> str:
    """Returns a length of time in its largest unit: "45 min", "6 h", "2 d"."""
    moment = datetime(2000, 1, 1, tzinfo=UTC)
    return age(moment, moment + length)


@lru_cache(maxsize=_SEEN_AGAIN)
def exact(moment: datetime) -> str:
    """Returns a moment in full, for a title."""
    return f"{moment:%d %b %Y, %H:%M} UTC"


def day(moment: datetime) -> str:
    """Returns the date of a moment."""
    return f"{moment.day} {moment:%b %Y}"


def number(value: int) -> str:
    """Returns a count with grouped digits."""
    return f"{value:,}"


def plural(count: int, one: str, many: str = "") -> str:
    """Returns the count with its noun: "1 job", "2,000 jobs"."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


@lru_cache(maxsize=_SEEN_AGAIN)
def pay(low: int | None, high: int | None, currency: str | None) -> str:
    """Returns a yearly pay range in short form, such as "$150–180k"; empty where nothing is known."""
    ends = [end for end in (low, high) if end]
    if not ends:
        return ""
    sign = _SIGNS.get(currency or "", f"{currency} " if currency else "")
    if len(set(ends)) == 1:
        bound = "" if low and high else ("from " if low else "up to ")
        return f"{bound}{sign}{_amount(ends[0])}"
    first, last = _amount(min(ends)), _amount(max(ends))
    return f"{sign}{first.removesuffix('k') if last.endswith('k') and first.endswith('k') else first}–{last}"


@lru_cache(maxsize=_SEEN_AGAIN)
def pay_in_full(low: int | None, high: int | None, currency: str | None) -> str:
    """Returns a yearly pay range in words, for titles and the detail page."""
    ends = [number(end) for end in dict.fromkeys((low, high)) if end]
    return f"{' to '.join(ends)} {currency or ''}".strip() + " a year" if ends else ""


def mode_name(mode: str) -> str:
    """Returns the name of a work mode; empty where it is unknown."""
    return _MODES.get(mode, "")


def tier_name(tier: str) -> str:
    """Returns the name of a tier."""
    return _TIERS.get(tier, tier.capitalize())


def places(location: str) -> tuple[str, int]:
    """Returns the first place and how many others there are."""
    found = [place for place in (part.strip() for part in location.split(";")) if place]
    return (found[0], len(found) - 1) if found else ("", 0)


@lru_cache(maxsize=1_000)
def skill_name(skill: str) -> str:
    """Returns a skill as people write it; ids with underscores become words."""
    return re.sub(r"[_\s]+", " ", skill).strip()


def field_name(field: str) -> str:
    """Returns the short name of a sub-field; those known by their letters (IGA, PAM, SSO) keep them."""
    return _FIELDS.get(field, field.replace("_", " "))


def _amount(value: int) -> str:
    if value < 1_000:
        return str(value)
    thousands = value / 1_000
    return f"{thousands:.0f}k" if value % 1_000 == 0 or value >= 100_000 else f"{thousands:.1f}k"
