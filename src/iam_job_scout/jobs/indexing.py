"""What is stored of a job for finding it: its facts as columns, its words, and its marks (one for each filter value).

The columns go into the full-text index by triggers of the database (migration 0005), whoever writes them.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from iam_job_scout.jobs.dollars import in_dollars
from iam_job_scout.jobs.words import slug, split_words
from iam_job_scout.relevance import Match
from iam_job_scout.relevance.lexicon import lexicon
from iam_job_scout.relevance.location import read_places
from iam_job_scout.relevance.names import skill
from iam_job_scout.relevance.text import fold, scannable

#: Yearly pay, in thousands of US dollars, that a filter can ask for.
PAY_FLOORS = (80, 100, 120, 150, 180, 200, 250)

#: Stands between the parts of the marks of a job.
PARTS = " | "

#: Words of a posting beyond this many are not indexed; the longest honest ones have about 6,000.
MAX_WORDS = 10_000


def fact_values(match: Match) -> dict[str, Any]:
    """Returns the columns of a job that hold what the classifier says."""
    pay = match.pay
    return {
        "mode": match.mode,
        "tier": match.tier,
        "score": match.score,
        "seniority": match.seniority,
        "sub": list(match.sub),
        "skills": list(match.skills),
        "evidence": msgspec.to_builtins(match.evidence),
        "pay_min": pay.minimum if pay else None,
        "pay_max": pay.maximum if pay else None,
        "pay_currency": pay.currency if pay else None,
        "pay_source": pay.source if pay else None,
        "years": match.years,
        "places": [msgspec.to_builtins(place) for place in match.places],
        "clearance": match.clearance,
        "citizenship": match.citizenship,
        "sponsorship": match.sponsorship,
        "contract": match.contract,
        "certifications": list(match.certifications),
        "language": match.language,
        "own_product": match.own_product,
    }


def index_values(job: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Returns the columns that the job is found by; `job` holds its other columns, `text` is the plain description."""
    dollars = in_dollars(job["pay_max"], job["pay_currency"])
    marks = PARTS.join(map(" ".join, _marks(job, dollars or 0)))
    return {"search_text": search_text(job, text), "facets": marks, "pay_dollars": dollars}


def search_text(job: Mapping[str, Any], text: str) -> str:
    """Returns four lines: words of the title, of the company, of place, skills and description, and things by id.

    What has several names is in the last line under one: "Azure AD" and "Entra ID" both as name:entra.
    """
    skills = " ".join(str(name) for name in job["skills"])
    lines = (
        split_words(job["title"])[:MAX_WORDS],
        split_words(job["company"])[:MAX_WORDS],
        split_words(f"{job['location']} {skills} {text}")[:MAX_WORDS],
        _things(f"{job['title']} . {skills} . {text}"),
    )
    return "\n".join(" ".join(line) for line in lines)


@lru_cache(maxsize=10_000)
def skill_id(name: str) -> str:
    """Returns the value of the filter `skill` for a skill's name; every name of a thing has the same."""
    known = skill(name)
    return known.id if known else slug(name)


def _things(text: str) -> list[str]:
    hits = lexicon().find(scannable(fold(text))).concepts
    return sorted({f"name:{hit.entry.concept.id}" for hit in hits if hit.entry.concept and hit.entry.form == "term"})


def _marks(job: Mapping[str, Any], dollars: int) -> Iterator[list[str]]:
    """The marks in three parts: what one job has like many others, what it is about, and where it is.

    Many jobs share a part, few share all three; so counting the marks of thousands of jobs is counting their parts.
    """
    once = [f"{facet}:{value}" for facet, value in (("tier", job["tier"]), *_single(job)) if value]
    yield once + pay_marks(dollars)
    names = [f"sub:{str(field).lower()}" for field in job["sub"]]
    names += (f"skill:{skill_id(str(name))}" for name in job["skills"])
    yield list(dict.fromkeys(name for name in names if not name.endswith(":")))
    yield list(dict.fromkeys(f"place:{place}" for place in _places(job["places"])))


def pay_marks(dollars: int) -> list[str]:
    """Returns the marks of a yearly pay: one for each floor that it reaches."""
    return [f"pay:{floor}" for floor in PAY_FLOORS if dollars >= floor * 1000]


def _single(job: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    yield "level", "" if job["seniority"] == "unknown" else job["seniority"]
    yield "mode", "" if job["mode"] == "unknown" else job["mode"]
    yield "clearance", slug(job["clearance"] or "none")
    yield "product", "own" if job["own_product"] else "other"


def _places(places: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for place in places:
        if place.get("anywhere"):
            yield "anywhere"
        if place.get("country"):
            yield str(place["country"]).lower()
        if place.get("state"):
            yield f"us-{str(place['state']).lower()}"


def read_place_values(location: str) -> list[dict[str, Any]]:
    """Returns the places of a location field as a job stores them."""
    return [msgspec.to_builtins(place) for place in read_places(location)]
