"""The level of a job: from its title, else from the years of experience it asks for."""

import re
from collections.abc import Mapping, Sequence

from iam_job_scout.relevance.lexicon import Hit
from iam_job_scout.relevance.text import holds

# The first that a title holds wins; a level counts only where the phrase that would rule it out is absent.
_ORDER = ("intern", "manager", "director_plus", "lead", "senior", "mid", "entry", "associate")
_RULED_OUT_BY = {
    "manager": ("not_manager", "director_plus"),
    "director_plus": ("not_director",),
    "lead": ("not_lead",),
    "associate": ("not_associate",),
}
_OPENING = 700
_OFFERED = {"senior": "senior", "sr.": "senior", "junior": "entry", "mid-level": "mid", "entry-level": "entry"}
_OFFER = re.compile(
    r"\b(?:as an?|seeking an?|looking for an?|hiring an?|need an?|(?:role|position) of an?|for an?|our next|title ?:)"
    r" (?:\w+ ){0,2}(senior|sr\.|junior|mid-level|entry-level) (?:[\w&/(),+-]+ ){0,6}?"
    r"(?:engineer|analyst|administrator|developer|consultant|specialist|architect|programmer|technician|auditor)"
)
_NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
    "fifteen": 15,
    "a decade": 10,
}
_NUMBER = rf"(?:\d{{1,2}}|{'|'.join(_NUMBERS)})"
_YEARS = re.compile(
    rf"(?<![\w.,$])({_NUMBER})(?: ?\+| plus| or more| \(\d{{1,2}}\)\+?)?"
    rf"(?: ?(?:-|to|or|and) ?{_NUMBER})?(?: ?\+| or more)?$"
)
# What a number may end with.
_ENDS = (*"0123456789+)", *_NUMBERS, "plus", "more")
_EXPERIENCE = ("experien", "expérience", "erfahrung", "doświadcz")
_WORK = (
    *("experien", "expérience", "erfahrung", "doświadcz", "expertise", "working", "hands-on", "background"),
    "in a similar",
)
_OF_WORK = re.compile(r"y\w+ (?:of|in|with|as|leading|managing|building|administering) ")
_NOT_WORK = (
    *(
        " old",
        "of age",
        "contract",
        "-program",
        "term ",
        "founded",
        "history",
        "anniversary",
        "company",
        "over the past",
    ),
    *("over the last", "the past", "the last", "the next", "track record of growth"),
)
_ALONE = re.compile(r"y\w+ ?(?:[.;)]|$)")
_BEFORE_ALONE = (".", ";", "(", "minimum", "min", "at least")
_OF_STUDY = ("degree", "university", "college", "program")
# No posting asks for more; a larger number is a company's age.
_MOST_YEARS = 25


def read(tags: Mapping[str, str], years: tuple[int, ...], folded: str) -> str:
    """The level by the tags of the title, by the role that the text offers, by the years asked for; else "unknown"."""
    named = _of_title(tags)
    if named == "associate":
        return _of_years(years) if years else "entry"
    return named or _of_offer(folded) or _of_years(years)


def _of_offer(folded: str) -> str:
    """The level of the role that the text opens with: "we seek a senior directory engineer"."""
    opening = folded[:_OPENING]
    if not holds(opening, _OFFERED):
        return ""
    offer = _OFFER.search(opening)
    return _OFFERED[offer.group(1)] if offer else ""


def _of_title(tags: Mapping[str, str]) -> str:
    if not tags or tags.keys().isdisjoint(_ORDER):
        return ""
    for level in _ORDER:
        if level in tags and tags.keys().isdisjoint(_RULED_OUT_BY.get(level, ())):
            return level
    return ""


def _of_years(years: tuple[int, ...]) -> str:
    """0 to 2 years are entry level, below 5 mid, the rest senior."""
    if not years:
        return "unknown"
    asked = max(years)
    if asked >= 5:
        return "senior"
    return "mid" if asked >= 2 else "entry"


def years_asked(folded: str, marks: Sequence[Hit]) -> tuple[int, ...]:
    """The least years of each demand, in order; `marks` are where years are named."""
    found = []
    for hit in marks:
        before = folded[max(0, hit.start - 28) : hit.start].rstrip()
        # A quick look at whether a number ends here, before the slow one.
        number = _YEARS.search(before) if before.endswith(_ENDS) else None
        if number and _is_demand(folded, hit.start, len(before) - number.start()):
            text = number.group(1)
            found.append(_NUMBERS.get(text) or int(text))
    return tuple(years for years in found if years <= _MOST_YEARS)


def _is_demand(folded: str, position: int, width: int) -> bool:
    """Whether the number speaks of somebody's working life, not of a company, a contract or a degree."""
    start = position - width - 1
    line = folded[position : position + 70].partition("\n")[0]
    lead = folded[max(0, start - 32) : start].rpartition("\n")[2]
    if not (holds(line, _WORK) or _OF_WORK.match(line) or holds(lead, _EXPERIENCE) or _alone(lead, line)):
        return False
    near = line[:30]
    return not (holds(f"{lead}\n{near}", _NOT_WORK) or holds(near, _OF_STUDY))


def _alone(lead: str, line: str) -> bool:
    """Whether "5+ years" is all that a line or a sentence says."""
    before = lead.rstrip(" *-–+~")
    return _ALONE.match(line) is not None and (not before or before.endswith(_BEFORE_ALONE))
