"""`scout scan` from the boards to the database, on the real engine and the real client."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from board_server import BoardServer, job
from iam_job_scout.db import open_database
from iam_job_scout.db.models import LOCAL_USER_ID, Job, JobStatus, Posting, ScanBoard
from iam_job_scout.errors import BoardsFileError
from iam_job_scout.jobs.tracking import Change, change_status, tracked
from iam_job_scout.scan import runs
from iam_job_scout.scan.command import scan_now
from iam_job_scout.scan.printing import print_summary
from iam_job_scout.scan.runs import ScanSummary
from iam_job_scout.settings import Settings

Scanning = Callable[..., Settings]


def scan(settings: Settings) -> ScanSummary:
    return scan_now(settings, ["greenhouse"], quiet=True)


def open_titles(settings: Settings) -> list[str]:
    database = open_database(settings)
    with database.reading() as session:
        titles = list(session.scalars(select(Job.title).where(Job.closed_at.is_(None)).order_by(Job.title)))
    database.close()
    return titles


def test_every_fetched_posting_is_accepted_rejected_or_duplicate(upstream: BoardServer, scanning: Scanning) -> None:
    upstream.add("acme", "IAM Engineer", "Okta Administrator", "IAM Engineer", "Pastry Cook")
    upstream.boards["acme"][3] = job(4, "Pastry Cook", "acme", "<p>Bakes bread.</p>")
    upstream.boards["acme"].append(upstream.boards["acme"][0])
    upstream.boards["acme"].append({"id": 9, "title": None})
    totals = runs.totals(scan(scanning("acme")))
    assert totals == {
        "fetched": 6,
        "new": 2,
        "changed": 0,
        "unchanged": 0,
        "accepted": 2,
        "rejected": 2,
        "duplicates": 2,
        "closed": 0,
        "errors": 0,
    }


def test_a_second_scan_finds_nothing_new_and_says_so(upstream: BoardServer, scanning: Scanning) -> None:
    upstream.add("acme", "IAM Engineer", "Okta Administrator")
    settings = scanning("acme")
    scan(settings)
    second = scan(settings)
    assert second.sources["greenhouse"].not_modified == 1
    assert runs.totals(second)["unchanged"] == 2
    assert runs.totals(second)["new"] == 0


def test_what_left_a_healthy_listing_closes_and_reopens_on_return(upstream: BoardServer, scanning: Scanning) -> None:
    upstream.add("acme", "IAM Engineer", "Okta Administrator", "SailPoint Developer")
    settings = scanning("acme")
    scan(settings)
    gone = upstream.boards["acme"].pop()
    assert runs.totals(scan(settings))["closed"] == 1
    assert open_titles(settings) == ["IAM Engineer", "Okta Administrator"]
    upstream.boards["acme"].append(gone)
    scan(settings)
    assert open_titles(settings) == ["IAM Engineer", "Okta Administrator", "SailPoint Developer"]


@pytest.mark.parametrize(
    ("status", "body", "error_type"),
    [
        (500, b"{}", "server_error"),
        (200, b"<!doctype html><title>Just a moment</title>", "bad_payload"),
        (403, b"no", "blocked"),
        (404, b"gone", "not_found"),
    ],
)
def test_a_failing_board_closes_nothing_and_stops_no_other(
    status: int, body: bytes, error_type: str, upstream: BoardServer, scanning: Scanning
) -> None:
    upstream.add("acme", "IAM Engineer")
    upstream.add("bolt", "Okta Administrator")
    settings = scanning("acme", "bolt")
    scan(settings)
    upstream.answers["acme"] = (status, body)
    upstream.add("bolt", "SailPoint Developer")
    summary = scan(settings)
    assert summary.sources["greenhouse"].status == "partial"
    assert [(source, token) for source, token, _ in summary.problems] == [("greenhouse", "acme")]
    assert open_titles(settings) == ["IAM Engineer", "Okta Administrator", "SailPoint Developer"]
    database = open_database(settings)
    with database.reading() as session:
        assert session.scalar(select(ScanBoard.error_type).where(ScanBoard.error_type.is_not(None))) == error_type
    database.close()


def test_an_empty_listing_after_a_full_one_closes_only_when_it_stays_empty(
    upstream: BoardServer, scanning: Scanning
) -> None:
    upstream.add("acme", "IAM Engineer", "Okta Administrator")
    settings = scanning("acme")
    scan(settings)
    upstream.boards["acme"] = []
    assert runs.totals(scan(settings))["closed"] == 0
    upstream.boards["acme"] = [job(7, "Pastry Cook", "acme", "<p>Bakes bread.</p>")]
    assert runs.totals(scan(settings))["closed"] == 2


def test_an_edited_posting_keeps_its_job_and_its_status(upstream: BoardServer, scanning: Scanning) -> None:
    upstream.add("acme", "IAM Engineer")
    settings = scanning("acme")
    scan(settings)
    database = open_database(settings)
    with database.reading() as session:
        job_id = session.scalars(select(Job.id)).one()
    change_status(database, job_id, Change(status=JobStatus.APPLIED), user_id=LOCAL_USER_ID, now=datetime.now(UTC))
    upstream.boards["acme"][0]["title"] = "Senior IAM Engineer"
    assert runs.totals(scan(settings))["changed"] == 1
    with database.reading() as session:
        edited = session.scalars(select(Job)).one()
        assert (edited.id, edited.title) == (job_id, "Senior IAM Engineer")
        assert tracked(session, LOCAL_USER_ID, job_id).status == JobStatus.APPLIED
    database.close()


def test_a_posting_that_is_no_iam_job_any_more_takes_its_untouched_job_along(
    upstream: BoardServer, scanning: Scanning
) -> None:
    upstream.add("acme", "IAM Engineer")
    settings = scanning("acme")
    scan(settings)
    upstream.boards["acme"][0] = job(1, "Pastry Cook", "acme", "<p>Bakes bread.</p>")
    assert runs.totals(scan(settings))["rejected"] == 1
    assert open_titles(settings) == []


def test_a_duplicate_takes_over_when_the_first_posting_changes(upstream: BoardServer, scanning: Scanning) -> None:
    upstream.add("acme", "IAM Engineer", "IAM Engineer")
    settings = scanning("acme")
    scan(settings)
    upstream.boards["acme"][0] = job(1, "Pastry Cook", "acme", "<p>Bakes bread.</p>")
    scan(settings)
    assert open_titles(settings) == ["IAM Engineer"]
    database = open_database(settings)
    with database.reading() as session:
        decisions = session.execute(select(Posting.external_id, Posting.decision).order_by(Posting.id)).all()
    database.close()
    assert decisions == [("1", "rejected"), ("2", "accepted")]


def test_the_json_has_every_count_by_source_and_in_total(
    upstream: BoardServer, scanning: Scanning, capsys: pytest.CaptureFixture[str]
) -> None:
    upstream.add("acme", "IAM Engineer")
    print_summary(scan(scanning("acme")), as_json=True)
    printed = json.loads(capsys.readouterr().out)
    names = {"fetched", "accepted", "rejected", "duplicates", "new", "changed", "unchanged", "closed", "errors"}
    assert names <= printed["sources"]["greenhouse"].keys()
    assert printed["totals"].keys() == names


def test_the_table_names_the_boards_that_failed(
    upstream: BoardServer, scanning: Scanning, capsys: pytest.CaptureFixture[str]
) -> None:
    upstream.add("acme", "IAM Engineer")
    print_summary(scan(scanning("acme", "gone")), as_json=False)
    printed = capsys.readouterr().out
    assert "greenhouse/gone:" in printed
    assert "Traceback" not in printed


def test_a_boards_file_with_a_bad_row_stops_before_anything_is_fetched(
    upstream: BoardServer, scanning: Scanning
) -> None:
    settings = scanning("acme")
    assert settings.boards is not None
    settings.boards.write_text("ats,token,company\ngreenhouse,acme,Acme\nnonsense,x,Y\n")
    with pytest.raises(BoardsFileError, match="line 3"):
        scan(settings)
    assert upstream.requests == []


def test_no_posting_is_stored_twice(upstream: BoardServer, scanning: Scanning) -> None:
    upstream.add("acme", "IAM Engineer", "Okta Administrator")
    settings = scanning("acme")
    for _ in range(3):
        upstream.boards["acme"][0]["title"] += " x"
        scan(settings)
    database = open_database(settings)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Posting)) == 2
        assert session.scalar(select(func.count()).select_from(Job)) == 2
    database.close()
