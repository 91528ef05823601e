"""USAJOBS, the jobs of the United States government. API: https://developer.usajobs.gov/api-reference/get-api-search

The whole series 2210 (information technology management) is read, in which the government hires for identity and
access. Amounts are texts, intervals are words or codes, dates come in three shapes, and counts stop at 10,000.
"""

from html import escape

import msgspec

from iam_job_scout.posting import Board, Mode, Posting
from iam_job_scout.settings import Settings
from iam_job_scout.sources.base import Page, Position, Source
from iam_job_scout.sources.client import Request
from iam_job_scout.sources.pay import loose_pay
from iam_job_scout.sources.text import as_html, count, join_places, joined_html, loose, utc_time, word, words

#: An item is up to 90 kB; 100 of them are well below the limit of one answer.
PAGE_SIZE = 100
CLAMP = 10_000
#: An announcement may name hundreds of places; from this many on its own summary of them is better.
MAX_PLACES = 20

_PARTS = (
    ("Summary", "JobSummary"),
    ("Duties", "MajorDuties"),
    ("Requirements", "Requirements"),
    ("Key requirements", "KeyRequirements"),
    ("Education", "Education"),
)


class _Result(msgspec.Struct, rename="pascal"):
    search_result_items: list[msgspec.Raw]
    search_result_count_all: object = None


class _Answer(msgspec.Struct, rename="pascal"):
    search_result: _Result


class _Named(msgspec.Struct, rename="pascal"):
    name: object = None
    location_name: object = None


class _Remuneration(msgspec.Struct, rename="pascal"):
    minimum_range: object = None
    maximum_range: object = None
    rate_interval_code: object = None


class _Area(msgspec.Struct, rename="pascal"):
    details: dict[str, object] = {}


class _Descriptor(msgspec.Struct, rename={"position_uri": "PositionURI", "apply_uri": "ApplyURI"} | {
    "title": "PositionTitle", "display": "PositionLocationDisplay", "places": "PositionLocation",
    "organization": "OrganizationName", "department": "DepartmentName", "schedule": "PositionSchedule",
    "offering": "PositionOfferingType", "qualifications": "QualificationSummary", "pay": "PositionRemuneration",
    "published": "PublicationStartDate", "closes": "ApplicationCloseDate", "area": "UserArea",
}):  # fmt: skip
    title: str
    position_uri: object = None
    apply_uri: object = None
    display: object = None
    places: object = None
    organization: object = None
    department: object = None
    schedule: object = None
    offering: object = None
    qualifications: object = None
    pay: object = None
    published: object = None
    closes: object = None
    area: object = None


class _Job(msgspec.Struct, rename={"id": "MatchedObjectId", "about": "MatchedObjectDescriptor"}):
    id: str | int
    about: _Descriptor


class USAJobs(Source[_Answer, _Job]):
    name = "usajobs"
    label = "USAJOBS"
    hosts = ("data.usajobs.gov",)
    docs = "https://developer.usajobs.gov/api-reference/get-api-search"
    terms = "Free key on request; the key's e-mail address is sent with each request."
    attribution = "Source: USAJOBS"
    attribution_url = "https://www.usajobs.gov"
    endpoint = "/api/Search"
    aggregator = True
    keys = ("usajobs_email", "usajobs_key")
    keys_from = "free at https://developer.usajobs.gov/apirequest"
    per_second = 1.0
    concurrency = 1
    envelope = _Answer
    item = _Job

    def url(self, board: Board) -> str:
        return self._url(1)

    def request(self, url: str, at: Position, settings: Settings) -> Request:
        headers = {"User-Agent": settings.usajobs_email, "Authorization-Key": settings.usajobs_key.get_secret_value()}
        return Request(api=self.api, endpoint=self.endpoint, url=url, headers=headers)

    def next_url(self, page: Page, at: Position) -> str | None:
        more = page.items and at.items < (at.advertised or 0)
        return self._url(at.pages + 1) if more else None

    def page(self, envelope: _Answer) -> Page:
        result = envelope.search_result
        total = count(result.search_result_count_all)
        return Page(result.search_result_items, total, clamped=total is not None and total >= CLAMP)

    def posting(self, item: _Job, board: Board) -> Posting:
        about = item.about
        details = loose(about.area, _Area).details
        pay = loose(_first(about.pay), _Remuneration)
        return self.build(
            board,
            external_id=item.id,
            title=about.title,
            url=_public(about.position_uri) or f"https://www.usajobs.gov/job/{item.id}",
            company=word(about.organization) or word(about.department),
            location=_location(about),
            description=_description(about, details),
            apply_url=_public(_first(about.apply_uri)),
            posted_at=utc_time(about.published),
            closes_at=utc_time(about.closes),
            mode=Mode.REMOTE if details.get("RemoteIndicator") is True else Mode.UNKNOWN,
            employment_type=", ".join(
                filter(None, (word(loose(_first(kind), _Named).name) for kind in (about.schedule, about.offering)))
            ),
            pay=loose_pay(pay.minimum_range, pay.maximum_range, currency="USD", interval=pay.rate_interval_code),
        )

    def _url(self, number: int) -> str:
        query = f"JobCategoryCode=2210&Fields=Full&SortField=opendate&SortDirection=desc&ResultsPerPage={PAGE_SIZE}"
        return f"https://data.usajobs.gov/api/Search?{query}&Page={number}"


def _first(value: object) -> object:
    return value[0] if isinstance(value, list) and value else value


def _public(url: object) -> str:
    return word(url).replace("www.usajobs.gov:443/", "www.usajobs.gov/")


def _location(about: _Descriptor) -> str:
    places = about.places if isinstance(about.places, list) else []
    names = [word(loose(place, _Named).location_name) for place in places[: MAX_PLACES + 1]]
    return word(about.display) if not any(names) or len(names) > MAX_PLACES else join_places(names)


def _description(about: _Descriptor, details: dict[str, object]) -> str:
    parts = [(heading, "\n".join(words(details.get(key)))) for heading, key in _PARTS]
    parts.append(("Qualifications", word(about.qualifications)))
    clearance = word(details.get("SecurityClearance"))
    parts.append(("Security clearance", clearance))
    return joined_html(f"<h3>{escape(heading)}</h3>{as_html(text)}" for heading, text in parts if text.strip())
