"""Jobs of the tests' own, found by the search like those that a scan stores."""

from typing import Any

from iam_job_scout.db.models import Job
from iam_job_scout.jobs.indexing import index_values, read_place_values
from iam_job_scout.relevance import plain_text

_FACTS: dict[str, Any] = {"sub": [], "skills": [], "pay_max": None, "clearance": None, "own_product": False}


def indexed_job(**values: Any) -> Job:
    """A job with these columns; what it is found by is made of them."""
    known = {**_FACTS, "places": read_place_values(values["location"]), **values}
    return Job(**{**known, **index_values(known, plain_text(known["description"]))})
