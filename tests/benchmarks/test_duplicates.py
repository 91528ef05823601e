"""A short run of the whole measurement: postings made, grouped by two processes, held against how they were made."""

import json
import re
from pathlib import Path

import duplicates
import pytest


def test_made_postings_are_grouped_as_they_were_made(capsys: pytest.CaptureFixture[str]) -> None:
    ((size, seconds, _),) = duplicates.run_scale([400], None, 2)
    told = capsys.readouterr().out
    found = re.search(r"precision ([\d.]+), recall ([\d.]+)", told)
    assert found and size == 400 and seconds > 0
    assert float(found[1]) >= 0.97 and float(found[2]) >= 0.95, told


def test_copies_are_a_third_and_carry_the_number_of_their_opening() -> None:
    rows = duplicates.read_rows(None)
    made = list(duplicates.Maker(rows).postings(500))
    assert made == list(duplicates.Maker(rows).postings(500))
    assert 0.6 < len({posting["truth"] for posting in made}) / 500 < 0.8


def test_labelled_pairs_are_counted_and_misses_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = {"title": "IAM Engineer", "company": "Acme", "location": "Austin", "description": None}
    rows = [{"id": "p1", "a": one, "b": one, "same": 1}, {"id": "p2", "a": one, "b": one, "same": 0, "sure": 0}]
    file = tmp_path / "pairs.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    duplicates.run_pairs(file)
    told = capsys.readouterr().out
    assert "sure: precision 1.000, recall 1.000" in told and "all:  precision 0.500" in told
    assert "p2 is different" in told and "p1" not in told
