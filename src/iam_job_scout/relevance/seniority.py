"""The level of a job: from its title, else from the years of experience it asks for."""

import re

# Read in this order; the first that fits wins. Each is anchored on literal words, so none can run away.
_DIRECTOR = re.compile(
    r"\b(?:director|vp|svp|evp|vice[ -]president|head of|ciso|cto|cio|cso|chief (?:\w+ ){1,3}officer|geschäftsführer)\b"
)
_NOT_DIRECTOR = re.compile(
    r"\b(?:assistant|associate) vice president\b|\bart director\b|\bto the (?:director|ceo|cto|ciso)\b"
)
_MANAGER = re.compile(r"\b(?:manager|mgr|supervisor|team leader|teamleiter(?:in)?|gerente|kierownik)\b")
_NOT_PEOPLE = re.compile(
    r"\b(?:product|program(?:me)?|project|account|success|partner|community|content|release|delivery|marketing|search"
    r"|acquisition|growth|brand|social|change|incident|problem|case|assistant|enablement|relationship|campaign|onboarding"
    r"|identity|access|password|privileged session|configuration|assistant|transformation|portfolio|process) "
    r"(?:and \w+ )?(?:manager|mgr)\b"
)
_OVER_MANAGERS = re.compile(r"\b(?:director|vice president|vp|head of|chief)\b")
_INTERN = re.compile(
    r"\b(?:intern(?:ship)?|interns|working student|werkstudent(?:in)?|apprentice(?:ship)?|co-?op|stagiaire|stage|praktikant(?:in)?|praktikum|estagi\w+|alternan\w+|becari\w+|stażyst\w+)\b"
)
_LEAD = re.compile(
    r"\b(?:lead|staff|principal|distinguished|fellow|architect|architekt|architecte|arquitect[oa]|arquiteto|chief|tech lead|leiter(?:in)?)\b"
)
_NOT_LEAD = re.compile(
    r"\b(?:lead generation|lead gen|staff (?:nurse|accountant|assistant)|medical staff|leadership)\b"
)
_SENIOR = re.compile(r"\b(?:senior|sr|snr|sénior|sênior|iii|iv|expert|experte|l3|level 3|ic3|ekspert|starszy)\b")
_MID = re.compile(
    r"\b(?:ii|mid|mid-level|intermediate|medior|confirmé|ssr|pleno|l2|ic2)\b|\b(?:engineer|analyst|developer|administrator|specialist) 2\b"
)
_ENTRY = re.compile(
    r"\b(?:junior|jr|entry|entry-level|graduate|new grad|early career|débutant)\b|\b(?:engineer|analyst|developer|administrator|specialist|technician) (?:i|1)\b"
)
_ASSOCIATE = re.compile(r"\bassociate (?!director|vice|partner|principal|general|professor)\w+")
_CLEAN = re.compile(r"[,.():|/\[\]–—]+")

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
}
_NUMBER = rf"(?:\d{{1,2}}|{'|'.join(_NUMBERS)}|a decade)"
_YEARS = re.compile(
    rf"(?<![\w.,$])({_NUMBER})(?: ?\+| plus| or more| \(\d{{1,2}}\)\+?)?(?: ?(?:-|to|or|and) ?{_NUMBER})?(?: ?\+| or more)?$"
)
_WORK = re.compile(
    r"experience|experiencia|expérience|erfahrung|doświadcz|expertise|working|hands-on|background|in a similar"
    r"|^y\w+ (?:of|in|with|as|leading|managing|building|administering) "
)
_NOT_WORK = re.compile(
    r"\b(?:old|of age|contract|degree|program|term|university|college|founded|history|anniversary|over the (?:past|last)"
    r"|the (?:past|last|next)|company|track record of growth)\b"
)


def read(title: str, years: tuple[int, ...]) -> str:
    """The level, by the folded title and the years asked for; "unknown" where neither says."""
    plain = " ".join(_CLEAN.sub(" ", title).split())
    named = _of_title(plain)
    if named == "associate":
        return _of_years(years) if years else "entry"
    return named or _of_years(years)


def _of_title(plain: str) -> str:
    if _INTERN.search(plain):
        return "intern"
    if _MANAGER.search(plain) and not _NOT_PEOPLE.search(plain) and not _OVER_MANAGERS.search(plain):
        return "manager"
    if _DIRECTOR.search(plain) and not _NOT_DIRECTOR.search(plain):
        return "director_plus"
    if _LEAD.search(plain) and not _NOT_LEAD.search(plain):
        return "lead"
    if _SENIOR.search(plain):
        return "senior"
    if _MID.search(plain):
        return "mid"
    if _ENTRY.search(plain):
        return "entry"
    return "associate" if _ASSOCIATE.search(plain) else ""


def _of_years(years: tuple[int, ...]) -> str:
    if not years:
        return "unknown"
    asked = max(years)
    if asked >= 5:
        return "senior"
    return "mid" if asked >= 2 else "entry"


def years_asked(folded: str, positions: list[int]) -> tuple[int, ...]:
    """The least years of each demand, in order; `positions` are where words for "years" begin in the folded text."""
    found = []
    for position in positions:
        before = folded[max(0, position - 28) : position].rstrip()
        number = _YEARS.search(before)
        if number and _is_demand(folded, position, len(before) - number.start()):
            text = number.group(1)
            found.append(_NUMBERS.get(text) or (10 if text == "a decade" else int(text)))
    return tuple(years for years in found if years <= 25)


def _is_demand(folded: str, position: int, width: int) -> bool:
    """Whether the number speaks of somebody's working life, not of a company, a contract or a degree."""
    start = position - width - 1
    line = folded[position : position + 70].partition("\n")[0]
    lead = folded[max(0, start - 32) : start].rpartition("\n")[2]
    if _NOT_WORK.search(lead) or _NOT_WORK.search(line[:30]):
        return False
    return bool(_WORK.search(line) or "experience" in lead)
