"""`scout profile`."""

import json
from pathlib import Path

import pytest

from iam_job_scout.errors import NotThere, ScoutError
from terminal import Scout
from website import Site


def test_a_profile_is_kept_shown_and_scores_jobs(machine: Site, scout: Scout, tmp_path: Path) -> None:
    machine.add_job()
    with pytest.raises(NotThere, match="no profile yet"):
        scout("profile", "show")
    (tmp_path / "me.json").write_text('{"skills": ["Okta"], "modes": ["remote"]}')
    assert scout("profile", "set", "me.json") == "The profile is kept; 1 jobs have a score for it.\n"
    shown = scout("profile", "show", "--json")
    assert json.loads(shown)["skills"] == ["Okta"]
    assert json.loads(scout("profile", "set", "-", "--json", typed=shown)) == {"scored": 1}
    assert "Okta" in scout("profile", "show")
    assert json.loads(scout("jobs", "list", "--json"))["items"][0]["fit"] > 0


@pytest.mark.parametrize(
    ("text", "says"),
    [("nonsense", "Invalid JSON"), ('{"modes": ["moon"]}', "modes.0"), ('{"age": 7}', "age: Extra inputs")],
)
def test_a_profile_that_is_wrong_changes_nothing(scout: Scout, text: str, says: str) -> None:
    with pytest.raises(ScoutError, match=says):
        scout("profile", "set", "-", typed=text)
    with pytest.raises(NotThere):
        scout("profile", "show")


def test_a_file_that_is_not_there_is_one_line(scout: Scout) -> None:
    with pytest.raises(ScoutError, match=r"cannot read nowhere\.json: No such file"):
        scout("profile", "set", "nowhere.json")
