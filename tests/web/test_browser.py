"""The pages in a real browser: no broken rule of the policy, no other host, nothing wider than the screen."""

from typing import Any

import pytest

from browsing import Seen

LONG = "Principal Identity and Access Management Architect for Workforce and Machine Identity " * 3


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_no_page_is_wider_than_the_screen(site: Any, seen: Seen, width: int) -> None:
    site.add_job(title=LONG, company="X" * 200, location="Y" * 200, skills=["Z" * 90] * 9, description="W" * 500)
    site.add_job(title="مهندس إدارة الهوية", company="شركة", location="دبي")
    seen.page.set_viewport_size({"width": width, "height": 800})
    for path in ("/", "/job/1", "/job/2", "/sources", "/monitoring", "/?q=nothing"):
        seen.open(path)
        assert not seen.is_too_wide(), path


@pytest.mark.parametrize("path", ["/", "/job/1", "/sources", "/monitoring", "/sign-in"])
def test_axe_finds_nothing_on_the_page(site: Any, seen: Seen, path: str) -> None:
    site.add_job()
    seen.open(path)
    assert seen.accessibility_violations() == []


def test_typing_filters_at_once_and_the_address_follows(site: Any, seen: Seen) -> None:
    site.add_job(title="Okta Administrator")
    site.add_job(title="PAM Engineer", skills=[])
    seen.open("/")
    seen.page.keyboard.press("/")
    # At once: slow typing makes a search, and a step of the history, of each pause.
    seen.page.keyboard.insert_text("administrator")
    seen.page.wait_for_url(seen.home + "/?q=administrator")
    assert seen.page.locator(".job-title").all_inner_texts() == ["Okta Administrator"]
    seen.page.go_back()
    seen.wait_for_rows(2)


def test_a_status_changes_in_place_and_the_focus_stays(site: Any, seen: Seen) -> None:
    job_id = site.add_job()
    seen.open("/")
    seen.page.locator(".job .status").click()
    seen.page.get_by_role("button", name="Interview").click()
    seen.page.wait_for_selector(".status.is-interview:focus")
    assert site.tracked(job_id).status == "interview"
    assert seen.page.url == seen.home + "/"


def test_a_change_that_is_refused_is_said_and_the_row_stays(site: Any, seen: Seen) -> None:
    site.add_job()
    seen.open("/")
    seen.page.evaluate("document.querySelector('.job [name=csrf]').value = 'old'")
    seen.page.locator(".job .quick").click()
    seen.page.wait_for_selector("#toast:not([hidden])")
    assert "reload the page" in seen.page.locator("#toast").inner_text()
    assert seen.page.locator(".job").count() == 1
    assert [problem for problem in seen.problems if "403" not in problem] == []
    seen.problems.clear()


def test_the_chosen_scheme_is_remembered(site: Any, seen: Seen) -> None:
    seen.open("/")
    seen.page.locator(".avatar").click()
    seen.page.get_by_role("button", name="Dark").click()
    seen.open("/sources")
    assert seen.page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    assert seen.page.locator("[data-theme-set=dark]").get_attribute("aria-pressed") == "true"


def test_on_a_phone_the_filters_are_a_sheet(site: Any, seen: Seen) -> None:
    site.add_job(mode="hybrid")
    site.add_job(mode="remote")
    seen.page.set_viewport_size({"width": 390, "height": 800})
    seen.open("/")
    assert not seen.page.locator("#filters").is_visible()
    seen.page.get_by_role("button", name="Filters", exact=True).click()
    seen.page.locator("label.option", has_text="Hybrid").click()
    seen.page.get_by_role("button", name="Show jobs").click()
    seen.wait_for_rows(1)
    assert not seen.page.locator("#filters").is_visible()


def test_keys_move_from_row_to_row(site: Any, seen: Seen) -> None:
    for number in range(3):
        site.add_job(title=f"Job {number}", score=number)
    seen.open("/")
    for key in "jjjjk":
        seen.page.keyboard.press(key)
    assert seen.page.evaluate("document.activeElement.innerText") == "Job 1"


def test_everything_works_without_scripts(site: Any, chromium: Any, home: str) -> None:
    job_id, signed_in = site.add_job(), site.signed_in()
    context = chromium.new_context(java_script_enabled=False)
    secret = signed_in.client.cookies["scout_session"]
    context.add_cookies([{"name": "scout_session", "value": secret, "url": home}])
    page = context.new_page()
    page.goto(home + "/")
    page.locator("label.option", has_text="Remote").click()
    page.get_by_role("button", name="Show jobs").click()
    assert "mode=remote" in page.url
    page.locator(".job .quick").click()
    assert page.locator(".status.is-saved").count() == 1
    assert site.tracked(job_id).status == "saved"
    context.close()
