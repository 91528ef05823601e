"""Saved searches, channels, profile, tokens, sources, scans and exports over the API."""

import csv
import io
import json
import uuid
from typing import Any

import pytest

from iam_job_scout.accounts.audit import read_log
from iam_job_scout.db.models import Board, Scan, ScanBoard
from iam_job_scout.monitoring.testing import watching
from website import NOW, Browser, Site

PROBLEM = "application/problem+json"
NO_SCAN = "00000000-0000-4000-8000-000000000000"
NTFY = "ntfy://a-topic-of-mine"


def call(browser: Browser, method: str, path: str, body: Any = None) -> Any:
    headers = {"x-csrf-token": browser.csrf, "origin": "http://127.0.0.1:5000"}
    return browser.client.request(method, f"/api/v1{path}", json=body, headers=headers)


def test_a_search_goes_through_its_life(site: Site) -> None:
    browser = site.signed_in()
    made = call(browser, "POST", "/searches", {"name": "Okta", "query": "?q=okta&nonsense=1&after=x"})
    assert made.status_code == 201
    search = made.json()
    assert (search["query"], search["cadence"], search["has_feed"]) == ("q=okta", "off", False)
    path = f"/searches/{search['id']}"
    channel = call(browser, "POST", "/channels", {"address": NTFY}).json()
    assert (channel["service"], channel["name"]) == ("ntfy", "ntfy")
    body = {"name": "Okta daily", "query": "q=okta", "cadence": "daily", "channel_id": channel["id"]}
    changed = call(browser, "PUT", path, body).json()
    assert (changed["cadence"], changed["next_at"] is not None) == ("daily", True)
    feed = call(browser, "POST", f"{path}/feed").json()
    assert feed["atom"].endswith(".atom")
    assert call(browser, "GET", path).json()["has_feed"]
    assert call(browser, "DELETE", f"{path}/feed").status_code == 204
    assert call(browser, "DELETE", path).status_code == 204
    assert call(browser, "GET", "/searches").json() == []
    assert call(browser, "DELETE", f"/channels/{channel['id']}").status_code == 204


def test_what_is_another_persons_is_not_there(site: Site) -> None:
    mine, theirs = site.signed_in(), site.signed_in(email="eve@example.com")
    search = call(mine, "POST", "/searches", {"name": "Mine", "query": ""}).json()
    channel = call(mine, "POST", "/channels", {"address": NTFY}).json()
    body = {"name": "x", "query": "", "cadence": "daily", "channel_id": channel["id"]}
    with watching() as changes:
        answers = others_attempts(theirs, search["id"], channel["id"], body)
    for answer in answers:
        assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
    assert changes.delta("security_refusals_total", kind="foreign_id") == len(answers)
    with site.database.reading() as session:
        assert {(event.actor, event.result) for event in read_log(session)} == {("eve@example.com", "refused")}
    assert call(mine, "GET", f"/searches/{search['id']}").json()["name"] == "Mine"


