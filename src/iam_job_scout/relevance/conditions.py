"""Who may have the job: clearance, citizenship, visa sponsorship.

Each reader starts from the marks that the one pass over the text has found and looks at a bounded stretch around them.
What a posting does not say stays unknown; a demand that is denied ("no clearance needed") is not a demand.
"""

import re
from collections.abc import Sequence

from iam_job_scout.relevance.evidence import sentence_around
from iam_job_scout.relevance.lexicon import Hit
from iam_job_scout.relevance.match import Sponsorship

# A text that speaks of one of these more often than this has said its piece.
_TRIES = 20
_REACH = 120

# From the highest level to the lowest; the highest that is asked for decides.
_CLEARANCES = (
    ("TS/SCI with polygraph", re.compile(r"polygraph|\b(?:ci|fs|full[- ]scope) poly\b")),
    ("TS/SCI", re.compile(r"\bts ?/ ?sci\b|\btop[- ]secret ?/ ?(?:sci|sensitive)|\bts sci\b|top secret.{0,12}\bsci\b")),
    ("DV", re.compile(r"\bdv\b|developed vetting")),
    ("DOE Q", re.compile(r"\b(?:doe |active )?q[- ](?:level )?(?:security )?clearance")),
    ("top secret", re.compile(r"\btop[- ]secret\b|\bts (?:clearance|security clearance)")),
    ("SC", re.compile(r"\bsc (?:clear|security|level)")),
    ("secret", re.compile(r"\bsecret\b")),
    ("public trust", re.compile(r"\bpublic trust\b|\bmbi\b")),
)
_LEVEL_NOT_SAID = "unspecified level"
_MAINFRAME = re.compile(r"\b(?:racf|acf2|acf 2|mainframe|z/?os)\b")
_OF_STATE = re.compile(r"security|government|federal|dod|secret|\bts\b|\bsci\b|trust|agency|active|obtain|poly|level")
_NOT_DEMANDED = re.compile(
    r"\bno (?:\w+ ){0,3}(?:clearance|polygraph)|(?:clearance|polygraph)s? (?:is |are )?(?:not|isn't)"
    r"|\bnot (?:a )?require|without (?:a |any )?(?:security )?clearance|(?:preferred|a plus|desired|nice to have)\b"
    r"|customs|clearance (?:sale|rate|process for)|background clearance|child abuse|act 33|act 34|medical clearance"
)

_WHO = (
    ("US person", re.compile(r"\bu\.?s\.?a? persons?\b|\bgc ?/ ?usc\b|\busc ?/ ?gc\b|\bitar\b.{0,80}\bpersons?\b")),
    ("US citizen", re.compile(r"\b(?:u\.?s\.?a?\.?|united states|american)(?: of america)?(?: dual)? ?citizen")),
    ("UK citizen", re.compile(r"\b(?:uk|u\.k\.|british|united kingdom) (?:citizen|national)")),
    ("Canadian citizen", re.compile(r"\bcanad(?:a|ian) citizen")),
    ("Australian citizen", re.compile(r"\baustralian? citizen")),
    ("EU citizen", re.compile(r"\b(?:eu|european(?: union)?) citizen")),
)
_RESIDENTS_TOO = re.compile(r"permanent resident|green[- ]?card|lawful|refugee|asylee|\bgc\b|us nationals? or")
_DEMANDED = re.compile(
    r"\bmust\b|\brequire|\bonly\b|\bneed(?:s|ed)?\b|\bmandatory\b|\beligib|\bshall\b|\brestricted to\b|\blimited to\b"
    r"|\bcitizenship ?:|\bmust-have|\bproof of\b|\bsole\b|\bpossess\b|\bobtain\b|\bclearance\b"
)
_ANYBODY = re.compile(
    r"regardless|without regard|discriminat|\brace\b|religio|national origin|ancestry|protected|citizenship status"
    r"|immigration status|(?:citizenship )?(?:is )?not (?:be )?required|corporate citizen|good citizen|digital citizen"
    r"|citizen develop|services? to citizens"
)
_SHORT_LINE = 60

_ABOUT_VISAS = re.compile(
    r"visa|h-?1-?b|immigration|work (?:permit|authori[sz]ation)|authori[sz]ed|employment|applicant|candidate"
    r"|(?:no|without|provide|offer|need|require)\w* sponsorship|sponsorship (?:\w+ ){0,3}(?:available|offered|provided)"
)
_QUESTION = re.compile(r"\b(?:will|do|would) you\b|\bnow or in the future require\b.{0,40}\?")
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
_SOMETIMES = re.compile(r"case[- ]by[- ]case|\bmay be (?:available|considered|offered)")


def clearance(folded: str, marks: Sequence[Hit]) -> str | None:
    """The highest clearance asked for, None where none is."""
    asked = set()
    for hit in marks[:_TRIES]:
        sentence = _sentence(folded, hit)
        if _NOT_DEMANDED.search(sentence) or (_MAINFRAME.search(sentence) and "clearance" not in sentence):
            continue
        if hit.entry.phrase.startswith("clearance") and not _OF_STATE.search(sentence):
            continue
        asked.add(next((name for name, pattern in _CLEARANCES if pattern.search(sentence)), _LEVEL_NOT_SAID))
    return next((name for name, _ in _CLEARANCES if name in asked), _LEVEL_NOT_SAID if asked else None)


def citizenship(folded: str, marks: Sequence[Hit]) -> str | None:
    """Whom the posting asks applicants to be, None where it does not."""
    for hit in marks[:_TRIES]:
        sentence = _sentence(folded, hit)
        who = next((name for name, pattern in _WHO if pattern.search(sentence)), None)
        if not who or _ANYBODY.search(sentence):
            continue
        if _DEMANDED.search(sentence) or len(sentence) < _SHORT_LINE:
            return "US person" if who == "US citizen" and _RESIDENTS_TOO.search(sentence) else who
    return None


def sponsorship(folded: str, marks: Sequence[Hit]) -> Sponsorship:
    """The first clear word on visa sponsorship."""
    for hit in marks[:_TRIES]:
        sentence = _sentence(folded, hit)
        if not _ABOUT_VISAS.search(sentence) or _QUESTION.search(sentence) or _SOMETIMES.search(sentence):
            continue
        if _REFUSED.search(sentence):
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
