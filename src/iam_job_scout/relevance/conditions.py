"""Who may have the job: clearance, citizenship, visa sponsorship.

Each reader starts from the marks that the one pass over the text has found and looks at their sentence, no farther than
a bounded stretch. What a posting does not say stays unknown; a demand that is denied ("no clearance needed") is none.
"""

import re
from collections.abc import Sequence

from iam_job_scout.relevance.evidence import sentence_around
from iam_job_scout.relevance.lexicon import Hit
from iam_job_scout.relevance.match import Sponsorship
from iam_job_scout.relevance.text import holds

# A text that speaks of one of these more often than this has said its piece.
_TRIES = 20
_REACH = 120

# From the highest level to the lowest; the highest that is asked for decides.
_CLEARANCES = (
    ("TS/SCI with polygraph", ("polygraph", "ci poly", "full scope poly", "full-scope poly")),
    ("TS/SCI", ("ts/sci", "ts / sci", "ts sci", "top secret/sci", "top secret / sci", "top secret sci", "(sci)")),
    ("DV", ("dv clear", "developed vetting")),
    ("DOE Q", ("q clearance", "q-clearance", "q level", "doe q")),
    ("top secret", ("top secret", "top-secret", "ts clearance", "ts security clearance")),
    ("SC", ("sc clear", "sc-clear", "sc security", "sc level")),
    ("secret", ("secret",)),
    ("public trust", ("public trust",)),
)
_LEVEL_NOT_SAID = "unspecified level"
_MAINFRAME = ("racf", "acf2", "mainframe", "z/os")
_OF_STATE = (
    *("security", "government", "federal", "dod", "secret", "trust", "agency", "active", "obtain", "poly", "level"),
    *(" ts", "sci ", "clearances", "doe ", "requir"),
)
_SOFTENED = ("prefer", " plus", "desired", "nice to have", "desirable")
_OTHER_CLEARANCES = ("customs", "clearance sale", "background clearance", "child abuse", "act 33", "medical clearance")
_MAY_DENY = ("no ", "not", "n't", "without")
_DENIED = re.compile(
    r"\bno (?:\w+ ){0,3}(?:clearance|polygraph)|(?:clearance|polygraph)s? (?:is |are )?(?:not|isn't)"
    r"|\bnot (?:a )?require|without (?:a |any )?(?:security )?clearance"
)

# What stands right before "citizen", and whom it names.
_NATIONS = {
    "US citizen": ("u.s", "u.s.a", " us", "usa", "united states", "states of america", "american", "american dual"),
    "UK citizen": (" uk", "u.k", "british", "united kingdom"),
    "Canadian citizen": ("canadian", "canada"),
    "Australian citizen": ("australian", "australia"),
    "EU citizen": (" eu", "european", "european union"),
}
_OF_THE_US = ("citizens of the united states", "citizen of the united states", "citizenship of the united states")
_RESIDENTS_TOO = ("permanent resident", "green card", "green-card", "greencard", "lawful", "refugee", "asylee", " gc")
_DEMANDED = (
    *("must", "requir", "only", "need", "mandatory", "eligib", "shall", "restricted to", "limited to", "proof of"),
    *("sole", "possess", "obtain", "clearance", "citizenship:", "citizenship :"),
)
_ANYBODY = (
    *("regardless", "without regard", "discriminat", " race", "religio", "national origin", "ancestry", "protected"),
    *("citizenship status", "immigration status", "not required", "not be required", "corporate citizen"),
    *("good citizen", "digital citizen", "citizen develop", "services to citizens", "service to citizens"),
)
_SHORT_LINE = 60