def others_attempts(theirs: Browser, search_id: int, channel_id: int, body: Any) -> list[Any]:
    return [
        call(theirs, "GET", f"/searches/{search_id}"),
        call(theirs, "PUT", f"/searches/{search_id}", body),
        call(theirs, "DELETE", f"/searches/{search_id}"),
        call(theirs, "POST", f"/searches/{search_id}/feed"),
        call(theirs, "DELETE", f"/channels/{channel_id}"),
        call(theirs, "POST", "/searches", body),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "", "query": ""},
        {"name": "x", "query": "", "cadence": "hourly"},
        {"name": "x", "query": "", "cadence": "daily"},
        {"name": "x", "query": "", "company_cap": 0},
        {"name": "x", "query": "q" * 2_001},
        {"name": "x", "query": "", "user_id": 1},
    ],
)
def test_a_wrong_search_is_refused_and_not_kept(site: Site, body: Any) -> None:
    browser = site.signed_in()
    answer = call(browser, "POST", "/searches", body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert call(browser, "GET", "/searches").json() == []


@pytest.mark.parametrize("address", ["syslog://", "nothing://x", "x" * 3_000, ""])
def test_a_wrong_channel_is_refused_and_its_address_not_repeated(site: Site, address: str) -> None:
    answer = call(site.signed_in(), "POST", "/channels", {"address": address})
    assert answer.status_code == 422
    assert not address or address not in answer.text


def test_a_profile_is_set_read_and_dropped(site: Site) -> None:
    browser = site.signed_in()
    site.add_job(skills=["Okta"])
    assert call(browser, "GET", "/profile").status_code == 404
    profile = {"skills": ["Okta", "Azure AD"], "levels": ["senior"], "pay_floor": 150_000, "places": ["Austin, TX"]}
    assert call(browser, "PUT", "/profile", profile).status_code == 200
    assert call(browser, "GET", "/profile").json()["skills"] == ["Okta", "Azure AD"]
    assert call(browser, "GET", "/jobs?sort=fit").json()["items"][0]["fit"] is not None
    assert call(browser, "PUT", "/profile", {"levels": ["wizard"]}).status_code == 422
    assert call(browser, "DELETE", "/profile").status_code == 204
    assert call(browser, "GET", "/profile").status_code == 404


def test_a_source_that_cannot_be_asked_is_refused_and_not_an_error_of_the_server(site: Site) -> None:
    refused = call(site.signed_in(), "POST", "/scans", {"source": "usajobs"})
    assert (refused.status_code, refused.headers["content-type"]) == (409, PROBLEM)
    assert "SCOUT_USAJOBS_KEY" in refused.json()["detail"]


def test_sources_are_paused_resumed_and_scanned(site: Site) -> None:
    browser = site.signed_in()
    assert call(browser, "POST", "/sources/lever/pause").status_code == 204
    paused = {source["name"]: source for source in call(browser, "GET", "/sources").json()}
    assert not paused or paused["lever"]["state"] == "paused"
    refused = call(browser, "POST", "/scans", {"source": "lever"})
    assert (refused.status_code, refused.headers["content-type"]) == (409, PROBLEM)
    assert call(browser, "POST", "/sources/lever/resume").status_code == 204
    started = call(browser, "POST", "/scans", {"source": "lever"})
    assert started.status_code == 202
    path = f"/scans/{started.json()['scan_id']}"
    assert call(browser, "GET", path).json()["sources"]["lever"]["boards"] > 0
    assert call(browser, "POST", f"{path}/cancel").json()["boards"] > 0
    assert call(browser, "GET", path).json()["finished_at"] is not None
    boards = call(browser, "GET", "/sources/lever/boards").json()
    assert boards["total"] >= len(boards["items"]) > 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/sources/nothing/pause"),
        ("POST", "/sources/nothing/resume"),
        ("GET", "/sources/nothing/boards"),
        ("GET", f"/scans/{NO_SCAN}"),
        ("POST", f"/scans/{NO_SCAN}/cancel"),
        ("DELETE", "/tokens/77"),
    ],
)
def test_what_does_not_exist_is_not_found(site: Site, method: str, path: str) -> None:
    answer = call(site.signed_in(), method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)


def test_a_receipt_tells_what_a_board_gave(site: Site) -> None:
    with site.database.writing() as session:
        session.add(Board(id=1, source="lever", token="a", company="A", last_success_at=NOW, asked_at=NOW))
        session.add(Scan(id=str(uuid.uuid4()), trigger="person", started_at=NOW, finished_at=NOW))
        session.flush()
        (scan,) = session.query(Scan).all()
        session.add(ScanBoard(scan_id=scan.id, board_id=1, finished_at=NOW, fetched=7, unique=7, complete=True))
    board = call(site.signed_in(), "GET", "/sources/lever/boards").json()["items"][0]
    assert (board["company"], board["receipt"]["fetched"], board["receipt"]["complete"]) == ("A", 7, True)


HOSTILE = '=HYPERLINK("https://evil.example")'


def test_an_export_as_csv_is_safe_in_a_spreadsheet(site: Site) -> None:
    site.add_job(title=HOSTILE, company="+1", location="@x", note="-2", status="saved")
    site.add_job(title='Quote " comma , line\nbreak')
    site.add_job(title="closed", closed_at=NOW)
    answer = call(site.signed_in(), "GET", "/export?form=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["title"] for row in rows] == [f"'{HOSTILE}", 'Quote " comma , line\nbreak']
    assert (rows[0]["company"], rows[0]["location"], rows[0]["note"]) == ("'+1", "'@x", "'-2")
    assert (rows[0]["status"], rows[0]["skills"]) == ("saved", "Okta; SailPoint")


def test_an_export_as_json_lines_is_exact_and_ones_own(site: Site) -> None:
    site.add_job(title=HOSTILE, status="applied", note="mine")
    site.add_job(title="closed", closed_at=NOW)
    lines = call(site.signed_in(), "GET", "/export?form=jsonl&closed=true").text.splitlines()
    assert [json.loads(line)["title"] for line in lines] == [HOSTILE, "closed"]
    assert json.loads(lines[0])["note"] == "mine"
    theirs = call(site.signed_in(email="eve@example.com"), "GET", "/export?form=jsonl").text
    assert json.loads(theirs)["note"] is None
