"""The pages of the sources: receipts of the last scan, by source and by board."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import select, update

from browsing import Seen
from iam_job_scout.db.models import Board, Scan, ScanBoard
from iam_job_scout.scan.control import cancel
from iam_job_scout.settings import Settings
from iam_job_scout.sources.boards import curated_boards
from iam_job_scout.sources.registry import SOURCES
from website import opened

NOW = datetime.now(UTC)


def scan(site: Any, name: str, *boards: dict[str, Any], at: datetime | None = None) -> None:
    """Stores a scan, of this moment unless told; a board is its source, token and the columns of its receipt."""
    at = at or datetime.now(UTC)
    with site.database.writing() as session:
        session.add(Scan(id=name, trigger="test", started_at=at, finished_at=at))
        session.flush()
        for values in boards:
            source, token = values.pop("source"), values.pop("token")
            board = session.query(Board).filter_by(source=source, token=token).one_or_none()
            if board is None:
                board = Board(source=source, token=token, company="Northwind")
                session.add(board)
            board.asked_at = at
            if not values.get("errors"):
                board.last_success_at = at
            session.flush()
            session.add(ScanBoard(scan_id=name, board_id=board.id, finished_at=at, seconds=0.5, **values))
    site.app.state.freshness = (0.0, None)


def rows(site: Any, path: str) -> list[list[str]]:
    tree = LexborHTMLParser(site.browser().client.get(path).text)
    return [[cell.text(strip=True) for cell in row.css("th, td")] for row in tree.css("tbody tr")]


def test_before_the_first_scan_every_source_is_listed_and_says_so(site: Any) -> None:
    page = site.browser().client.get("/sources")
    assert "./scout scan" in page.text
    ashby = next(row for row in rows(site, "/sources") if row[0] == "Ashby")
    assert ashby[:3] == ["Ashby", "Not scanned yet", "never"]
    assert ashby[4] == str(sum(board.source == "ashby" for board in curated_boards()))


def test_a_source_shows_the_newest_receipts_of_its_boards_together(site: Any) -> None:
    scan(site, "old", {"source": "lever", "token": "a", "fetched": 900, "accepted": 900}, at=NOW - timedelta(hours=2))
    scan(
        site,
        "new",
        {"source": "lever", "token": "a", "fetched": 1_000, "accepted": 20, "rejected": 970, "duplicates": 10},
        {"source": "lever", "token": "b", "fetched": 5, "accepted": 5},
    )
    lever = next(row for row in rows(site, "/sources") if row[0] == "Lever")
    assert lever[1:3] == ["Fresh", "just now"]
    assert lever[4:] == ["2", "0", "1,005", "25", "970", "10"]


def test_a_source_with_a_failing_board_says_so_and_leads_to_it(site: Any) -> None:
    scan(
        site,
        "s",
        {"source": "lever", "token": "good", "fetched": 1, "rejected": 1},
        {"source": "lever", "token": "bad", "errors": 1, "error_type": "blocked", "error": "HTTP 403 <b>"},
    )
    assert next(row for row in rows(site, "/sources") if row[0] == "Lever")[1] == "Partly failing"
    failing = rows(site, "/sources/lever?failing=1")
    assert len(failing) == 1
    assert failing[0][-1] == "HTTP 403 <b>"


@pytest.mark.parametrize(("hours", "state"), [(1, "Fresh"), (4, "Late"), (30, "Dark")])
def test_silence_makes_a_source_late_and_then_dark(site: Any, hours: int, state: str) -> None:
    scan(site, "s", {"source": "lever", "token": "a", "fetched": 1, "rejected": 1}, at=NOW - timedelta(hours=hours))
    assert next(row for row in rows(site, "/sources") if row[0] == "Lever")[1] == state


def test_every_page_carries_the_state_of_the_sources_in_words(site: Any) -> None:
    def words() -> str:
        tree = LexborHTMLParser(site.browser().client.get("/").text)
        return tree.css_first(".fresh").text(strip=True)

    assert words() == "Sources: No source has been scanned yet"
    scan(site, "a", {"source": "lever", "token": "a"})
    assert words() == "Sources: 1 source fresh"
    scan(site, "b", {"source": "ashby", "token": "a"}, at=NOW - timedelta(hours=5))
    assert words() == "Sources: Late: Ashby"


def test_a_scan_is_started_once_by_a_double_click(site: Any) -> None:
    browser = site.signed_in()
    for _ in range(2):
        answer = browser.post("/sources/lever/run")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sources")
    with site.database.reading() as session:
        assert session.scalars(select(Scan.trigger)).all() == ["person"]
    assert "Scanning" in browser.client.get("/sources").text


def test_a_paused_source_is_not_asked_until_it_is_resumed(site: Any) -> None:
    browser = site.signed_in()
    browser.post("/sources/lever/run")
    assert browser.post("/sources/lever/pause").status_code == 303
    assert next(row for row in rows(site, "/sources") if row[0] == "Lever")[1] == "Paused"
    refused = browser.post("/sources/lever/run")
    assert refused.status_code == 409
    assert "paused" in LexborHTMLParser(refused.text).css_first("[role=alert]").text()
    browser.post("/sources/lever/resume")
    assert next(row for row in rows(site, "/sources") if row[0] == "Lever")[1] != "Paused"


@pytest.mark.parametrize("what", ["run", "pause", "resume"])
def test_what_does_not_exist_cannot_be_scanned(site: Any, what: str) -> None:
    for name in ("nope", "<script>", "%00", "samples"):
        assert site.signed_in().post(f"/sources/{name}/{what}").status_code == 404


@pytest.mark.parametrize("path", ["/sources/run", "/sources/lever/run", "/sources/lever/pause"])
def test_who_may_only_read_starts_and_stops_nothing(site: Any, path: str) -> None:
    assert site.browser().post(path).headers["location"].startswith("/sign-in")
    with site.database.reading() as session:
        assert session.scalars(select(Scan.id)).all() == []


def test_the_terms_of_every_source_are_there(site: Any) -> None:
    page = LexborHTMLParser(site.browser().client.get("/sources").text)
    shown = page.css_first(".about").text()
    assert all(source.label in shown for source in SOURCES.values() if source.terms)


def test_progress_is_told_while_a_scan_goes_on(site: Any, seen: Seen) -> None:
    site.signed_in().post("/sources/lever/run")
    with site.database.reading() as session:
        scan_id = session.scalars(select(Scan.id)).one()
        boards = session.scalars(select(ScanBoard.board_id)).all()
    seen.open("/sources")
    seen.page.get_by_text(f"0 of {len(boards):,} boards").wait_for()
    with site.database.writing() as session:
        done = session.get_one(ScanBoard, (scan_id, boards[0]))
        done.finished_at, done.fetched, done.rejected = datetime.now(UTC), 1_234, 1_234
    seen.page.get_by_text("1,234 fetched").wait_for()
    cancel(site.database, scan_id, now=datetime.now(UTC))
    seen.page.locator("#scanning").wait_for(state="hidden")


@pytest.mark.parametrize("path", ["/sources", "/sources/lever"])
def test_the_pages_are_accessible_and_fit_a_phone(site: Any, seen: Seen, path: str) -> None:
    site.signed_in().post("/sources/lever/run")
    scan(site, "s", {"source": "lever", "token": "bad", "errors": 1, "error": "e" * 300})
    for width in (390, 1440):
        seen.page.set_viewport_size({"width": width, "height": 800})
        seen.open(path)
        assert not seen.is_too_wide()
        assert seen.accessibility_violations() == []


def test_boards_that_fail_come_first(site: Any) -> None:
    scan(
        site,
        "s",
        {"source": "lever", "token": "a", "fetched": 1, "rejected": 1},
        {"source": "lever", "token": "z", "errors": 1, "error": "timeout"},
        {"source": "lever", "token": "m", "not_modified": True},
    )
    assert [row[0] for row in rows(site, "/sources/lever")] == ["Northwindz", "Northwinda", "Northwindm"]
    assert rows(site, "/sources/lever")[2][-1] == "Not modified"


def test_many_boards_come_in_pages(site: Any) -> None:
    scan(site, "s", *({"source": "lever", "token": f"t{number}"} for number in range(101)))
    assert len(rows(site, "/sources/lever")) == 100
    assert len(rows(site, "/sources/lever?page=2")) == 1


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 30, "٣"])
def test_a_page_of_boards_that_does_not_exist_is_no_error(site: Any, page: str) -> None:
    assert site.browser().client.get("/sources/lever", params={"page": page}).status_code == 200


@pytest.mark.parametrize("page", ["3", "9999", "999999"])
def test_a_page_beyond_the_last_is_the_last(site: Any, page: str) -> None:
    scan(site, "s", *({"source": "lever", "token": f"t{number}"} for number in range(101)))
    assert len(rows(site, f"/sources/lever?page={page}")) == 1
    assert "Page 2 of 2" in site.browser().client.get(f"/sources/lever?page={page}").text


def test_boards_that_left_the_list_are_neither_counted_nor_shown(site: Any) -> None:
    scan(
        site,
        "s",
        {"source": "lever", "token": "kept", "fetched": 1, "rejected": 1},
        {"source": "lever", "token": "left", "fetched": 9, "rejected": 9, "errors": 1},
        {"source": "ashby", "token": "left", "fetched": 9, "rejected": 9},
    )
    with site.database.writing() as session:
        session.execute(update(Board).where(Board.token == "left").values(listed=False))
    shown = {row[0]: row for row in rows(site, "/sources")}
    assert shown["Lever"][4:7] == ["1", "0", "1"]
    assert shown["Ashby"][6:] == ["–"] * 4
    assert [row[0] for row in rows(site, "/sources/lever")] == ["Northwindkept"]
    assert rows(site, "/sources/lever?failing=1") == []


def boards_file(tmp_path: Path, text: str) -> dict[str, Any]:
    (tmp_path / "boards.csv").write_text(text)
    return {"boards": tmp_path / "boards.csv"}


def test_a_source_without_boards_is_named_apart_and_running_it_says_why_not(
    settings: Settings, migrated: Path, tmp_path: Path
) -> None:
    mine = settings.model_copy(update=boards_file(tmp_path, "ats,token,company\nlever,acme,Acme\n"))
    with opened(mine, migrated) as site:
        browser = site.signed_in()
        page = LexborHTMLParser(browser.client.get("/sources").text)
        assert "Lever" in page.css_first(".sources").text()
        assert "Workday" not in page.css_first(".sources").text()
        assert "Workday" in page.css_first("[aria-labelledby=empty-title]").text()
        assert (
            "scout sources add URL"
            in LexborHTMLParser(browser.client.get("/sources/workday").text).css_first(".empty").text()
        )
        refused = browser.post("/sources/workday/run")
        assert refused.status_code == 409
        assert "Workday has no board" in LexborHTMLParser(refused.text).css_first("[role=alert]").text()
        with site.database.reading() as session:
            assert session.scalars(select(Scan.id)).all() == []


def test_a_list_of_boards_that_cannot_be_read_is_said_and_every_source_is_still_there(
    settings: Settings, migrated: Path, tmp_path: Path
) -> None:
    mine = settings.model_copy(update=boards_file(tmp_path, "ats,token\nnonsense"))
    with opened(mine, migrated) as site:
        answer = site.signed_in().client.get("/sources")
        assert answer.status_code == 200
        page = LexborHTMLParser(answer.text)
        assert "boards.csv" in page.css_first("[role=alert]").text()
        assert "Workday" in page.css_first(".sources").text()
        assert site.signed_in().post("/sources/run").status_code == 409


def test_a_phone_shows_when_a_source_answered_what_fails_and_why(site: Any, seen: Seen) -> None:
    scan(
        site,
        "s",
        {"source": "lever", "token": "good", "fetched": 40, "accepted": 12, "rejected": 28, "complete": True},
        {"source": "lever", "token": "bad", "errors": 1, "error_type": "blocked", "error": "HTTP 403"},
    )
    seen.page.set_viewport_size({"width": 390, "height": 800})
    seen.open("/sources")
    row = seen.page.locator(".sources tr", has_text="Lever")
    assert "just now" in row.inner_text()
    assert row.locator("td").nth(2).is_visible()
    row.get_by_role("link", name="1", exact=True).click()
    assert seen.page.get_by_text("HTTP 403").bounding_box()["x"] < 100
    seen.open("/sources/lever")
    counts = seen.page.locator(".boards tr", has_text="good").locator("td").filter(visible=True).all_inner_texts()
    assert counts == ["now", "40", "12"]
    assert not seen.is_too_wide()


def test_a_source_that_does_not_exist_is_not_found(site: Any) -> None:
    for name in ("nope", "<script>", "%00", "samples"):
        assert site.browser().client.get(f"/sources/{name}").status_code == 404
