"""Remote OK. API: https://remoteok.com/api (its terms are the first element of the answer)

The newest hundred or so postings; the element with the terms is no posting. Every description ends in an instruction
to mention a word, meant to trap robots: it is no part of the posting and is cut off.
"""

import re

import msgspec

from iam_job_scout.posting import Board, Mode, Posting
from iam_job_scout.sources.base import Page, Source
from iam_job_scout.sources.pay import loose_pay
from iam_job_scout.sources.text import utc_time, word

_TRAP = re.compile(r"(?:\s|<br\s*/?>|<p>)*Please mention the word\b[^<]{0,60}\bwhen applying to show\b.*\Z", re.DOTALL)
#: UTF-8 that was read as Latin-1; mended only in texts with a C1 control, which real text never holds.
_MOJIBAKE = re.compile(r"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_C1_CONTROL = re.compile(r"[\x80-\x9f]")


class _Job(msgspec.Struct):
    id: str | int
    position: str
    url: str
    company: object = None
    location: object = None
    description: object = None
    apply_url: object = None
    date: object = None
    salary_min: object = None
    salary_max: object = None


class RemoteOK(Source[list[msgspec.Raw], _Job]):
    name = "remoteok"
    label = "Remote OK"
    hosts = ("remoteok.com",)
    docs = "https://remoteok.com/api"
    terms = "Link to the posting on Remote OK with a followed link and name Remote OK as the source; no logo."
    attribution = "Source: Remote OK"
    attribution_url = "https://remoteok.com"
    endpoint = "/api"
    aggregator = True
    newest_only = True
    per_second = 0.5
    concurrency = 1
    envelope = list[msgspec.Raw]
    item = _Job

    def url(self, board: Board) -> str:
        return "https://remoteok.com/api"

    def page(self, envelope: list[msgspec.Raw]) -> Page:
        return Page([item for item in envelope if not _is_terms(item)])

    def posting(self, item: _Job, board: Board) -> Posting:
        # The API gives no currency or interval; the site shows these amounts as US dollars a year, and 0 as unknown.
        pay = loose_pay(item.salary_min, item.salary_max, currency="USD", interval="year")
        return self.build(
            board,
            external_id=item.id,
            title=_repaired(item.position),
            url=item.url,
            company=_repaired(word(item.company)),
            location=_repaired(word(item.location)),
            description=_TRAP.sub("", _repaired(word(item.description))),
            apply_url=word(item.apply_url),
            posted_at=utc_time(item.date),
            mode=Mode.REMOTE,
            pay=pay,
        )


def _is_terms(item: msgspec.Raw) -> bool:
    try:
        keys = msgspec.json.decode(item, type=dict[str, msgspec.Raw]).keys()
    except (msgspec.MsgspecError, UnicodeError):
        return False
    return "legal" in keys and not keys & {"id", "position"}


def _repaired(text: str) -> str:
    return _MOJIBAKE.sub(_decoded_again, text) if _C1_CONTROL.search(text) else text


def _decoded_again(match: re.Match[str]) -> str:
    try:
        return match[0].encode("latin-1").decode()
    except UnicodeError:
        return match[0]
