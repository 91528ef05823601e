"""The first visit: an empty product explains itself and offers the next step."""

import time
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from browsing import Seen
from iam_job_scout.web.filters import PAGE_SIZE
from iam_job_scout.web.rendering import Freshness


def test_an_empty_product_offers_a_scan_samples_and_a_profile(site: Any) -> None:
    found = LexborHTMLParser(site.signed_in().client.get("/").text).css_first(".first-visit")
    assert [form.attributes["action"] for form in found.css("form")] == ["/sources/run", "/samples/load"]
    assert found.css_first("a[href='/profile']") is not None


def test_who_may_only_read_is_told_how_to_begin(site: Any) -> None:
    found = LexborHTMLParser(site.browser().client.get("/").text).css_first(".first-visit")
    assert not found.css("form")
    assert "./scout scan" in found.text()


def test_samples_are_loaded_once_and_removed(site: Any) -> None:
    browser = site.signed_in()
    for _ in range(2):
        assert browser.post("/samples/load").headers["location"] == "/"
    page = LexborHTMLParser(browser.client.get("/").text)
    assert len(page.css(".job")) == PAGE_SIZE
    browser.post(page.css_first("form.samples").attributes["action"] or "")
    assert "No jobs yet" in browser.client.get("/").text


def test_a_first_visitor_loads_the_samples(site: Any, seen: Seen) -> None:
    seen.open("/")
    assert seen.accessibility_violations() == []
    assert not seen.page.locator("#sort, #filters").locator("visible=true").count()
    seen.page.get_by_role("button", name="Load sample jobs").click()
    seen.page.locator(".job").first.wait_for()
    assert seen.page.locator("#sort").is_visible()
    assert seen.accessibility_violations() == []
    seen.page.get_by_role("button", name="Remove them").click()
    seen.page.get_by_role("heading", name="No jobs yet").wait_for()


def test_the_first_visitor_sees_that_a_scan_is_under_way(site: Any) -> None:
    site.app.state.freshness = (time.monotonic() + 60, Freshness("none", "No source has been scanned yet", True))
    assert "A scan is under way" in site.browser().client.get("/").text


def test_the_first_visitor_sees_that_no_source_answered(site: Any) -> None:
    site.app.state.freshness = (time.monotonic() + 60, Freshness("bad", "Dark: Lever"))
    text = site.browser().client.get("/").text
    assert "Can this machine reach the internet?" in text
    assert "A scan is under way" not in text
