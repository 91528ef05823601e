"""The level of a job: from its title, else from the years of experience it asks for."""

import re

# Read in this order; the first that fits wins. Each is anchored on literal words, so none can run away.
_DIRECTOR = re.compile(
    r"\b(?:director|vp|svp|evp|vice[ -]president|head of|head|ciso|cto|cio|cso|ceo|chief (?:\w+ ){1,3}officer|geschäftsführer)\b"
)
_NOT_DIRECTOR = re.compile(
    r"\b(?:assistant|associate) vice president\b|\bart director\b|\bto the (?:director|ceo|cto|ciso)\b"
)
_MANAGER = re.compile(
    r"\b(?:manager|mgr|supervisor|team ?lead(?:er)?|teamleiter(?:in)?|engineering lead|gerente|kierownik)\b"
)
_NOT_PEOPLE = re.compile(
    r"\b(?:product|program(?:me)?|project|account|success|partner|community|content|release|delivery|marketing|search"
    r"|acquisition|growth|brand|social|change|incident|problem|case|assistant|enablement|relationship|campaign|onboarding"
    r"|identity|access|password|privileged session|configuration|assistant|transformation|portfolio|process) "
    r"(?:and \w+ )?(?:manager|mgr)\b"
)
_INTERN = re.compile(
    r"\b(?:intern(?:ship)?|interns|working student|werkstudent(?:in)?|apprentice(?:ship)?|co-?op|stagiaire|stage|praktikant(?:in)?|praktikum|estagi\w+|alternan\w+|becari\w+|stażyst\w+)\b"
)
_LEAD = re.compile(
    r"\b(?:lead|staff|principal|distinguished|fellow|architect|architekt|architecte|arquitect[oa]|arquiteto|chief|tech lead|leiter(?:in)?)\b"
)
_NOT_LEAD = re.compile(
    r"\b(?:lead generation|lead gen|staff (?:nurse|accountant|assistant)|medical staff|leadership)\b"
)
_SENIOR = re.compile(
    r"\b(?:senior|sr|snr|sénior|sênior|iii|iv|expert|experte|sme|subject matter expert|l3|level 3|ekspert|starszy)\b"
)
_MID = re.compile(
    r"\b(?:ii|mid|mid-level|intermediate|medior|confirmé|ssr|pleno|regular|l2)\b|\b(?:engineer|analyst|developer|administrator|specialist) 2\b"
)
_ENTRY = re.compile(
    r"\b(?:junior|jr|entry|entry-level|graduate|new grad|early career|débutant)\b|\b(?:engineer|analyst|developer|administrator|specialist|technician) (?:i|1)\b"
)
_ASSOCIATE = re.compile(r"\bassociate (?!director|vice|partner|principal|general|professor)\w+")
_CLEAN = re.compile(r"[,.():|/\[\]–—]+")

_YEARS = re.compile(r"(?<![\d.,$])(\d{1,2})(?: ?\+| plus| or more)?(?: ?(?:-|to|or|and) ?(\d{1,2})(?: ?\+)?)? ?\+?$")
_ABOUT_WORK = re.compile(
    r"experience|experiência|experiencia|expérience|erfahrung|doświadcz|working|hands-on|background|in a similar|in an? "
)
_NOT_WORK = re.compile(
    r"years? (?:old|of age|contract|degree|program|term|plan|university|college)|for (?:over|more than)|founded|history|anniversar"
)


def read(title: str, years: tuple[int, ...]) -> str:
    """The level, by the folded title and the least years asked for; "unknown" where neither says."""
    plain = " ".join(_CLEAN.sub(" ", title).split())
    return _of_title(plain) or _of_years(years)


def _of_title(plain: str) -> str:
    if _INTERN.search(plain):
        return "intern"
    if _DIRECTOR.search(plain) and not _NOT_DIRECTOR.search(plain):
        return "director_plus"
    if _MANAGER.search(plain) and not _NOT_PEOPLE.search(plain):
        return "manager"
    if _LEAD.search(plain) and not _NOT_LEAD.search(plain):
        return "lead"
    if _SENIOR.search(plain):
        return "senior"
    if _MID.search(plain):
        return "mid"
    if _ENTRY.search(plain) or _ASSOCIATE.search(plain):
        return "entry"
    return ""


def _of_years(years: tuple[int, ...]) -> str:
    if not years:
        return "unknown"
    asked = max(years)
    if asked >= 5:
        return "senior"
    return "mid" if asked >= 2 else "entry"


def years_asked(folded: str, positions: list[int]) -> tuple[int, ...]:
    """Years of experience asked for, in order; `positions` are where words for "years" begin in the folded text."""
    found = []
    for position in positions:
        number = _YEARS.search(folded[max(0, position - 16) : position].rstrip())
        after = folded[position : position + 70]
        if number and _ABOUT_WORK.search(after) and not _NOT_WORK.search(folded[max(0, position - 40) : position + 40]):
            found.append(int(number.group(1)))
    return tuple(years for years in found if years <= 25)