_ABOUT_VISAS = (
    *("visa", "h1b", "h-1b", "h1-b", "immigration", "work permit", "authoriz", "authoris", "employment", "applicant"),
    *("candidate", "no sponsorship", "without sponsorship", "provide sponsorship", "offer sponsorship"),
    *("require sponsorship", "need sponsorship", "sponsorship available", "sponsorship is", "sponsorship not"),
    *("unable to sponsor", "cannot sponsor", "not sponsor"),
)
_QUESTION = re.compile(r"\b(?:will|do|would) you\b|\bnow or in the future require\b.{0,40}\?")
_SOMETIMES = ("case-by-case", "case by case", "may be available", "may be considered", "may be offered")
_NEGATIVE = ("unable", "not", "n't", "no ", "never", "without", "nor", "unavailable")
_REFUSED = re.compile(
    r"\b(?:unable|not|cannot|can't|can ?not|won't|don't|doesn't|aren't|isn't|no|never|without|nor)\b[^.;!?]{0,70}"
    r"(?:sponsor|\bh-?1-?b|\bvisas?\b)"
    r"|(?:sponsor\w*|visas?)\b[^.;!?]{0,50}\b(?:not|unavailable|cannot|can't|won't|isn't|unable)\b"
    r"|sponsorship ?(?::|-|available\??:?) ?(?:no\b|not|none)"
)
_OFFERED = re.compile(
    r"(?:visa|h-?1-?b|immigration)s? ?(?:and relocation |/ ?relocation )?(?:sponsor\w*|transfers?|support)"
    r"[^.;!?]{0,25}\b(?:available|offered|provided|possible|yes|welcome)\b"
    r"|sponsorship (?:is )?(?:available|offered|provided)|sponsorship ?: ?(?:yes|available)"
    r"|\b(?:we|can|will|do|to|company|employer|team|also|inc|which)\b[^.;!?]{0,25}\b(?:offer|provide|sponsor|support)s?\b"
    r"[^.;!?]{0,40}(?:visa|h-?1-?b|immigration|work permit)"
    r"|\boffers? (?:visa|h-?1-?b|immigration)"
)


def clearance(folded: str, marks: Sequence[Hit]) -> str | None:
    """The highest clearance asked for, None where none is."""
    asked = set()
    for hit in marks[:_TRIES]:
        sentence = _sentence(folded, hit)
        if _asks_clearance(hit.entry.phrase, sentence):
            asked.add(next((name for name, words in _CLEARANCES if holds(sentence, words)), _LEVEL_NOT_SAID))
    return next((name for name, _ in _CLEARANCES if name in asked), _LEVEL_NOT_SAID if asked else None)


def _asks_clearance(phrase: str, sentence: str) -> bool:
    if holds(sentence, _SOFTENED) or holds(sentence, _OTHER_CLEARANCES):
        return False
    if holds(sentence, _MAY_DENY) and _DENIED.search(sentence):
        return False
    if phrase.startswith("clearance"):
        return holds(sentence, _OF_STATE)
    # Top Secret is also a product that guards mainframes.
    return "clearance" in sentence or not holds(sentence, _MAINFRAME)


def citizenship(folded: str, marks: Sequence[Hit]) -> str | None:
    """Whom the posting asks applicants to be, None where it does not."""
    for hit in marks[:_TRIES]:
        sentence = _sentence(folded, hit)
        who = "" if holds(sentence, _ANYBODY) else _named(folded, sentence, hit)
        if who and (len(sentence) < _SHORT_LINE or holds(sentence, _DEMANDED)):
            return "US person" if who == "US citizen" and holds(sentence, _RESIDENTS_TOO) else who
    return None


def _named(folded: str, sentence: str, hit: Hit) -> str:
    if not hit.entry.phrase.startswith("citizen"):
        return "US person" if hit.entry.phrase != "itar" or "person" in sentence else ""
    before = f" {folded[max(0, hit.start - 20) : hit.start].rstrip(' .-')}"
    if holds(sentence, _OF_THE_US):
        return "US citizen"
    return next((who for who, words in _NATIONS.items() if before.endswith(words)), "")


def sponsorship(folded: str, marks: Sequence[Hit]) -> Sponsorship:
    """The first clear word on visa sponsorship."""
    for hit in marks[:_TRIES]:
        sentence = _sentence(folded, hit)
        if not holds(sentence, _ABOUT_VISAS) or holds(sentence, _SOMETIMES) or _QUESTION.search(sentence):
            continue
        if holds(sentence, _NEGATIVE) and _REFUSED.search(sentence):
            return Sponsorship.REFUSED
        if _OFFERED.search(sentence):
            return Sponsorship.OFFERED
    return Sponsorship.UNKNOWN


def _sentence(folded: str, hit: Hit) -> str:
    """The sentence of a mark; a full stop within "U.S." does not end it."""
    first, last = sentence_around(folded, hit.start, hit.end, reach=_REACH)
    if folded.endswith(("u.s. ", "u.s.a. ", "u.k. "), max(0, first - 7), first):
        first, _ = sentence_around(folded, max(0, first - 7), max(0, first - 7), reach=_REACH)
    return folded[first:last]
