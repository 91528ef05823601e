"""The tracker: board, table, follow-up dates and their calendar."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from playwright.sync_api import Route
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import func, select

from browsing import Seen
from iam_job_scout.db.models import JobEvent, JobStatus

TODAY = datetime.now(UTC).date()


def tree(response: Any) -> LexborHTMLParser:
    assert response.status_code in (200, 422), response.status_code
    return LexborHTMLParser(response.text)


def columns(response: Any) -> dict[str, list[str]]:
    found = {}
    for column in tree(response).css(".column"):
        found[column.attributes["data-status"] or ""] = [link.text() for link in column.css("h3 a")]
    return found


def new_address(browser: Any) -> str:
    """Makes an address and reads it from the page that this leads to."""
    answer = browser.post("/tracker/calendar/address")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tracker/calendar")
    return tree(browser.client.get("/tracker/calendar")).css_first("input[readonly]").attributes["value"] or ""


def follow_ups(calendar: str) -> dict[str, date]:
    return {str(event["summary"]): event.decoded("dtstart") for event in Calendar.from_ical(calendar).walk("VEVENT")}


def test_who_is_nobody_signs_in_first(site: Any) -> None:
    for path in ("/tracker", "/tracker/table", "/tracker/calendar"):
        answer = site.browser().client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path.replace('/', '%2F')}")


def test_an_empty_tracker_says_how_jobs_come_into_it(site: Any) -> None:
    client = site.signed_in().client
    for path in ("/tracker", "/tracker/table"):
        assert "You track no job yet" in client.get(path).text


def test_the_board_has_a_column_for_each_step(site: Any) -> None:
    site.add_job(title="a", status="saved")
    site.add_job(title="b", status="offer")
    site.add_job(title="c", status="hidden")
    site.add_job(title="d")
    assert columns(site.signed_in().client.get("/tracker")) == {
        "saved": ["a"],
        "applied": [],
        "interview": [],
        "offer": ["b"],
        "rejected": [],
    }


def test_each_person_has_a_board_of_their_own(site: Any) -> None:
    site.add_job(title="a", status="saved")
    assert "You track no job yet" in site.signed_in(email="sam@example.com").client.get("/tracker").text


def test_a_card_is_moved_and_its_note_and_date_stay(site: Any) -> None:
    job_id = site.add_job(status="saved", note="nice", follow_up_on=TODAY)
    answer = site.signed_in().post(f"/tracker/{job_id}", status="applied")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tracker")
    tracked = site.tracked(job_id)
    assert (tracked.status, tracked.note, tracked.follow_up_on) == ("applied", "nice", TODAY)


def test_moving_it_twice_is_one_event(site: Any) -> None:
    job_id, browser = site.add_job(), site.signed_in()
    for _ in range(2):
        browser.post(f"/tracker/{job_id}", status="applied")
    with site.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(JobEvent)) == 1


def test_two_people_who_move_one_job_both_keep_their_event(site: Any) -> None:
    job_id, dana, sam = site.add_job(), site.signed_in(), site.signed_in(email="sam@example.com")
    dana.post(f"/tracker/{job_id}", status="applied")
    sam.post(f"/tracker/{job_id}", status="rejected")
    assert site.tracked(job_id).status == "applied"
    assert site.tracked(job_id, sam.user_id).status == "rejected"
    with site.database.reading() as session:
        assert session.scalars(select(JobEvent.status).order_by(JobEvent.id)).all() == ["applied", "rejected"]


@pytest.mark.parametrize(
    "form",
    [
        {"status": "closed"},
        {"status": ""},
        {"status": "saved", "follow_up": "soon"},
        {"status": "saved", "follow_up": "2026-02-30"},
        {"status": "saved", "follow_up": "0001-01-01"},
        {"status": "saved", "follow_up": "٢٠٢٦-٠١-٠١"},
        {"status": "saved", "follow_up": "2026-01-01T00:00"},
        {"status": "saved", "note": "n" * 5_001},
        {"status": "s" * 101},
    ],
)
def test_a_wrong_form_changes_nothing(site: Any, form: dict[str, str]) -> None:
    job_id = site.add_job()
    assert site.signed_in().post(f"/tracker/{job_id}", **form).status_code == 422
    assert site.tracked(job_id).status == "new"


def test_a_job_that_does_not_exist_is_not_found(site: Any) -> None:
    assert site.signed_in().post("/tracker/7", status="saved").status_code == 404


def test_dates_of_the_next_week_and_missed_ones_come_first(site: Any) -> None:
    site.add_job(title="late", status="applied", follow_up_on=TODAY - timedelta(days=3))
    site.add_job(title="soon", status="saved", follow_up_on=TODAY + timedelta(days=7))
    site.add_job(title="far", status="saved", follow_up_on=TODAY + timedelta(days=8))
    shown = tree(site.signed_in().client.get("/tracker")).css(".due-list li a")
    assert [link.text() for link in shown] == ["late", "soon"]


@pytest.mark.parametrize("status", ["new", "rejected", "hidden"])
def test_what_is_over_is_not_to_be_followed_up_any_more(site: Any, status: str) -> None:
    job_id, browser = site.add_job(title="a", status="saved", note="kept", follow_up_on=TODAY), site.signed_in()
    path = new_address(browser).removeprefix("http://127.0.0.1:5000")
    assert len(follow_ups(browser.client.get(path).text)) == 1
    browser.post(f"/tracker/{job_id}", status=status)
    assert follow_ups(browser.client.get(path).text) == {}
    assert tree(browser.client.get("/tracker")).css(".due-list li") == []
    assert "kept" in tree(browser.client.get(f"/tracker/table?status={status}")).css_first("tbody").text()
    assert "in no calendar while the status is" in browser.client.get(f"/job/{job_id}").text


def test_where_nothing_is_tracked_any_more_the_table_still_leads_to_it(site: Any) -> None:
    site.add_job(title="a", status="new", note="kept")
    page = tree(site.signed_in().client.get("/tracker/table"))
    assert "No job is in the tracker" in page.text()
    assert page.css_first("option[value=new]") is not None


def test_the_table_is_in_the_order_of_an_application(site: Any) -> None:
    for status in ("rejected", "applied", "offer", "saved", "interview"):
        site.add_job(title=status, status=status)
    page = tree(site.signed_in().client.get("/tracker/table?order=status"))
    titles = [link.text() for link in page.css("tbody th a")]
    assert titles == ["saved", "applied", "interview", "offer", "rejected"]


def test_the_table_has_all_jobs_or_those_of_one_status(site: Any) -> None:
    site.add_job(title="a", company="Z", status="saved")
    site.add_job(title="b", company="A", status="applied", follow_up_on=TODAY)
    site.add_job(title="c", status="hidden")

    def titles(query: str = "") -> list[str]:
        page = tree(site.signed_in().client.get(f"/tracker/table{query}"))
        return [link.text() for link in page.css("tbody th a")]

    assert set(titles()) == {"a", "b"}
    assert titles("?status=hidden") == ["c"]
    assert titles("?order=company") == ["b", "a"]
    assert titles("?order=follow_up") == ["b", "a"]
    assert titles("?page=99") == titles("?page=0") == titles("?page=x") == titles()


@pytest.mark.parametrize("query", ["?status=nope", "?order=nope", "?status=<script>&order=%00"])
def test_a_filter_that_does_not_exist_is_said_at_its_field(site: Any, query: str) -> None:
    site.add_job(status="saved")
    answer = site.signed_in().client.get(f"/tracker/table{query}")
    assert answer.status_code == 422
    assert tree(answer).css_first("[aria-invalid]") is not None


def test_the_calendar_has_the_dates_and_no_notes(site: Any) -> None:
    site.add_job(
        title="IAM Engineer; \\ , äö", company="Northwind", status="applied", note="secret", follow_up_on=TODAY
    )
    site.add_job(title="hidden", status="hidden", follow_up_on=TODAY)
    browser = site.signed_in()
    path = new_address(browser).removeprefix("http://127.0.0.1:5000")
    feed = site.browser().client.get(path)
    assert feed.headers["content-type"] == "text/calendar; charset=utf-8"
    assert follow_ups(feed.text) == {"Follow up: IAM Engineer; \\ , äö, Northwind": TODAY}
    assert "secret" not in feed.text
    assert feed.text == site.browser().client.get(path).text


def test_a_new_address_ends_the_old_one_and_the_end_ends_both(site: Any) -> None:
    browser = site.signed_in()

    def new_path() -> str:
        return new_address(browser).removeprefix("http://127.0.0.1:5000")

    def status(path: str) -> int:
        return int(site.browser().client.get(path).status_code)

    first, second = new_path(), new_path()
    assert (status(first), status(second)) == (404, 200)
    assert second.split("/")[-1].removesuffix(".ics") not in browser.client.get("/tracker/calendar").text
    browser.post("/tracker/calendar/end")
    assert status(second) == 404


def test_a_new_address_is_shown_once_and_a_reload_leaves_it_alone(site: Any) -> None:
    browser = site.signed_in()
    path = new_address(browser).removeprefix("http://127.0.0.1:5000")
    again = browser.client.get("/tracker/calendar")
    assert tree(again).css_first("input[readonly]") is None
    assert "It cannot be shown again" in again.text
    assert site.browser().client.get(path).status_code == 200


def test_an_address_is_shown_to_nobody_but_its_owner(site: Any) -> None:
    browser, other = site.signed_in(), site.signed_in(email="sam@example.com")
    browser.post("/tracker/calendar/address")
    other.client.cookies.set("scout_calendar", browser.client.cookies["scout_calendar"])
    assert "/calendar/" not in (tree(other.client.get("/tracker/calendar")).css_first("main").html or "").replace(
        "/tracker/calendar", ""
    )


@pytest.mark.parametrize("secret", ["x", "", "%00", "x" * 3_000, "../tracker"])
def test_a_made_up_address_is_not_found(site: Any, secret: str) -> None:
    assert site.browser().client.get(f"/calendar/{secret}.ics").status_code == 404


def test_without_sign_in_the_one_person_has_a_board(open_site: Any) -> None:
    job_id = open_site.add_job(title="a")
    assert open_site.browser().post(f"/tracker/{job_id}", status="saved").status_code == 303
    assert columns(open_site.browser().client.get("/tracker"))["saved"] == ["a"]


def test_a_card_is_dragged_to_another_column(site: Any, seen: Seen) -> None:
    job_id = site.add_job(status="saved")
    seen.open("/tracker")
    seen.page.drag_and_drop(f"#job-{job_id}", "[data-status=interview]")
    seen.page.wait_for_selector(f"[data-status=interview] #job-{job_id}")
    assert site.tracked(job_id).status == JobStatus.INTERVIEW
    assert seen.page.locator("[data-status=interview] .count").inner_text() == "1"


def test_a_card_is_moved_with_the_keyboard_and_keeps_the_focus(site: Any, seen: Seen) -> None:
    job_id = site.add_job(status="saved")
    seen.open("/tracker")
    seen.page.locator(f"#job-{job_id} h3 a").focus()
    seen.page.keyboard.press("Shift+ArrowLeft")
    for column in ("applied", "interview"):
        seen.page.keyboard.press("Shift+ArrowRight")
        seen.page.wait_for_selector(f"[data-status={column}] #job-{job_id} a:focus")
    assert site.tracked(job_id).status == JobStatus.INTERVIEW


def test_cards_that_are_moved_quicker_than_the_answers_come_are_all_moved(site: Any, seen: Seen) -> None:
    ids = [site.add_job(title=f"job {number}", status="saved") for number in range(3)]
    seen.open("/tracker")
    held: list[Route] = []
    seen.page.route("**/tracker/*", lambda route: route.continue_() if held else held.append(route))
    for job_id in ids:
        seen.page.locator(f"#job-{job_id} h3 a").focus()
        seen.page.keyboard.press("Shift+ArrowRight")
    seen.page.wait_for_timeout(300)
    held[0].continue_()
    for job_id in ids:
        seen.page.wait_for_selector(f"[data-status=applied] #job-{job_id}")
    seen.page.wait_for_selector(f"#job-{ids[2]} a:focus")
    assert {site.tracked(job_id).status for job_id in ids} == {"applied"}


def test_a_card_goes_as_many_columns_as_keys_were_pressed(site: Any, seen: Seen) -> None:
    job_id = site.add_job(status="saved")
    seen.open("/tracker")
    seen.page.locator(f"#job-{job_id} h3 a").focus()
    for _ in range(2):
        seen.page.keyboard.press("Shift+ArrowRight")
    seen.page.wait_for_selector(f"[data-status=interview] #job-{job_id} a:focus")
    seen.page.keyboard.press("Shift+ArrowLeft")
    seen.page.wait_for_selector(f"[data-status=applied] #job-{job_id} a:focus")
    seen.page.context.set_offline(True)
    seen.page.keyboard.press("Shift+ArrowRight")
    seen.page.wait_for_selector("#toast:not([hidden])")
    seen.page.context.set_offline(False)
    seen.page.keyboard.press("Shift+ArrowRight")
    seen.page.wait_for_selector(f"[data-status=interview] #job-{job_id} a:focus")
    assert site.tracked(job_id).status == "interview"
    seen.problems.clear()


def test_a_card_is_moved_by_its_menu(site: Any, seen: Seen) -> None:
    job_id = site.add_job(status="saved")
    seen.open("/tracker")
    seen.page.locator(f"#job-{job_id} summary").click()
    seen.page.get_by_role("button", name="Stop tracking").click()
    seen.page.get_by_text("You track no job yet").wait_for()
    assert site.tracked(job_id).status == JobStatus.NEW


def test_when_a_card_goes_the_focus_moves_to_the_one_in_its_place(site: Any, seen: Seen) -> None:
    ids = [site.add_job(title=f"job {number}", status="saved") for number in range(2)]
    seen.open("/tracker")
    for gone, focus in ((ids[1], f"#job-{ids[0]} a:focus"), (ids[0], ".tabs a:focus")):
        seen.page.locator(f"#job-{gone} summary").press("Enter")
        seen.page.locator(f"#job-{gone}").get_by_role("button", name="Stop tracking").press("Enter")
        seen.page.wait_for_selector(focus)


@pytest.mark.parametrize("path", ["/tracker", "/tracker/table", "/tracker/calendar"])
def test_the_pages_are_accessible_and_fit_a_phone(site: Any, seen: Seen, path: str) -> None:
    site.add_job(title="W" * 90, company="X" * 90, status="saved", note="n " * 300, follow_up_on=TODAY)
    site.add_job(title="مهندس إدارة الهوية", status="applied", closed_at=datetime.now(UTC))
    for width in (390, 1440):
        seen.page.set_viewport_size({"width": width, "height": 800})
        seen.open(path)
        assert not seen.is_too_wide()
        assert seen.accessibility_violations() == []
