"""`scout jobs`: the list, a job and its tracking, as the pages have them."""

import json
from typing import get_args

import pytest
import typer

from iam_job_scout.cli.jobs import Status
from iam_job_scout.db.models import JobStatus
from iam_job_scout.errors import AccountError, NotThere
from iam_job_scout.jobs.facets import facets
from iam_job_scout.reference import walk_commands
from terminal import Scout, add_owner
from website import Site


def test_the_list_has_the_filters_of_the_page() -> None:
    (command,) = [command for path, command in walk_commands() if path == "scout jobs list"]
    assert set(facets()) <= {parameter.name for parameter in command.params}


def test_the_statuses_are_those_of_the_database() -> None:
    assert list(get_args(Status)) == [status.value for status in JobStatus]


def test_words_and_filters_find_jobs_page_by_page(machine: Site, scout: Scout) -> None:
    machine.add_job(title="Okta Engineer", mode="remote", score=90)
    machine.add_job(title="Okta Administrator", mode="onsite", score=80)
    machine.add_job(title="Baker", skills=[], mode="remote")
    found = json.loads(scout("jobs", "list", "okta", "--mode", "remote", "--mode", "onsite", "--limit", "1", "--json"))
    assert ([item["title"] for item in found["items"]], found["total"]) == (["Okta Engineer"], 2)
    rest = json.loads(
        scout("jobs", "list", "okta", "--mode", "remote", "--mode", "onsite", "--json", "--after", found["next"])
    )
    assert [item["title"] for item in rest["items"]] == ["Okta Administrator"]
    printed = scout("jobs", "list", "okta", "--mode", "remote", "--mode", "onsite", "--limit", "1")
    assert "Okta Engineer" in printed
    assert "1 of 2; go on with --after" in printed


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--mode", "moon"), "remote, hybrid, onsite"),
        (("--skill", "nonsense"), "no such choice"),
        (("--after", "nonsense"), "does not lead into the list"),
        (("x" * 300,), "at most 200 characters"),
    ],
)
def test_a_filter_that_does_not_exist_is_refused(scout: Scout, arguments: tuple[str, ...], says: str) -> None:
    with pytest.raises(AssertionError, match=says.split()[0]):
        scout("jobs", "list", *arguments)
    scout("jobs", "list", *arguments, code=2)


def test_a_job_is_shown_with_why_and_its_text(machine: Site, scout: Scout) -> None:
    job_id = machine.add_job(title="IAM Engineer")
    printed = scout("jobs", "show", str(job_id))
    assert "IAM (+40)" in printed
    assert "Run the directory." in printed
    assert json.loads(scout("jobs", "show", str(job_id), "--json"))["description"] == "<p>Run the directory.</p>"
    with pytest.raises(NotThere, match="no job 99"):
        scout("jobs", "show", "99")


def test_a_job_is_tracked_with_a_note_and_a_date(machine: Site, scout: Scout) -> None:
    job_id = machine.add_job()
    assert scout("jobs", "status", str(job_id), "applied", "--note", "sent") == f"Job {job_id} is applied now.\n"
    scout("jobs", "status", str(job_id), "--follow-up", "2030-01-02")
    tracked = machine.tracked(job_id)
    assert (tracked.status, tracked.note, str(tracked.follow_up_on)) == ("applied", "sent", "2030-01-02")
    assert json.loads(scout("jobs", "status", str(job_id), "--follow-up", "none", "--json"))["follow_up_on"] is None
    assert "applied" in scout("jobs", "list", "--status", "applied")


def test_tracking_that_says_nothing_or_nonsense_is_refused(machine: Site, scout: Scout) -> None:
    job_id = str(machine.add_job())
    for arguments in ((), ("--follow-up", "soon"), ("--note", "x" * 5_001), ("nonsense",)):
        scout("jobs", "status", job_id, *arguments, code=2)
    with pytest.raises(NotThere, match="no job 99"):
        scout("jobs", "status", "99", "saved")


def test_whose_it_is_must_be_clear(machine: Site, scout: Scout) -> None:
    job_id = str(machine.add_job())
    eve = add_owner(machine.database, "eve@example.com")
    with pytest.raises(AccountError, match="2 owners; say whose with --user"):
        scout("jobs", "status", job_id, "saved")
    with pytest.raises(AccountError, match=r"no account nobody@example\.com"):
        scout("jobs", "status", job_id, "saved", "--user", "nobody@example.com")
    scout("jobs", "status", job_id, "saved", "--user", "eve@example.com")
    assert machine.tracked(int(job_id), eve).status == "saved"
    assert machine.tracked(int(job_id)).status == "new"


def test_jobs_are_counted(machine: Site, scout: Scout) -> None:
    machine.add_job(tier="core")
    counts = json.loads(scout("jobs", "stats", "--json"))
    assert (counts["by_tier"], counts["by_status"]["new"]) == ({"core": 1}, 1)
    assert "new this week" in scout("jobs", "stats")


def test_a_bad_parameter_is_a_usage_error() -> None:
    assert typer.BadParameter("x").exit_code == 2
