"""Jobs of the tests' own, found by the search like those that a scan stores."""

from datetime import UTC, datetime
from typing import Any

from iam_job_scout.db.models import Job
from iam_job_scout.jobs.indexing import index_values, read_place_values
from iam_job_scout.relevance import plain_text

SEEN = datetime(2026, 11, 1, 12, tzinfo=UTC)

_ORDINARY: dict[str, Any] = {
    "title": "IAM Engineer",
    "company": "Northwind",
    "location": "Austin, TX",
    "url": "https://example.com",
    "description": "",
    "mode": "remote",
    "tier": "core",
    "score": 50,
    "seniority": "mid",
    "sub": [],
    "skills": [],
    "evidence": [],
    "pay_max": None,
    "pay_currency": None,
    "clearance": None,
    "own_product": False,
    "first_seen": SEEN,
    "last_seen": SEEN,
}


def indexed_job(**values: Any) -> Job:
    """An ordinary job but for these columns; what it is found by is made of them."""
    known = {**_ORDINARY, **values}
    known = {"places": read_place_values(known["location"]), **known}
    return Job(**{**known, **index_values(known, plain_text(known["description"]))})
