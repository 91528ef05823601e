"""`scout why`: what was decided on a posting, by which rule, on what evidence; and judging all of them again."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from iam_job_scout.db.models import Job, Posting
from iam_job_scout.scan.printing import print_rejudged, print_why
from iam_job_scout.scan.rejudge import rejudge
from ledger import Ledger

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
def stored(ledger: Ledger) -> Ledger:
    cook = ledger.posting("9", title="Pastry Cook", description="<p>Bakes bread.</p>")
    ledger.show(ledger.posting("1"), cook, at=NOON, invalid=("without id",), fetched=3, complete=False)
    return ledger


def test_an_accepted_posting_shows_its_rule_and_its_evidence(
    stored: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    assert print_why(stored.database, "https://example.org/acme/jobs/1?utm_source=x#apply", as_json=False)
    said = capsys.readouterr().out
    assert "accepted:" in said
    assert "title: “IAM Engineer”" in said
    assert "2026-11-02 12:00 UTC  first seen" in said


def test_a_rejected_posting_is_kept_with_its_rule(stored: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    assert print_why(stored.database, "https://example.org/acme/jobs/9", as_json=True)
    [posting] = json.loads(capsys.readouterr().out)["postings"]
    assert (posting["decision"], posting["tier"], posting["job_id"]) == ("rejected", "none", None)
    assert posting["rule"]


def test_an_address_that_no_listing_showed_says_what_its_board_gave(
    stored: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not print_why(stored.database, "https://example.org/acme/jobs/77", as_json=False)
    said = capsys.readouterr().out
    assert "No listing has shown" in said
    assert "greenhouse/acme" in said


def test_judging_again_by_the_same_rules_changes_nothing(stored: Ledger) -> None:
    assert [(count, changed) for count, changed in rejudge(stored.database, write=True)] == [(2, [])]


def test_after_a_change_of_the_rules_every_posting_is_judged_anew_without_its_source(
    stored: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    # As if rules of before had taken the cook for an engineer and the engineer for a cook.
    with stored.database.writing() as session:
        session.execute(update(Posting).values(tier="core", score=70, rule="old rule"))
    dry = [changed for _, group in rejudge(stored.database, write=False) for changed in group]
    assert [item.title for item in dry] == ["IAM Engineer", "Pastry Cook"]
    print_rejudged(stored.database, write=True, as_json=False)
    said = capsys.readouterr().out
    assert "core 70 (old rule) → none" in said
    assert "2 changed" in said
    with stored.database.reading() as session:
        assert session.scalars(select(Job.title)).all() == ["IAM Engineer"]
        assert session.scalars(select(Posting.tier).order_by(Posting.id)).all() == ["core", "none"]
