"""The pages of the sources: receipts of the last scan, by source and by board."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from iam_job_scout.db.models import Board, Scan, ScanBoard

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
            if not values.get("errors"):
                board.last_success_at = at
            session.flush()
            session.add(ScanBoard(scan_id=name, board_id=board.id, finished_at=at, seconds=0.5, **values))


def rows(site: Any, path: str) -> list[list[str]]:
    tree = LexborHTMLParser(site.browser().client.get(path).text)
    return [[cell.text(strip=True) for cell in row.css("th, td")] for row in tree.css("tbody tr")]


def test_before_the_first_scan_every_source_is_listed_and_says_so(site: Any) -> None:
    page = site.browser().client.get("/sources")
    assert "./scout scan" in page.text
    assert ["Ashby", "Not scanned yet", "never"] in [row[:3] for row in rows(site, "/sources")]


def test_a_source_shows_the_newest_receipts_of_its_boards_together(site: Any) -> None:
    scan(site, "old", {"source": "lever", "token": "a", "fetched": 900, "accepted": 900}, at=NOW - timedelta(hours=2))
    scan(
        site,
        "new",
        {"source": "lever", "token": "a", "fetched": 1_000, "accepted": 20, "rejected": 970, "duplicates": 10},
        {"source": "lever", "token": "b", "fetched": 5, "accepted": 5},
    )
    lever = next(row for row in rows(site, "/sources") if row[0] == "Lever")
    assert lever[1:] == ["Fresh", "just now", "2", "0", "0", "1,005", "25", "970", "10"]


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
    assert words() == "Sources: Late: ashby, the longest 5 h"


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


def test_a_source_that_does_not_exist_is_not_found(site: Any) -> None:
    for name in ("nope", "<script>", "%00", "samples"):
        assert site.browser().client.get(f"/sources/{name}").status_code == 404
