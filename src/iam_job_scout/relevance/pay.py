"""What a job pays a year: from the source's own fields, else from the text. Bonuses and 401(k) never."""

import re
from collections.abc import Sequence

from iam_job_scout.posting import Pay
from iam_job_scout.relevance.lexicon import Hit
from iam_job_scout.relevance.match import AnnualPay
from iam_job_scout.relevance.text import holds

# A full-time year: 52 weeks of 5 days of 8 hours.
_PER_YEAR = {"hour": 2080, "day": 260, "week": 52, "month": 12, "year": 1}
_CURRENCIES = {
    "$": "USD",
    "us$": "USD",
    "usd": "USD",
    "c$": "CAD",
    "ca$": "CAD",
    "cad": "CAD",
    "a$": "AUD",
    "au$": "AUD",
    "aud": "AUD",
    "€": "EUR",
    "eur": "EUR",
    "£": "GBP",
    "gbp": "GBP",
    "chf": "CHF",
    "pln": "PLN",
}
_SIGN = re.compile(r"(?:us\$|ca\$|c\$|au\$|a\$|\$|€|£|\b(?:usd|cad|aud|eur|gbp|chf|pln)\b)", re.IGNORECASE)
_SYMBOLS = ("$", "€", "£")
# A text that speaks of money this often has said what it pays by then.
_TRIES = 200
_AMOUNT = r"(\d{1,3}(?:[,. '’]\d{3})+|\d{2,7})(?:\.(\d{1,2}))?(?!\d)( ?k\b)?"
_NO_SEPARATORS = str.maketrans("", "", ",. '’")
_RANGE = re.compile(
    rf"\s?{_AMOUNT}(?:\s?(?:usd|cad|eur|gbp))?(?:\s?(?:per|an|a|/)\s?(?:year|hour|annum|hr|yr))?\s?(?:-|–|—|to|and|bis|à)\s?(?:us\$|ca\$|c\$|au\$|a\$|\$|€|£|usd|cad|eur|gbp)?\s?{_AMOUNT}",
    re.IGNORECASE,
)
_RANGE_BEFORE = re.compile(rf"(?<![\w.,$€£]){_AMOUNT}\s?(?:€\s?)?(?:-|–|—|to|bis|à|et)\s?{_AMOUNT}\s?$", re.IGNORECASE)
_SINGLE_BEFORE = re.compile(rf"(?<![\w.,$€£]){_AMOUNT}\s?$", re.IGNORECASE)
# The other end of "53,000 USD - 60,000 USD" and of "36 K€ à 42 K€".
_UP_TO = re.compile(
    r"\s?(?:-|–|—|to|and|bis|à|et)\s?(\d[\d,. '’]*(?: ?k)?)\s?(?:usd|cad|aud|eur|gbp|chf|pln|€)", re.IGNORECASE
)
_SINGLE = re.compile(rf"\s?{_AMOUNT}", re.IGNORECASE)
_INTERVAL = re.compile(
    r"(?:per|an?|/)\s?(hour|hr|h|month|mo|day|week|year|yr|annum)\b"
    r"|\b(hourly|monthly|daily rate|weekly|annual|yearly|p\.a\b)"
)
_INTERVALS = {"h": "hour", "m": "month", "d": "day", "w": "week", "y": "year", "a": "year", "p": "year"}
_OTHER_MONEY = (
    *(
        "bonus",
        "401",
        "stipend",
        "tuition",
        "revenue",
        "funding",
        "raised",
        "valuation",
        "insurance",
        "reimburse",
        "referral",
        "allowance",
        "budget",
        "million",
        "billion",
        "donat",
        "match",
        "assets",
        "savings",
        "credit",
        "gift",
        "relocation",
        "on-target",
        "commission",
    ),
    "per diem",
    "equity grant",
    " arr",
    " ote",
    "bn ",
    "mn ",
)
# What comes on top of the pay that was just named.
_ADDED = re.compile(
    r"\s*(?:per year|annually|a year|/year)?\s*(?:,|\+|plus|and|with|&)\s*(?:an? )?(?:\w+ )?(?:bonus|equity|comm)", re.I
)
_BY_THE_HOUR = re.compile(r"\s?(?:/|per |an )\s?(?:hour|hr)\b", re.IGNORECASE)
_OF_PAY = re.compile(r"salar|salaire|gehalt|pay|rate|compensation|rémunération|up to|starting at")
_SENTENCE_ENDS = (". ", "; ", "! ", "? ", "\n")
_YEARLY = (15_000, 1_000_000)
_HOURLY = (12, 400)
_LOOK = 48


def annual(posted: Pay | None, text: str, marks: Sequence[Hit]) -> AnnualPay | None:
    """Annual pay in whole units; None where nothing says so. `marks` are where currencies are named."""
    if posted is not None:
        return _of_posted(posted)
    return _of_text(text, marks)


