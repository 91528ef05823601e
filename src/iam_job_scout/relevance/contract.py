"""The terms of employment: permanent, a contract, a contract first, for a time, an internship, part of the time."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from iam_job_scout.relevance.lexicon import Hit
from iam_job_scout.relevance.match import Contract
from iam_job_scout.relevance.text import fold, holds

# A text that speaks of contracts more often than this has said its piece.
_TRIES = 20
_LOOK = 40

# Looked up once: the attributes of an enumeration are slow.
_UNKNOWN = Contract.UNKNOWN
# The first that fits what a source's own field says.
_POSTED = (
    (Contract.CONTRACT_TO_HIRE, re.compile(r"to[- _]?hire|to[- _]?perm|c2h|\bcth\b")),
    (Contract.INTERNSHIP, re.compile(r"intern|trainee|apprentic|working student|werkstudent|stage|altern")),
    (Contract.PART_TIME, re.compile(r"part[- _]?time|teilzeit|temps partiel")),
    (Contract.TEMPORARY, re.compile(r"temp|fixed[- _]?term|seasonal|\bcdd\b|(?<!un)befristet|\bterm\b")),
    (Contract.CONTRACT, re.compile(r"contract|freelanc|c2c|\bw-?2\b|1099|b2b|consultant")),
    (Contract.PERMANENT, re.compile(r"perm|full[- _]?time|regular|direct|\bfte\b|\bcdi\b|unbefristet|vollzeit")),
)
_TITLE = tuple(
    (contract, re.compile(pattern))
    for contract, pattern in (
        (Contract.CONTRACT_TO_HIRE, r"contract[- ]to[- ](?:hire|perm)|\bc2h\b|temp[- ]to[- ](?:hire|perm)"),
        (Contract.PART_TIME, r"\bpart[- ]time\b"),
        (Contract.TEMPORARY, r"\btemporary\b|\bfixed[- ]term\b|\bftc\b|\bseasonal\b|[(-] ?temp\b"),
        (
            Contract.CONTRACT,
            r"[(\[,|/–-] ?(?:\w+[- ]){0,3}contract(?:or)?\b|\bcontract(?:or)?(?:$|[)\],|])"
            r"|\bc2c\b|\bw-?2\b|\bmonths? contract|\bfreelance\b",
        ),
        (Contract.PERMANENT, r"\bpermanent\b|\bdirect[- ]hire\b"),
    )
)

_NUMBER = r"(?:\d{1,2}|three|four|six|nine|twelve|eighteen|multi|long|short)"
_JOB = r"(?:position|role|job|employ|contract|opportunity|assignment|basis)"
_FIRST_A_CONTRACT = re.compile(r"(?:contract|temp)[- ]to[- ](?:hire|perm)|\bc2h\b|right to hire")
# The two commonest begin with what stands before a word, because then only the beginnings of words are tried.
_A_CONTRACT = re.compile(
    rf"\W(?:{_NUMBER}\+?[- ](?:months?|term|year)[- ](?:\w+[- ]){{0,2}}contract\b"
    r"|(?:this is an?|on an?|w-?2|initial|b2b|1099) (?:\w+ )?contract\b"
    rf"|contract (?:{_JOB}|length|duration|only|term)\b"
    r"|(?:duration|length|term) ?: ?(?:\w+ ){0,2}contract"
    r"|w-?2 (?:only|contract|basis|role)|on w-?2\b"
    r"|(?<!no )(?<!not )(?:c2c|corp[- ]to[- ]corp) (?:is )?(?:ok|accept|avail|allow|only|welcome)"
    rf"|freelance {_JOB})"
)
_FOR_A_TIME = re.compile(
    rf"\b(?:temporary|fixed[- ]term) (?:\w+ )?{_JOB}|\bcdd\b"
    r"|(?<!un)befristet(?:e|er|en)? (?:anstellung|stelle|vertrag)"
)
_PART_OF_THE_TIME = re.compile(rf"\bpart[- ]time {_JOB}")
_FOR_GOOD = re.compile(
    rf"\W(?:permanent(?:,? full[- ]time)? {_JOB}|permanent,? full[- ]time|full[- ]time,? (?:permanent|regular)"
    r"|regular,? full[- ]time|direct[- ]hire\b|cdi\b|\w*unbefristet)"
)
# "Employment type: full-time", and the same with the colon or the line break lost.
_STATED = re.compile(
    r"(?:job|employment|contract|position|hire|engagement|work) ?type(?: of employment)? ?[:|-]? ?\n? ?(?:\w+ )?"
    r"(contract(?!ual)|temporary|fixed|part[- ]time|permanent|full[- ]?time|regular|direct)"
)
_BY_STATED = {
    "con": Contract.CONTRACT,
    "tem": Contract.TEMPORARY,
    "fix": Contract.TEMPORARY,
    "par": Contract.PART_TIME,
    "per": Contract.PERMANENT,
    "ful": Contract.PERMANENT,
    "reg": Contract.PERMANENT,
    "dir": Contract.PERMANENT,
}
_NOT_TERMS = re.compile(r"permanent (?:resid|work auth|right)|government contract|contract (?:negotiat|manage|vehicle)")
# Which pattern a mark calls for, by how it begins.
_BY_MARK = (
    (("contract to", "c2h", "temp to", "right to"), _FIRST_A_CONTRACT, Contract.CONTRACT_TO_HIRE),
    (("contract", "c2c", "corp", "w2", "w 2", "freelance"), _A_CONTRACT, Contract.CONTRACT),
    (("temporary", "fixed", "cdd", "befristet"), _FOR_A_TIME, Contract.TEMPORARY),
    (("part",), _PART_OF_THE_TIME, Contract.PART_TIME),
    (("permanent", "direct", "full", "cdi", "unbefristet"), _FOR_GOOD, Contract.PERMANENT),
)
# One of these stands where work is for good, beside "full time".
_WORDS_FOR_GOOD = ("permanent", "regular", "direct", "cdi", "unbefristet")


def read(*, posted: str, title: str, tags: Mapping[str, str], folded: str, marks: Sequence[Hit]) -> Contract:
    """The terms by the source's own field, else the title, else the text (both folded); `tags` are the title's."""
    stated = _of_field(posted) if posted else _UNKNOWN
    if stated is _UNKNOWN and "intern" in tags:
        stated = Contract.INTERNSHIP
    if stated is _UNKNOWN and "terms" in tags:
        stated = _first(_TITLE, title)
    if stated is not _UNKNOWN:
        return stated
    for hit in marks[:_TRIES]:
        stated = _of_mark(folded, hit)
        if stated is not _UNKNOWN:
            return stated
    return _UNKNOWN


@lru_cache(maxsize=512)
def _of_field(posted: str) -> Contract:
    """The terms a source's own field names; sources use few values."""
    return _first(_POSTED, fold(posted))


def _first(table: tuple[tuple[Contract, re.Pattern[str]], ...], text: str) -> Contract:
    return next((contract for contract, pattern in table if pattern.search(text)), _UNKNOWN)


def _of_mark(folded: str, hit: Hit) -> Contract:
    around = f" {folded[max(0, hit.start - _LOOK) : hit.end + _LOOK]}"
    if "type" in around and (stated := _STATED.search(around)):
        return _BY_STATED[stated.group(1)[:3]]
    phrase = hit.entry.phrase
    if phrase.startswith("full") and not holds(around, _WORDS_FOR_GOOD):
        return _UNKNOWN
    for beginnings, pattern, terms in _BY_MARK:
        if phrase.startswith(beginnings):
            return terms if pattern.search(around) and not _NOT_TERMS.search(around) else _UNKNOWN
    return _UNKNOWN
