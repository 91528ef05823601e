"""`scout export`: whole files or none, and what is written to standard output."""

import csv
import json
from pathlib import Path

import pytest

from iam_job_scout.errors import ScoutError
from iam_job_scout.jobs import export
from terminal import Scout
from website import Site


def test_csv_goes_to_standard_output_with_ones_own_status(machine: Site, scout: Scout) -> None:
    machine.add_job(title="=cmd", status="saved")
    (row,) = csv.DictReader(scout("export").removeprefix("\ufeff").splitlines())
    assert (row["title"], row["status"]) == ("'=cmd", "saved")


def test_a_file_is_written_whole_in_the_form_of_its_name(machine: Site, scout: Scout, tmp_path: Path) -> None:
    machine.add_job(title="IAM Engineer")
    (tmp_path / "jobs.jsonl").write_text("older\n")
    assert scout("export", "jobs.jsonl") == ""
    (line,) = (tmp_path / "jobs.jsonl").read_text().splitlines()
    assert json.loads(line)["title"] == "IAM Engineer"
    assert not (tmp_path / "jobs.jsonl.partial").exists()


def test_what_breaks_off_leaves_the_older_file(
    machine: Site, scout: Scout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking(*_: object) -> None:
        raise OSError(28, "No space left on device")

    machine.add_job()
    (tmp_path / "jobs.csv").write_text("older\n")
    monkeypatch.setattr(export, "_lines", breaking)
    with pytest.raises(ScoutError, match=r"cannot write jobs\.csv: No space left on device"):
        scout("export", "jobs.csv")
    assert [file.name for file in tmp_path.glob("jobs*")] == ["jobs.csv"]
    assert (tmp_path / "jobs.csv").read_text() == "older\n"


def test_a_place_that_cannot_be_written_is_one_line(scout: Scout) -> None:
    with pytest.raises(ScoutError, match=r"cannot write /nonexistent/jobs\.csv: No such file"):
        scout("export", "/nonexistent/jobs.csv")


def test_closed_jobs_come_when_asked_for(machine: Site, scout: Scout) -> None:
    job_id = machine.add_job()
    machine.add_job(closed_at=machine.job(job_id).last_seen)
    assert len(scout("export", "--format", "jsonl").splitlines()) == 1
    assert len(scout("export", "--format", "jsonl", "--closed").splitlines()) == 2
