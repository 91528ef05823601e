"""Saved searches, channels and hours on their page, and the feeds behind secret addresses."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import select

from browsing import Seen
from iam_job_scout.accounts.audit import read_log
from iam_job_scout.db.models import Delivery, SavedSearch
from iam_job_scout.monitoring.testing import watching
from website import NOW, Browser, Site

ATOM = "{http://www.w3.org/2005/Atom}"


def save(browser: Browser, **form: Any) -> Any:
    return browser.post("/searches", **{"name": "Okta jobs", "query": "q=okta", **form})


def feeds(browser: Browser) -> list[str]:
    """The paths of the feed of the first search."""
    page = browser.post("/searches/1/feed").text
    return re.findall(r"http://127\.0\.0\.1:5000(/feeds/[^<\s]+)", page)


def test_a_search_is_saved_from_the_list_and_leads_back_to_it(site: Site) -> None:
    browser = site.signed_in()
    form = browser.client.get("/searches/new?q=okta&mode=remote&nonsense=1&after=zzz")
    assert form.status_code == 200
    assert 'name="query" value="q=okta&amp;mode=remote"' in form.text
    assert save(browser, query="q=okta&mode=remote").headers["location"] == "/searches"
    page = browser.client.get("/searches").text
    assert 'href="/?q=okta&amp;mode=remote"' in page
    assert "“okta”, Remote" in page


def test_nobody_saves_without_signing_in(site: Site) -> None:
    answer = site.browser().client.get("/searches")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fsearches")


@pytest.mark.parametrize(
    ("form", "what"),
    [
        ({"name": " "}, "needs a name"),
        ({"name": "x" * 121}, "needs a name"),
        ({"cadence": "daily"}, "Choose where"),
        ({"company_cap": "0"}, "1 to 50"),
        ({"cadence": "daily", "channel_id": "77"}, "There is no such channel"),
    ],
)
def test_a_wrong_form_says_what_is_wrong_and_keeps_nothing(site: Site, form: Any, what: str) -> None:
    browser = site.signed_in()
    answer = save(browser, **form)
    assert answer.status_code in (404, 422)
    assert what in answer.text
    with site.database.reading() as session:
        assert session.scalar(select(SavedSearch)) is None


def test_a_channel_is_added_with_its_secret_hidden_and_removed(site: Site) -> None:
    browser = site.signed_in()
    secret = "JHMHI8qBe7bk2ZwO5U711o3dV_js"
    assert browser.post("/channels", address=f"discord://4174216298/{secret}", name="My mobile").status_code == 303
    page = browser.client.get("/searches").text
    assert "My mobile" in page and "Discord" in page
    assert secret not in page
    assert browser.post("/channels/1/remove").status_code == 303
    assert "My mobile" not in browser.client.get("/searches").text
    wrong = browser.post("/channels", address=f"nothing://{secret}")
    assert (wrong.status_code, secret in wrong.text) == (422, False)


def test_a_message_that_was_given_up_is_shown_with_why_and_sent_again(site: Site) -> None:
    browser = site.signed_in()
    values: dict[str, Any] = {"title": "Okta: 2 new jobs", "body": "b", "jobs": 2, "attempts": 8}
    with site.database.writing() as session:
        session.add(
            Delivery(user_id=browser.user_id, created_at=NOW, due_at=NOW, failed_at=NOW, error="<i>gone</i>", **values)
        )
    page = browser.client.get("/searches").text
    assert "8 attempts: &lt;i&gt;gone&lt;/i&gt;" in page
    assert browser.post("/deliveries/1/retry").status_code == 303
    assert browser.post("/deliveries/1/retry").status_code == 404


def test_hours_are_set_and_wrong_ones_refused(site: Site) -> None:
    browser = site.signed_in()
    hours = {"timezone": "Europe/Berlin", "digest_hour": 8, "quiet_from": 22, "quiet_until": 7}
    assert browser.post("/searches-hours", **hours).status_code == 303
    assert 'value="Europe/Berlin"' in browser.client.get("/searches").text
    assert browser.post("/searches-hours", **{**hours, "timezone": "Mars"}).status_code == 422
    assert browser.post("/searches-hours", **{**hours, "quiet_from": 24}).status_code == 422


def test_a_feed_shows_the_jobs_of_the_search_to_who_knows_its_address(site: Site) -> None:
    browser, anybody = site.signed_in(), site.browser()
    site.add_job(title="Okta <b>Engineer</b>", description="<p>Run Okta</p><script>bad()</script>")
    site.add_job(title="PAM Engineer", skills=[])
    save(browser)
    atom, json_feed = feeds(browser)
    answer = anybody.client.get(atom)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    entries = ElementTree.fromstring(answer.text).findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["Okta <b>Engineer</b> · Northwind · Austin, TX"]
    assert "bad()" not in str(entries[0].findtext(f"{ATOM}content"))
    feed = anybody.client.get(json_feed).json()
    assert [item["url"] for item in feed["items"]] == ["http://127.0.0.1:5000/job/1"]
    again = anybody.client.get(atom, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_feed_ends_when_it_is_revoked_or_its_search_removed(site: Site) -> None:
    browser, anybody = site.signed_in(), site.browser()
    save(browser)
    (old, _), (new, _) = feeds(browser), feeds(browser)
    assert (anybody.client.get(old).status_code, anybody.client.get(new).status_code) == (404, 200)
    browser.post("/searches/1/feed/end")
    assert anybody.client.get(new).status_code == 404
    (last, _) = feeds(browser)
    browser.post("/searches/1/remove")
    assert anybody.client.get(last).status_code == 404
    assert anybody.client.get("/feeds/made-up.atom").status_code == 404


@pytest.mark.parametrize("path", ["/feeds/forged.atom", "/feeds/forged.json", "/calendar/forged.ics"])
def test_a_forged_address_is_counted_and_recorded_without_itself(site: Site, path: str) -> None:
    with watching() as changes:
        assert site.browser().client.get(path).status_code == 404
    assert changes.delta("security_refusals_total", kind="feed") == 1
    with site.database.reading() as session:
        (event,) = read_log(session)
    assert (event.result, event.target) == ("refused", path.replace("forged", "{secret}"))


def test_the_page_works_in_a_browser_and_axe_finds_nothing(site: Site, seen: Seen) -> None:
    site.add_job(title="Okta Engineer")
    seen.open("/searches/new?q=okta")
    assert seen.accessibility_violations() == []
    seen.page.get_by_role("button", name="Save search").click()
    seen.page.wait_for_url("**/searches")
    seen.page.get_by_label("Address, in Apprise’s form").fill("ntfy://my-topic")
    seen.page.get_by_role("button", name="Add channel").click()
    seen.page.get_by_role("button", name="Send a test").wait_for()
    assert seen.accessibility_violations() == []
    for width in (390, 820, 1440):
        seen.page.set_viewport_size({"width": width, "height": 800})
        assert not seen.is_too_wide()