def _of_posted(posted: Pay) -> AnnualPay | None:
    low, high = posted.minimum or posted.maximum, posted.maximum or posted.minimum
    factor = _PER_YEAR.get(posted.interval)
    if low is None or high is None or factor is None or not 0 < low <= high < 1e12:
        return None
    return AnnualPay(round(low * factor), round(high * factor), posted.currency, "posted")


def _of_text(text: str, marks: Sequence[Hit]) -> AnnualPay | None:
    for start in _signs(text, marks)[:_TRIES]:
        sign = _SIGN.match(text, start)
        pay = _at(text, sign) if sign else None
        if pay:
            return pay
    return None


def _ending(text: str, code: int) -> re.Match[str] | None:
    """A range that ends where a currency is named, "90,000 - 110,000 USD", or a lone amount that is called pay."""
    low = max(0, code - _LOOK)
    single = _SINGLE_BEFORE.search(text, low, code)
    if not single:
        return None
    named = _OF_PAY.search(text[max(0, single.start() - 40) : single.start()].lower())
    return _RANGE_BEFORE.search(text, low, code) or (single if named else None)


def _signs(text: str, marks: Sequence[Hit]) -> list[int]:
    """Where currencies stand, in order."""
    symbols = [symbol for symbol in _SYMBOLS if symbol in text]
    if not symbols and not marks:
        return []
    found = [hit.start for hit in marks]
    for symbol in symbols:
        at = text.find(symbol)
        while at >= 0 and len(found) < _TRIES:
            found.append(at - _letters_before(text, at))
            at = text.find(symbol, at + 1)
    return sorted(found)


def _letters_before(text: str, at: int) -> int:
    """How many letters before a sign belong to it: "US$", "C$"."""
    before = f" {text[max(0, at - 2) : at].upper()}"
    if before.endswith(("US", "CA", "AU")):
        return 2
    return int(before[-1] in "CA" and not before[-2].isalnum())


def _at(text: str, sign: re.Match[str]) -> AnnualPay | None:
    around = text[sign.end() : sign.end() + _LOOK]
    if not around.lstrip()[:1].isdigit():
        # "70,000 EUR", "48 K€", but a dollar or pound sign stands before its amount.
        before = None if sign.group()[-1] in "$£" else _ending(text, sign.start())
        if not before or _is_other_money(text[max(0, before.start() - 30) : sign.end() + 16]):
            return None
        more = _UP_TO.match(around)
        if more and before.re is _SINGLE_BEFORE:
            before, around = _RANGE.match(f"{before.group().strip()}-{more.group(1)}") or before, around[more.end() :]
        return _annualised(before, _CURRENCIES[sign.group().lower()], around[:24])
    found = _RANGE.match(around) or _single(text, sign, around)
    if not found:
        return None
    lead = text[max(0, sign.start() - 30) : sign.start()]
    for end in _SENTENCE_ENDS:
        if end in lead:
            lead = lead[lead.rindex(end) + 1 :]
    following = around[found.end() : found.end() + 16]
    if not _ADDED.match(following) and _is_other_money(lead + found.group() + following):
        return None
    context = around[found.end() :] + " " + text[max(0, sign.start() - 20) : sign.start()]
    return _annualised(found, _CURRENCIES[sign.group().lower()], context)


def _is_other_money(around: str) -> bool:
    return holds(f"{around.lower()} ", _OTHER_MONEY)


def _single(text: str, sign: re.Match[str], around: str) -> re.Match[str] | None:
    """A lone amount counts only where the words before it speak of pay, or the hour after it does."""
    amount = _SINGLE.match(around)
    if not amount or _BY_THE_HOUR.match(around, amount.end()):
        return amount
    return amount if _OF_PAY.search(text[max(0, sign.start() - 40) : sign.start()].lower()) else None


def _annualised(found: re.Match[str], currency: str, context: str) -> AnnualPay | None:
    groups = found.groups()
    thousands = bool(groups[2] or (len(groups) > 3 and groups[5]))
    low = _amount(groups[0], groups[1], thousands)
    high = _amount(groups[3], groups[4], thousands) if len(groups) > 3 else low
    named = _INTERVAL.search(context.lower())
    interval = _INTERVALS[(named.group(1) or named.group(2))[0]] if named else ""
    if not interval:
        interval = "hour" if _HOURLY[0] <= low <= _HOURLY[1] and high <= _HOURLY[1] and groups[1] else "year"
    low, high = low * _PER_YEAR[interval], high * _PER_YEAR[interval]
    if not _YEARLY[0] <= low <= high <= _YEARLY[1]:
        return None
    return AnnualPay(round(low), round(high), currency, "parsed")


def _amount(whole: str, cents: str | None, thousands: bool) -> float:
    value = float(whole.translate(_NO_SEPARATORS) + "." + (cents or "0"))
    return value * 1000 if thousands and value < 1000 else value
