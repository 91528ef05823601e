"""Remote, hybrid or on site: what the posting states, never a guess."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from iam_job_scout.posting import Mode
from iam_job_scout.relevance.lexicon import Hit
from iam_job_scout.relevance.text import fold, holds

Marks = Mapping[str, Sequence[Hit]]
_MODES = ("remote", "hybrid", "onsite")
# Looked up once: the attributes of an enumeration are slow, and these are asked for a dozen times a posting.
_REMOTE, _HYBRID, _ONSITE, _UNKNOWN = Mode
# Looked for one by one: on a line of text that is several times quicker than a regex of alternatives.
_PLACE_WORDS = ("remot", "hybrid", "site", "office", "person", "home", "anywhere", "telework", "zdaln", "télétrav")
_IN_PLACE = (
    (_HYBRID, re.compile(r"\bhybrid\b")),
    (
        _REMOTE,
        re.compile(r"\b(?:remote|telework|home[ -]office|work from home|anywhere|zdalna|télétravail|remoto)\b"),
    ),
    (_ONSITE, re.compile(r"\b(?:on-?site|in-?office|in-?person|on site)\b")),
)
_NEGATED = re.compile(
    r"\b(?:no|not|non|cannot be|isn't|never)[ -](?:a |an |be |eligible for |available for |open to |offer(?:ing)? )?"
    r"(?:fully |100% )?(?:remote|telework)|\bremote (?:work )?(?:is )?not\b"
)
# One of these stands in each.
_NEGATIVE = ("no", "isn't", "never")
# What follows "remote" where machines or other people are remote, not the job.
_THINGS = (
    r"remote(?:ly)? (?:access|desktop|support|monitor|hands|sites?|sensing|code|users?|teams?|offices|locations|workers"
    r"|workforce|employees|servers?|control|diagnos|manag|systems?|branch|stakeholders|sales|infrastructure|privileged"
    r"|and distributed|co-located|one|two|\d|days|or hybrid|or on|work reimbursement)|remote-first"
)
_REMOTE_THING = re.compile(_THINGS)
# What may end right before a mode that is the job's own.
_IS = ("this is", "role is", "position is", "job is", "will be", "can be", " is a", " is an", " be a", " be an")
_WORK = (" work", " working", "\nwork", "\nworking", "(work")
_ABOUT_JOB = (
    *("fully", "100%", "100 %", "full", "full-time", "permanent", "based", "eligible for", " us", "(us", " usa", "li-"),
    *(
        "(",
        "|",
        ",",
        "-",
        "location",
        "locations",
        "location:",
        "locations:",
        "type",
        "type:",
        "model",
        "model:",
        "mode",
    ),
    *("mode:", "setting", "setting:", "arrangement", "arrangement:", "place", "places", "place of work", "workplace:"),
    *("place of work:", "location -", *_IS, *_WORK),
)
# The same, and what is paid for or done on some days at home.
_NOT_THE_JOB = re.compile(
    rf"{_THINGS}|(?:work from home|wfh|home ?office|telework\w*|telecommut\w*|work-from-home) "
    r"(?:support|stipend|allowance|set ?up|equipment|budget|needs|day|reimburse|policy|friendly|expenses|flexib)"
)
_HYBRID_THING = re.compile(
    r"hybrid (?:cloud|identit|infra|ad\b|active|it\b|entra|deploy|multi|data|team|app|event|network|exchange|solution"
    r"|environments?\b(?! \()|and multi|platform|join|office/|approach to|integration|azure|architect|exp|engine|or "
    r"|(?:work(?:ing)? )?polic)"
)
_HYBRID_JOB = re.compile(
    r"hybrid(?: (?:work|role|position|schedule|model|remote|job|arrangement|office|setup|format|onsite|from|in)\b"
    r"|\)|$|\n|:| [-(])"
)
# The same in other languages: "modelo híbrido", "hybrydowo", and at home on some days of the week.
_HYBRID_LEAD = (
    *("model", "modelo", "modalidad", "modalidade", "modalità", "formato", "trabajo", "trabalho", "lavoro", "regime"),
    *(
        "régimen",
        "esquema",
        "travail",
        "poste",
        "mode",
        "rythme",
        "praca",
        "tryb",
        "pracy",
        ":",
        ",",
        "(",
        ".",
        "-",
        "|",
    ),
)
_HOME_DAYS = re.compile(
    r"\W(?:[1-4]|one|two|three|deux|trois|zwei|drei|dos|tres) ?"
    r"(?:days?|jours?|tage?n?|d[ií]as?|dni|giorni|dagen)\b"
)
_OF_THIS_JOB = re.compile(r"\bthis (?:role |position |job )?(?:is|will be)(?: an?)?\s*$")
_DAYS = r"(?:[1-4]|one|two|three|four|a few)(?: ?(?:-|–|to|or) ?(?:[2-5]|two|three|four|five))?"
_UP_TO_ALL = re.compile(r"(?:-|–|to|or) ?(?:5|five)(?:x| times?| days?)?\s*$")
_SOME_DAYS = re.compile(rf"\b{_DAYS}(?:x| times?| days?)?\s*$")
# What it ends with, blanks aside: a quick look before the slow one.
_DAYS_END = (*"12345x", "one", "two", "three", "four", "five", "few", "time", "times", "day", "days")
_OFFICE = re.compile(r"\boffices?\b|\bon-?site\b|\bin[- ]person\b")
_WEEKDAY = re.compile(r"\b(?:monday|tuesday|wednesday|thursday|m,w,f)(?! ?(?:-|–|to|through|and thu|till))")
_HALF = re.compile(r"half of (?:their|your|the) (?:work(?:ing)? )?time\b")
_ONSITE_JOB = re.compile(
    r"(?:on-?site|on site|in-person|in-office|office-based) (?:company|culture|role|position|job|only|work\b|required"
    r"|presence)|(?:on-?site|on site|in-office)(?:\)|$|\n|,|\.| [-(|])"
)
_ONSITE_LEAD = (
    *("100%", "100 %", "fully", "mode:", "model:", "location:", "type:", "schedule:", "required to be", "must be"),
    *("must work", "full-time", "full time", "full-time,", "full time,", "(", "-", *_IS[:3], *_WORK),
    *("this is a", "this is an", "role is a", "role is an", "position is a", "position is an"),
)
# A sentence of its own.
_ALONE = re.compile(r"(?:100 ?% )?(?:on-?site|on site|in-office|in-person)(?: only)?(?:\.|\n|$)")
_ALL_DAYS = re.compile(r"(?:\bfive|\b5) ?(?:x|times?|days?)?\s*$")
_FOOD = ("lunch", "meal", "breakfast", "dinner", "snack", "cater", "many people")


def read(*, stated: Mode, title: str, location: str, folded: str, marks: Marks) -> Mode:
    """The mode by the source's own field, else title and location, else the text (title and text folded).

    What the text says of this very role ("this is a hybrid role") outweighs a location field that says "remote".
    """
    if stated is not _UNKNOWN:
        return stated
    place = _of_place(title)
    if place is _UNKNOWN and location:
        place = _of_location(location)
    if place is _REMOTE:
        return _HYBRID if any(_says_hybrid(folded, hit) for hit in marks.get("hybrid", ())) else place
    return place if place is not _UNKNOWN else _of_text(folded, marks)


@lru_cache(maxsize=4096)
def _of_location(location: str) -> Mode:
    """The mode a location names; boards repeat their locations."""
    return _of_place(fold(location))


def _of_place(place: str) -> Mode:
    """The first mode a title or a location names."""
    if not holds(place, _PLACE_WORDS):
        return _UNKNOWN
    if _NEGATED.search(place):
        return _ONSITE
    found = [(match.start(), mode) for mode, pattern in _IN_PLACE if (match := pattern.search(place))]
    named = [(at, mode) for at, mode in found if mode is not _REMOTE or not _REMOTE_THING.match(place, at)]
    return min(named, default=(0, _UNKNOWN))[1]


def _says_hybrid(folded: str, hit: Hit) -> bool:
    return bool(_OF_THIS_JOB.search(folded[max(0, hit.start - 30) : hit.start]))


def _of_text(folded: str, marks: Marks) -> Mode:
    if marks.keys().isdisjoint(_MODES):
        return _UNKNOWN
    if any(_reaches_all(folded, hit) for hit in marks.get("onsite", ())):
        return _UNKNOWN
    found = {_of_mark(folded, hit) for mode in _MODES for hit in marks.get(mode, ())}
    return next((mode for mode in (_HYBRID, _ONSITE, _REMOTE) if mode in found), _UNKNOWN)


def _reaches_all(folded: str, hit: Hit) -> bool:
    """Whether these are "3-5 days a week": anything from hybrid to all of them, whatever else the text says."""
    before = folded[max(0, hit.start - 12) : hit.start]
    return ("5" in before or "five" in before) and bool(_UP_TO_ALL.search(before))


def _of_mark(folded: str, hit: Hit) -> Mode:
    before = folded[max(0, hit.start - 40) : hit.start]
    after = folded[hit.start : hit.end + 40]
    if hit.entry.mark == "hybrid":
        if hit.entry.phrase != "hybrid":
            return _HYBRID if before.rstrip().endswith(_HYBRID_LEAD) or _leads(before, ()) else _UNKNOWN
        fits = (_HYBRID_JOB.match(after) or _leads(before, _ABOUT_JOB)) and not _HYBRID_THING.match(after)
        return _HYBRID if fits and not before.endswith(("remote or ", "number of ")) else _UNKNOWN
    if hit.entry.mark == "remote":
        return _of_remote(before, after, hit)
    mode = _of_office(before, after)
    return mode if mode is _UNKNOWN or not holds(before + after, _FOOD) else _UNKNOWN


def _leads(before: str, ends: tuple[str, ...]) -> bool:
    """Whether what stands before a word ends with one of these; the beginning of a line leads to anything."""
    stripped = before.rstrip()
    return not stripped or "\n" in before[len(stripped) :] or f" {stripped}".endswith(ends)


def _of_remote(before: str, after: str, hit: Hit) -> Mode:
    if _NOT_THE_JOB.match(after):
        return _UNKNOWN
    length = hit.end - hit.start
    # The character before the stretch that is looked at shows whether a word begins there.
    if _HOME_DAYS.search(f"{before[-23:]:>23}\n{after[: length + 12]}"):
        return _HYBRID
    around = before[-25:] + after[: length + 6]
    if holds(around, _NEGATIVE) and _NEGATED.search(around):
        return _ONSITE
    return _REMOTE if length > 8 or _leads(before, _ABOUT_JOB) else _UNKNOWN


def _of_office(before: str, after: str) -> Mode:
    """Some days a week at the office make a hybrid job; all of them, or the office as such, an on-site one."""
    around = before + after
    if before.rstrip().endswith(_DAYS_END) and _SOME_DAYS.search(before) and _OFFICE.search(around):
        return _HYBRID
    if "half" in before and _HALF.search(before):
        return _HYBRID
    if "day" in after and _WEEKDAY.search(after) and _OFFICE.search(after):
        return _HYBRID
    if "week" in after and _ALL_DAYS.search(before) and _OFFICE.search(around):
        return _ONSITE
    if _ALONE.match(after) and before.rstrip(" *-")[-1:] in (".", "\n", "!", "|"):
        return _ONSITE
    stated = _leads(before, _ONSITE_LEAD) and before.strip() != ""
    if _ONSITE_JOB.match(after) and (stated or "company" in after or "culture" in after):
        return _ONSITE
    return _ONSITE if stated and after.startswith(("on", "in-p", "in p")) else _UNKNOWN
