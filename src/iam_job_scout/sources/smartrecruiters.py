"""SmartRecruiters postings. API: https://developers.smartrecruiters.com/docs/posting-api

Paged by offset up to `totalFound`. The list has no descriptions: these cost a request each. A company that does not
exist looks like one without postings.
"""

from html import escape
from urllib.parse import quote

import msgspec

from iam_job_scout.posting import Board, Mode, Posting
from iam_job_scout.sources.base import Page, Position
from iam_job_scout.sources.details import DetailedSource
from iam_job_scout.sources.pay import loose_pay
from iam_job_scout.sources.text import as_html, count, joined_html, loose, utc_time, web_url, word

PAGE_SIZE = 100

_SECTIONS = ("companyDescription", "jobDescription", "qualifications", "additionalInformation")


class _Listing(msgspec.Struct, rename="camel"):
    content: list[msgspec.Raw]
    total_found: object = None


class _Named(msgspec.Struct):
    identifier: object = None
    name: object = None
    label: object = None


class _Place(msgspec.Struct, rename="camel"):
    city: object = None
    region: object = None
    country: object = None
    full_location: object = None
    remote: object = None
    hybrid: object = None


class _Job(msgspec.Struct, rename="camel"):
    id: str | int
    name: str
    company: object = None
    location: object = None
    released_date: object = None
    type_of_employment: object = None


class _Section(msgspec.Struct):
    title: object = None
    text: object = None


class _Ad(msgspec.Struct):
    sections: dict[str, object] = {}


class _Compensation(msgspec.Struct):
    min: object = None
    max: object = None
    currency: object = None
    period: object = None


class _Detail(msgspec.Struct, rename="camel"):
    job_ad: object = None
    posting_url: object = None
    apply_url: object = None
    compensation: object = None


class SmartRecruiters(DetailedSource[_Listing, _Job, _Detail]):
    name = "smartrecruiters"
    label = "SmartRecruiters"
    hosts = ("api.smartrecruiters.com",)
    docs = "https://developers.smartrecruiters.com/docs/posting-api"
    terms = "Public job boards of employers; reading them needs no key."
    endpoint = "/v1/companies/{board}/postings"
    detail_endpoint = "/v1/companies/{board}/postings/{posting}"
    per_second = 5.0
    envelope = _Listing
    item = _Job
    detail = _Detail

    def url(self, board: Board) -> str:
        return self._url(board, offset=0)

    def next_url(self, page: Page, at: Position) -> str | None:
        more = page.items and at.items < (at.advertised or 0)
        return self._url(at.board, offset=at.items) if more else None

    def page(self, envelope: _Listing) -> Page:
        return Page(envelope.content, count(envelope.total_found))

    def posting(self, item: _Job, board: Board) -> Posting:
        company, place = loose(item.company, _Named), loose(item.location, _Place)
        identifier = word(company.identifier) or board.token
        parts = filter(None, (word(place.city), word(place.region), word(place.country).upper()))
        return self.build(
            board,
            external_id=item.id,
            title=item.name,
            url=f"https://jobs.smartrecruiters.com/{quote(identifier, safe='')}/{quote(str(item.id), safe='')}",
            company=board.company or word(company.name),
            location=word(place.full_location) or ", ".join(parts),
            posted_at=utc_time(item.released_date),
            mode=_mode(place),
            employment_type=word(loose(item.type_of_employment, _Named).label),
        )

    def detail_url(self, posting: Posting) -> str:
        return f"{_postings(posting.board)}/{quote(posting.external_id, safe='')}"

    def completed(self, posting: Posting, detail: _Detail) -> Posting:
        sections = loose(detail.job_ad, _Ad).sections
        pay = loose(detail.compensation, _Compensation)
        return msgspec.structs.replace(
            posting,
            url=web_url(word(detail.posting_url)) or posting.url,
            apply_url=web_url(word(detail.apply_url)),
            description=joined_html(_section(loose(sections.get(name), _Section)) for name in _SECTIONS),
            pay=loose_pay(pay.min, pay.max, currency=pay.currency, interval=pay.period),
        )

    def _url(self, board: Board, *, offset: int) -> str:
        return f"{_postings(board.token)}?limit={PAGE_SIZE}&offset={offset}"


def _postings(token: str) -> str:
    return f"https://api.smartrecruiters.com/v1/companies/{quote(token, safe='')}/postings"


def _mode(place: _Place) -> Mode:
    if place.hybrid is True:
        return Mode.HYBRID
    return Mode.REMOTE if place.remote is True else Mode.UNKNOWN


def _section(section: _Section) -> str:
    text, title = word(section.text), word(section.title)
    return f"<h3>{escape(title)}</h3>{as_html(text)}" if text.strip() and title else as_html(text)
