"""The terms of employment: permanent, a contract, a contract first, for a time, an internship, part of the time."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from iam_job_scout.relevance.lexicon import Hit
from iam_job_scout.relevance.match import Contract
from iam_job_scout.relevance.text import fold

# A text that speaks of contracts more often than this has said its piece.
_TRIES = 20

_POSTED = (
    (Contract.CONTRACT_TO_HIRE, re.compile(r"to[- _]?hire|to[- _]?perm|c2h|\bcth\b")),
    (Contract.INTERNSHIP, re.compile(r"intern|trainee|apprentic|working student|werkstudent|stage|altern")),
    (Contract.PART_TIME, re.compile(r"part[- _]?time|teilzeit|temps partiel")),
    (Contract.TEMPORARY, re.compile(r"temp|fixed[- _]?term|seasonal|\bcdd\b|befristet(?<!unbefristet)|\bterm\b")),
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
_KIND = r"(?:job|employment|contract|position|hire|engagement|work) ?type(?: of employment)? ?[:\-|]? ?\n? ?"
_JOB = r"(?:position|role|job|employ|contract|opportunity|assignment|basis)"
_TEXT = tuple(
    (contract, re.compile("|".join(patterns)))
    for contract, *patterns in (
        (Contract.CONTRACT_TO_HIRE, r"(?:contract|temp)[- ]to[- ](?:hire|perm)", r"\bc2h\b", "right to hire"),
        (
            Contract.CONTRACT,
            rf"\b{_NUMBER}\+?[- ](?:months?|term|year)[- ](?:\w+[- ]){{0,2}}contract\b",
            rf"{_KIND}(?:\w+ )?contract(?!ual)",
            r"\b(?:this is an?|on an?|w-?2|initial|b2b|1099) (?:\w+ )?contract\b",
            rf"\bcontract (?:{_JOB}|length|duration|only|term)\b",
            r"\b(?:duration|length|term) ?: ?(?:\w+ ){0,2}contract",
            r"\bw-?2 (?:only|contract|basis|role)",
            r"\bon w-?2\b",
            r"(?<!no )(?<!not )(?:c2c|corp[- ]to[- ]corp) (?:is )?(?:ok|accept|avail|allow|only|welcome)",
            rf"\bfreelance {_JOB}",
        ),
        (
            Contract.TEMPORARY,
            rf"\b(?:temporary|fixed[- ]term) (?:\w+ )?{_JOB}",
            rf"{_KIND}(?:temporary|fixed[- ]term)",
            r"\bcdd\b",
            r"(?<!un)befristet(?:e|er|en)? (?:anstellung|stelle|vertrag)",
        ),
        (Contract.PART_TIME, rf"{_KIND}part[- ]time", rf"\bpart[- ]time {_JOB}"),
        (
            Contract.PERMANENT,
            rf"{_KIND}(?:permanent|full[- ]?time|regular|direct[- ]hire)",
            rf"\bpermanent(?:,? full[- ]time)? {_JOB}",
            r"\bpermanent,? full[- ]time",
            r"\bfull[- ]time,? (?:permanent|regular)",
            r"\bregular,? full[- ]time",
            r"\bdirect[- ]hire\b",
            r"\bcdi\b",
            "unbefristet",
        ),
    )
)
_NOT_TERMS = re.compile(r"permanent (?:resid|work auth|right)|government contract|contract (?:negotiat|manage|vehicle)")


def read(*, posted: str, title: str, tags: Mapping[str, str], folded: str, marks: Sequence[Hit]) -> Contract:
    """The terms by the source's own field, else the title, else the text (both folded); `tags` are the title's."""
    stated = _of_field(posted) if posted else Contract.UNKNOWN
    if stated is Contract.UNKNOWN and "intern" in tags:
        stated = Contract.INTERNSHIP
    if stated is Contract.UNKNOWN and "terms" in tags:
        stated = _first(_TITLE, title)
    if stated is not Contract.UNKNOWN:
        return stated
    for hit in marks[:_TRIES]:
        around = folded[max(0, hit.start - 40) : hit.end + 40]
        if not _NOT_TERMS.search(around):
            stated = _first(_TEXT, around)
            if stated is not Contract.UNKNOWN:
                return stated
    return Contract.UNKNOWN


@lru_cache(maxsize=512)
def _of_field(posted: str) -> Contract:
    """The terms a source's own field names; sources use few values."""
    return _first(_POSTED, fold(posted))


def _first(table: tuple[tuple[Contract, re.Pattern[str]], ...], text: str) -> Contract:
    return next((contract for contract, pattern in table if pattern.search(text)), Contract.UNKNOWN)
