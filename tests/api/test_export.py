"""How often the API gives all jobs as a file, and what is in it from either database."""

import json
from datetime import UTC, datetime

from iam_job_scout.db import Database
from iam_job_scout.jobs.export import Form, export
from iam_job_scout.web.throttle import EXPORT_BURST
from indexed import indexed_job
from website import Site

SEEN = datetime(2026, 11, 1, 12, 30, 15, 250_000, tzinfo=UTC)


def test_lists_and_times_are_the_same_from_both_databases(either: Database) -> None:
    known = {"company": "Näkō", "location": "", "url": "", "description": "", "mode": "", "tier": "core", "score": 1}
    lists = {"sub": [], "skills": ['Okta "x"', "=SUM"], "evidence": [], "seniority": "mid"}
    with either.writing() as session:
        session.add(indexed_job(**known, **lists, title="IAM", first_seen=SEEN, last_seen=SEEN, posted_at=None))
    (line,) = b"".join(export(either, Form.JSON_LINES, user_id=None, include_closed=False)).splitlines()
    job = json.loads(line)
    assert (job["company"], job["sub"], job["skills"]) == ("Näkō", [], ['Okta "x"', "=SUM"])
    assert datetime.fromisoformat(job["first_seen"]) == SEEN
    assert (job["posted_at"], job["status"], job["id"]) == (None, None, 1)
    text = b"".join(export(either, Form.CSV, user_id=None, include_closed=False)).decode("utf-8-sig")
    assert '"Okta ""x""; =SUM"' in text
    assert job["first_seen"] in text


def test_exports_without_end_are_slowed_down_for_one_person_alone(site: Site) -> None:
    site.add_job()
    eager, other = site.signed_in().client, site.signed_in(email="eve@example.com").client
    answers = [eager.get("/api/v1/export").status_code for _ in range(EXPORT_BURST)]
    assert set(answers) == {200}
    refused = eager.get("/api/v1/export")
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert 0 < int(refused.headers["retry-after"]) <= 30
    assert other.get("/api/v1/export").status_code == 200
