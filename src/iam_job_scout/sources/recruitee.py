"""Recruitee career sites. API: https://docs.recruitee.com/reference/intro-to-careers-site-api

One answer holds the whole board. A token is the name before `.recruitee.com`, or the host of an employer's own career
site. `position` is a sort number and `requirements` a second half of the description; amounts of pay are texts.
"""

import re

import msgspec

from iam_job_scout.posting import Board, Mode, Posting
from iam_job_scout.sources.base import Page, Source, UnlistedItem
from iam_job_scout.sources.pay import loose_pay
from iam_job_scout.sources.text import join_places, joined_html, loose, utc_time, word

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*", re.IGNORECASE)


class _Offers(msgspec.Struct):
    offers: list[msgspec.Raw]


class _Place(msgspec.Struct):
    name: object = None
    city: object = None
    state: object = None
    country: object = None


class _Salary(msgspec.Struct):
    min: object = None
    max: object = None
    currency: object = None
    period: object = None


class _Job(msgspec.Struct):
    id: str | int
    title: str
    careers_url: str
    careers_apply_url: object = None
    company_name: object = None
    status: object = None
    location: object = None
    locations: object = None
    description: object = None
    requirements: object = None
    remote: object = None
    hybrid: object = None
    on_site: object = None
    employment_type_code: object = None
    salary: object = None
    published_at: object = None
    created_at: object = None
    close_at: object = None


class Recruitee(Source[_Offers, _Job]):
    name = "recruitee"
    label = "Recruitee"
    hosts = ("*.recruitee.com",)
    docs = "https://docs.recruitee.com/reference/intro-to-careers-site-api"
    terms = "Public job boards of employers; reading them needs no key."
    endpoint = "/api/offers/"
    per_second = 5.0
    envelope = _Offers
    item = _Job

    def token_problem(self, token: str) -> str:
        return "" if _HOST.fullmatch(token) else "a Recruitee token is NAME of NAME.recruitee.com, or a host name"

    def url(self, board: Board) -> str:
        host = board.token if "." in board.token else f"{board.token}.recruitee.com"
        return f"https://{host}/api/offers/"

    def page(self, envelope: _Offers) -> Page:
        return Page(envelope.offers)

    def posting(self, item: _Job, board: Board) -> Posting:
        if item.status not in (None, "published"):
            raise UnlistedItem("not published")
        salary = loose(item.salary, _Salary)
        return self.build(
            board,
            external_id=item.id,
            title=item.title,
            url=item.careers_url,
            company=board.company or word(item.company_name),
            location=_location(item),
            description=joined_html((word(item.description), word(item.requirements))),
            apply_url=word(item.careers_apply_url),
            posted_at=utc_time(item.published_at) or utc_time(item.created_at),
            closes_at=utc_time(item.close_at),
            mode=_mode(item),
            employment_type=word(item.employment_type_code).replace("_", " "),
            pay=loose_pay(salary.min, salary.max, currency=salary.currency, interval=salary.period),
        )


def _location(job: _Job) -> str:
    places = [loose(place, _Place) for place in job.locations] if isinstance(job.locations, list) else []
    found = join_places(_joined(place) or word(place.name) for place in places)
    return found or word(job.location)


def _joined(place: _Place) -> str:
    parts = (word(place.city), word(place.state), word(place.country))
    return ", ".join(dict.fromkeys(part for part in parts if part))


def _mode(job: _Job) -> Mode:
    for said, mode in ((job.hybrid, Mode.HYBRID), (job.remote, Mode.REMOTE), (job.on_site, Mode.ONSITE)):
        if said is True:
            return mode
    return Mode.UNKNOWN
