"""Pay from the fields of a source, in whatever words it gives them."""

import math

from iam_job_scout.posting import Pay
from iam_job_scout.sources.text import number, word

INTERVALS = frozenset({"hour", "day", "week", "month", "year"})

#: Words of the sources for an interval, in lower case without "per" and underscores.
_WORDS = {
    "hourly": "hour",
    "hr": "hour",
    "ph": "hour",
    "daily": "day",
    "pd": "day",
    "weekly": "week",
    "monthly": "month",
    "yearly": "year",
    "annual": "year",
    "annually": "year",
    "annum": "year",
    "pa": "year",
}


def pay_from(minimum: float | None, maximum: float | None, *, currency: str, interval: str) -> Pay | None:
    """Pay from a source's numbers; None when they say nothing: no amount above 0, no currency, no known interval."""
    low, high = _amount(minimum), _amount(maximum)
    if (low is None and high is None) or len(currency) != 3 or interval not in INTERVALS:
        return None
    return Pay(low, high, currency.upper(), interval)


def loose_pay(minimum: object, maximum: object, *, currency: object, interval: object) -> Pay | None:
    """Pay from fields of whatever type: numbers may be texts ("55204.0"), intervals any of the sources' words."""
    return pay_from(
        _parsed(minimum), _parsed(maximum), currency=word(currency).strip(), interval=_interval(word(interval))
    )


def _interval(text: str) -> str:
    name = text.lower().replace("_", " ").removeprefix("per ").strip()
    return _WORDS.get(name, name)


def _parsed(value: object) -> float | None:
    if not isinstance(value, str):
        return number(value)
    try:
        return float(value.replace(",", ""))
    except ValueError:
        return None


def _amount(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) and value > 0 else None
