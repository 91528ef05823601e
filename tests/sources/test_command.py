"""`scout sources`: what is listed, what a check finds, and how a board is added."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from typer.testing import CliRunner, Result

from iam_job_scout.cli import app
from iam_job_scout.errors import BoardNotFound, FetchError, ScoutError
from iam_job_scout.sources.registry import SOURCES

from .conftest import Upstream

Run = Callable[..., Result]
JOB = {"id": 1, "title": "IAM Engineer", "absolute_url": "https://example.com/1", "company_name": "Acme [Labs]"}


@pytest.fixture
def run(upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `scout sources …` with a data directory of its own, all requests going to the upstream."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCOUT_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("SCOUT_UPSTREAM", upstream.url)
    monkeypatch.setenv("SCOUT_SOURCE_TIMEOUT", "5")

    def invoke(*arguments: str, boards: str | None = None) -> Result:
        if boards is not None:
            (tmp_path / "boards.csv").write_text("ats,token,company\n" + boards)
            monkeypatch.setenv("SCOUT_BOARDS", str(tmp_path / "boards.csv"))
        return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["sources", *arguments])

    return invoke


@pytest.fixture
def greenhouse(upstream: Upstream) -> dict[str, Any]:
    """What each Greenhouse board answers: a list of jobs, or a status."""
    boards: dict[str, Any] = {}

    async def answer(request: web.Request) -> web.Response:
        found = boards.get(request.path.split("/")[4], 404)
        return web.Response(status=found) if isinstance(found, int) else web.json_response({"jobs": found})

    upstream.answer = answer
    return boards


def test_every_source_is_listed_with_what_it_lacks(run: Run) -> None:
    listed = run("list")
    assert listed.exit_code == 0
    assert all(name in listed.output for name in SOURCES)
    rows = {row["name"]: row for row in json.loads(run("list", "--json").output)["sources"]}
    assert rows["greenhouse"]["on"] and rows["greenhouse"]["boards"] > 100
    assert "SCOUT_USAJOBS_KEY" in rows["usajobs"]["off_reason"]


def test_a_check_tells_living_empty_gone_and_failing_boards_apart(run: Run, greenhouse: dict[str, Any]) -> None:
    greenhouse.update(live=[JOB], empty=[], failing=403)
    rows = "".join(f"greenhouse,{token},\n" for token in ("live", "empty", "gone", "failing"))
    shown = run("check", "greenhouse", boards=rows)
    assert shown.exit_code == 1
    assert "1 empty, 1 failing, 1 gone, 1 live" in shown.output
    assert "Acme [Labs]" in shown.output
    report = json.loads(run("check", "greenhouse", "--json").output)
    assert {row["token"]: row["state"] for row in report["boards"]} == {
        "live": "live",
        "empty": "empty",
        "gone": "gone",
        "failing": "failing",
    }
    assert "HTTP 403" in next(row["detail"] for row in report["boards"] if row["token"] == "failing")


def test_a_check_without_trouble_exits_0(run: Run, greenhouse: dict[str, Any]) -> None:
    greenhouse.update(live=[JOB])
    assert run("check", "greenhouse", boards="greenhouse,live,Live\n").exit_code == 0


def test_gone_boards_are_put_aside_and_taken_back(run: Run, greenhouse: dict[str, Any], tmp_path: Path) -> None:
    greenhouse.update(live=[JOB])
    rows = "greenhouse,live,Live\ngreenhouse,lost,Lost\n"
    first = run("check", "greenhouse", "--write", boards=rows)
    assert "put aside 1, taken back 0" in first.output
    assert (tmp_path / "var" / "boards-gone.csv").read_text() == "ats,token,company\ngreenhouse,lost,Lost\n"
    assert boards_of(run, "greenhouse") == 1
    greenhouse.update(lost=[JOB])
    assert "put aside 0, taken back 1" in run("check", "greenhouse", "--write").output
    assert boards_of(run, "greenhouse") == 2
    assert (tmp_path / "boards.csv").read_text().endswith(rows)


def boards_of(run: Run, source: str) -> int:
    rows = json.loads(run("list", "--json").output)["sources"]
    return next(int(row["boards"]) for row in rows if row["name"] == source)


def test_an_unknown_source_is_named(run: Run) -> None:
    assert "unknown source 'monster'" in str(run("check", "monster").exception)


def test_a_board_is_added_once_and_watched(run: Run, greenhouse: dict[str, Any], tmp_path: Path) -> None:
    greenhouse.update(newcomer=[JOB, JOB | {"id": 2}])
    before = boards_of(run, "greenhouse")
    added = run("add", "https://boards.greenhouse.io/newcomer/jobs/1")
    assert added.exit_code == 0, added.output
    assert "added greenhouse,newcomer (Acme [Labs], 2 postings)" in added.output
    assert (tmp_path / "var" / "boards.csv").read_text() == "ats,token,company\ngreenhouse,newcomer,Acme [Labs]\n"
    assert "is watched already" in run("add", "https://job-boards.greenhouse.io/newcomer").output
    assert boards_of(run, "greenhouse") == before + 1


def test_a_name_of_ones_own_is_kept_and_ones_own_list_is_added_to(
    run: Run, greenhouse: dict[str, Any], tmp_path: Path
) -> None:
    greenhouse.update(newcomer=[])
    run("add", "https://boards.greenhouse.io/newcomer", "--company", "New, Inc.", boards="lever,acme,Acme\n")
    assert (
        tmp_path / "boards.csv"
    ).read_text() == 'ats,token,company\nlever,acme,Acme\ngreenhouse,newcomer,"New, Inc."\n'


def test_a_board_that_does_not_answer_is_not_added(run: Run, greenhouse: dict[str, Any], tmp_path: Path) -> None:
    failed = run("add", "https://boards.greenhouse.io/nobody")
    assert isinstance(failed.exception, ScoutError)
    assert "was found but not added" in str(failed.exception)
    assert not (tmp_path / "var" / "boards.csv").exists()


def test_a_page_that_cannot_be_read_is_one_line(run: Run) -> None:
    failed = run("add", "https://acme.example/careers")
    assert isinstance(failed.exception, FetchError)
    assert type(failed.exception) is BoardNotFound
