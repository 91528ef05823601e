"""Workday career sites (CXS). Not documented by the vendor; this is what its career pages call themselves.

A token is `tenant/wdN/site`, as in https://TENANT.wdN.myworkdayjobs.com/SITE. Twenty postings a page, asked for by
POST. Some tenants stop counting at 2,000 and repeat the first page behind it, and later pages may say a total of 0: the
first total counts, and one of 2,000 is no total: then some searches look for what matters behind it. The list has no
descriptions: these cost a request each.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import msgspec

from iam_job_scout.posting import Board, Mode, Posting
from iam_job_scout.settings import Settings
from iam_job_scout.sources.base import Page, Position
from iam_job_scout.sources.client import Request
from iam_job_scout.sources.details import DetailedSource
from iam_job_scout.sources.text import clean, count, join_places, loose, utc_time, word, words

PAGE_SIZE = 20
#: A total of this many or more is where the source stops counting.
CLAMP = 2000
#: What is searched for at a tenant with more postings than it shows.
SEARCHES = ("identity access management", "IAM", "privileged access", "Okta SailPoint CyberArk")

_TOKEN = re.compile(r"([A-Za-z0-9_-]{1,63})/(wd[0-9]{1,4})/([A-Za-z0-9_.-]{1,100})")
#: What may stand in a path as it is; a percent sign is part of what was quoted before.
_SAFE = "/%:@!$&'()*+,;=~-._"
_SEVERAL_PLACES = re.compile(r"\d+ locations?", re.IGNORECASE)
_AGE = re.compile(r"posted\s+(?:(today)|(yesterday)|(\d{1,3})\s+days?\s+ago)", re.IGNORECASE)


class _Listing(msgspec.Struct, rename="camel"):
    job_postings: list[msgspec.Raw]
    total: object = None


class _Job(msgspec.Struct, rename="camel"):
    title: str
    external_path: str
    locations_text: object = None
    posted_on: object = None
    remote_type: object = None
    time_type: object = None


class _Info(msgspec.Struct, rename="camel"):
    job_description: object = None
    location: object = None
    additional_locations: object = None
    start_date: object = None
    time_type: object = None
    remote_type: object = None


class _Organization(msgspec.Struct):
    name: object = None


class _Detail(msgspec.Struct, rename="camel"):
    job_posting_info: object = None
    hiring_organization: object = None


class Workday(DetailedSource[_Listing, _Job, _Detail]):
    name = "workday"
    label = "Workday"
    hosts = ("*.myworkdayjobs.com",)
    docs = "https://community.workday.com"
    terms = "Career sites of employers, read as their own pages do; no terms are published, so they are asked seldom."
    endpoint = "/wday/cxs/{tenant}/{site}/jobs"
    detail_endpoint = "/wday/cxs/{tenant}/{site}/job/{posting}"
    cadence = timedelta(hours=6)
    envelope = _Listing
    item = _Job
    detail = _Detail

    def token_problem(self, token: str) -> str:
        return "" if _TOKEN.fullmatch(token) else "a Workday token is tenant/wdN/site"

    def url(self, board: Board) -> str:
        return f"{_api(board.token)}/jobs"

    def request(self, url: str, at: Position, settings: Settings) -> Request:
        url, _, search = url.partition("#")
        # All four are needed: without them the answer is 422.
        asked = {"appliedFacets": {}, "limit": PAGE_SIZE, "offset": at.items, "searchText": search}
        return Request(api=self.api, endpoint=self.endpoint, url=url, body=msgspec.json.encode(asked))

    def narrower(self, start: str) -> Sequence[str]:
        return [f"{start}#{search}" for search in SEARCHES]

    def next_url(self, page: Page, at: Position) -> str | None:
        more = page.items and (at.advertised is None or at.items < at.advertised)
        return at.start if more else None

    def page(self, envelope: _Listing) -> Page:
        total = count(envelope.total)
        return Page(envelope.job_postings, total, clamped=total is not None and total >= CLAMP)

    def posting(self, item: _Job, board: Board) -> Posting:
        places = word(item.locations_text)
        return self.build(
            board,
            external_id=_external_id(item.external_path),
            title=item.title,
            url=f"{_site(board.token)}/{quote(item.external_path.strip().lstrip('/'), safe=_SAFE)}",
            location="" if _SEVERAL_PLACES.fullmatch(places.strip()) else places,
            posted_at=_posted_at(word(item.posted_on), now=datetime.now(UTC)),
            mode=_mode(word(item.remote_type)),
            employment_type=word(item.time_type),
        )

    def detail_url(self, posting: Posting) -> str:
        return _api(posting.board) + posting.url.removeprefix(_site(posting.board))

    def completed(self, posting: Posting, detail: _Detail) -> Posting:
        info = loose(detail.job_posting_info, _Info)
        places = join_places([word(info.location), *words(info.additional_locations)])
        mode = _mode(word(info.remote_type))
        employer = clean(word(loose(detail.hiring_organization, _Organization).name))
        return msgspec.structs.replace(
            posting,
            company=employer or posting.company if posting.company == posting.board else posting.company,
            description=clean(word(info.job_description)),
            location=places or posting.location,
            posted_at=utc_time(info.start_date) or posting.posted_at,
            mode=posting.mode if mode is Mode.UNKNOWN else mode,
            employment_type=clean(word(info.time_type)) or posting.employment_type,
        )


def _api(token: str) -> str:
    tenant, centre, site = token.split("/")
    return f"https://{tenant}.{centre}.myworkdayjobs.com/wday/cxs/{tenant}/{site}"


def _site(token: str) -> str:
    tenant, centre, site = token.split("/")
    return f"https://{tenant}.{centre}.myworkdayjobs.com/{site}"


def _external_id(path: str) -> str:
    """The requisition behind the last underscore; what stands before it is an old title that may be rewritten."""
    name, _, requisition = path.rstrip("/").rpartition("_")
    return requisition if name and any(map(str.isdigit, requisition)) else path


def _posted_at(text: str, *, now: datetime) -> datetime | None:
    """The day of "Posted 8 Days Ago"; None for "30+ Days Ago", which may be any."""
    age = _AGE.match(text.strip())
    if age is None:
        return None
    days = 0 if age[1] else 1 if age[2] else int(age[3])
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days)


def _mode(text: str) -> Mode:
    name = text.lower().replace("-", "").replace(" ", "")
    for mark, mode in (
        ("hybrid", Mode.HYBRID),
        ("flex", Mode.HYBRID),
        ("remote", Mode.REMOTE),
        ("onsite", Mode.ONSITE),
    ):
        if mark in name:
            return mode
    return Mode.UNKNOWN
