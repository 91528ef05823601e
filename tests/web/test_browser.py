"""The pages in a real browser: no broken rule of the policy, no other host, nothing wider than the screen."""

from typing import Any

import pytest
from playwright.sync_api import Route
from sqlalchemy import func, select

from browsing import Seen
from iam_job_scout.db.models import JobEvent
from iam_job_scout.jobs.facets import facets

LONG = "Principal Identity and Access Management Architect for Workforce and Machine Identity " * 3


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_no_page_is_wider_than_the_screen(site: Any, seen: Seen, width: int) -> None:
    site.add_job(title=LONG, company="X" * 200, location="Y" * 200, skills=["Z" * 90] * 9, description="W" * 500)
    site.add_job(title="مهندس إدارة الهوية", company="شركة", location="دبي")
    seen.page.set_viewport_size({"width": width, "height": 800})
    for path in ("/", "/job/1", "/job/2", "/sources", "/monitoring", "/?q=nothing"):
        seen.open(path)
        assert not seen.is_too_wide(), path


@pytest.mark.parametrize("width", [390, 1440])
def test_the_name_of_a_fact_ends_before_what_it_is(site: Any, seen: Seen, width: int) -> None:
    site.add_job(certifications=["Okta Certified Professional"], sponsorship="offered", citizenship="US citizens")
    seen.page.set_viewport_size({"width": width, "height": 800})
    seen.open("/job/1")
    assert "Certifications" in seen.page.locator(".facts dt").all_inner_texts()
    too_long = seen.page.evaluate(
        "[...document.querySelectorAll('.facts dt')].filter((name) => name.scrollWidth > name.clientWidth).length"
    )
    assert too_long == 0


@pytest.mark.parametrize("path", ["/", "/job/1", "/sources", "/monitoring", "/sign-in"])
def test_axe_finds_nothing_on_the_page(site: Any, seen: Seen, path: str) -> None:
    site.add_job()
    seen.open(path)
    assert seen.accessibility_violations() == []


def test_typing_filters_at_once_and_leaves_one_step_of_history(site: Any, seen: Seen) -> None:
    site.add_job(title="Okta Administrator")
    site.add_job(title="PAM Engineer", skills=[])
    seen.open("/sources")
    seen.open("/")
    seen.page.keyboard.press("/")
    for word in ("administrator", " okta"):
        seen.page.keyboard.insert_text(word)
        seen.page.wait_for_url(f"{seen.home}/?q=*{word.strip()}")
    assert seen.page.locator(".job-title").all_inner_texts() == ["Okta Administrator"]
    assert seen.page.evaluate("document.activeElement.id") == "q"
    seen.page.go_back()
    seen.page.wait_for_url(seen.home + "/sources")


def test_what_was_typed_before_the_scripts_came_filters_too(site: Any, seen: Seen) -> None:
    site.add_job(title="Okta Administrator")
    held: list[Route] = []
    # A function of its own: Playwright looks into what it is given.
    seen.page.route("**/htmx.min.js*", lambda route: route.continue_() if held else held.append(route))
    seen.page.goto(f"{seen.home}/", wait_until="commit")
    seen.page.locator("#q").fill("okta")
    assert len(held) == 1
    held[0].continue_()
    seen.page.wait_for_url(f"{seen.home}/?q=okta")


def test_typing_keeps_the_chosen_order_and_enter_is_no_step_of_history(site: Any, seen: Seen) -> None:
    site.add_job(title="Okta Administrator", company="Fabrikam", score=90)
    site.add_job(title="Okta Engineer", company="Contoso", score=80)
    seen.open("/")
    seen.page.select_option("#sort", "company")
    seen.page.wait_for_url("**/?sort=company")
    seen.page.keyboard.press("Tab")
    seen.page.keyboard.press("/")
    seen.page.keyboard.insert_text("okta")
    seen.page.wait_for_url(f"{seen.home}/?q=okta&sort=company")
    seen.page.wait_for_function("document.querySelector('.job-title').innerText === 'Okta Engineer'")
    with seen.page.expect_response(lambda answer: "q=okta" in answer.url):
        seen.page.keyboard.press("Enter")
    seen.page.wait_for_selector("html:not(.is-loading)")
    seen.page.go_back()
    seen.page.wait_for_url(f"{seen.home}/")


def test_a_chosen_filter_is_a_step_of_history_and_its_counts_follow(site: Any, seen: Seen) -> None:
    site.add_job(mode="remote", seniority="lead")
    site.add_job(mode="hybrid", skills=["Okta", "SAML", "SCIM", "LDAP", "CyberArk", "SailPoint", "Saviynt", "PKI"])
    seen.open("/")
    unfold = seen.page.locator("#facet-skill summary")
    unfold.press("Enter")
    assert unfold.evaluate("(summary) => summary.matches(':focus') && summary.parentNode.open")
    seen.page.locator("label:has(#f-mode-hybrid)").click()
    seen.page.wait_for_url(seen.home + "/?mode=hybrid")
    seen.wait_for_rows(1)
    assert seen.page.locator("label:has(#f-level-lead)").count() == 0
    assert seen.page.evaluate("document.activeElement.id") == "f-mode-hybrid"
    assert seen.page.locator("#facet-skill details[open]").is_visible()
    seen.page.go_back()
    seen.wait_for_rows(2)


def test_a_status_changes_in_place_and_neither_focus_nor_page_moves(site: Any, seen: Seen) -> None:
    ids = [site.add_job(title=f"Job {number}", score=90 - number) for number in range(20)]
    seen.open("/")
    seen.page.locator(f"#job-{ids[3]} [data-key=a]").click()
    seen.page.wait_for_selector(f"#job-{ids[3]} [data-key=a].is-on:focus")
    assert site.tracked(ids[3]).status == "applied"
    assert seen.page.locator("label:has(#f-status-applied) .count").inner_text() == "1"
    assert seen.page.url == seen.home + "/"
    assert seen.page.evaluate("window.scrollY") == 0


def test_a_double_click_does_what_one_click_does(site: Any, seen: Seen) -> None:
    job_id = site.add_job()
    seen.open("/")
    seen.page.locator(".job [data-key=s]").dblclick()
    seen.page.wait_for_selector(".job [data-key=s].is-on")
    assert site.tracked(job_id).status == "saved"
    seen.open("/sources")
    seen.page.go_back()
    seen.page.wait_for_selector(".job [data-key=s].is-on")
    with site.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(JobEvent)) == 1


def test_who_comes_back_from_a_job_goes_on_at_its_row(site: Any, seen: Seen) -> None:
    modes = ["remote", "hybrid", "hybrid", "hybrid"]
    ids = [site.add_job(title=f"Job {n}", score=90 - n, mode=mode) for n, mode in enumerate(modes)]
    seen.open("/")
    seen.page.locator("label:has(#f-mode-hybrid)").click()
    seen.wait_for_rows(3)
    seen.page.keyboard.press("j")
    seen.page.keyboard.press("j")
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_url(f"{seen.home}/job/{ids[2]}")
    seen.page.go_back()
    seen.page.wait_for_selector(f"#job-{ids[2]} a:focus")
    seen.page.keyboard.press("j")
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_url(f"{seen.home}/job/{ids[3]}")
    seen.page.locator(".trail a").click()
    seen.page.wait_for_url(f"{seen.home}/?mode=hybrid#job-{ids[3]}")
    seen.page.keyboard.press("k")
    seen.page.wait_for_selector(f"#job-{ids[2]} a:focus")
    seen.open("/?sort=newest")
    assert seen.page.evaluate("document.activeElement === document.body")


def test_keys_save_apply_for_and_hide_the_row_that_has_the_focus(site: Any, seen: Seen) -> None:
    ids = [site.add_job(title=f"Job {number}", score=90 - number) for number in range(2)]
    seen.open("/")
    for keys, status in (("js", "saved"), ("a", "applied"), ("h", "hidden"), ("h", "new")):
        for key in keys[:-1]:
            seen.page.keyboard.press(key)
        with seen.page.expect_response(lambda answer: answer.request.method == "POST"):
            seen.page.keyboard.press(keys[-1])
        on = f".is-on[data-key={keys[-1]}]"
        selector = f"#job-{ids[0]} {on}" if status != "new" else f"#job-{ids[0]}:not(:has({on}))"
        seen.page.wait_for_selector(selector)
        seen.page.locator(".job:focus-within").first.wait_for()
        assert site.tracked(ids[0]).status == status
        # The row is there before it listens again; a person is not so quick.
        seen.page.wait_for_timeout(400)
    seen.page.locator("[data-show-keys]").click()
    assert "side by side" in seen.page.locator("#keys").inner_text()
    assert seen.accessibility_violations() == []
    seen.page.keyboard.press("?")
    seen.page.locator("#keys").wait_for(state="hidden")
    seen.page.keyboard.press("j")
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_url(f"{seen.home}/job/{ids[1]}")


def test_who_is_quicker_than_the_answers_loses_nothing(site: Any, seen: Seen) -> None:
    ids = [site.add_job(title=f"Job {number}", score=90 - number) for number in range(4)]
    seen.open("/")
    held: list[Route] = []
    seen.page.route("**/status", lambda route: route.continue_() if held else held.append(route))
    for key in "jsjsjsajs":
        seen.page.keyboard.press(key)
    seen.page.wait_for_function(f"document.activeElement.closest('#job-{ids[3]}')")
    held[0].continue_()
    for job_id, key in zip(ids, "ssas", strict=True):
        seen.page.wait_for_selector(f"#job-{job_id} .is-on[data-key={key}]")
    assert [site.tracked(job_id).status for job_id in ids] == ["saved", "saved", "applied", "saved"]
    seen.page.locator(f"#job-{ids[3]}:focus-within").wait_for()


@pytest.mark.parametrize(("words", "rows"), [("engineer", 1), ("nothing like it", 0)])
def test_an_answer_finds_its_row_in_a_list_that_was_replaced_meanwhile(
    site: Any, seen: Seen, words: str, rows: int
) -> None:
    job_id = site.add_job(title="IAM Engineer")
    seen.open("/")
    held: list[Route] = []
    seen.page.route("**/status", lambda route: held.append(route))
    seen.page.keyboard.press("j")
    seen.page.keyboard.press("s")
    seen.page.locator("#q").fill(words)
    seen.page.wait_for_url(f"**q={words.replace(' ', '+')}*")
    with seen.page.expect_response("**/status"):
        held[0].continue_()
    seen.page.wait_for_timeout(300)
    assert seen.page.locator(".job").count() == seen.page.locator(".job .is-on[data-key=s]").count() == rows
    assert seen.page.locator("#q").input_value() == words
    assert site.tracked(job_id).status == "saved"


def test_a_lost_network_is_said_and_nothing_is_lost(site: Any, seen: Seen) -> None:
    job_id = site.add_job()
    seen.open("/")
    seen.page.context.set_offline(True)
    seen.page.locator(".job [data-key=s]").click()
    seen.page.wait_for_selector("#toast:not([hidden])")
    assert "does not answer" in seen.page.locator("#toast").inner_text()
    seen.page.context.set_offline(False)
    seen.page.locator(".job [data-key=s]").click()
    seen.page.wait_for_selector(".job [data-key=s].is-on")
    assert site.tracked(job_id).status == "saved"
    seen.problems.clear()


def test_a_list_that_could_not_be_asked_for_says_so_and_is_asked_for_again(site: Any, seen: Seen) -> None:
    site.add_job(title="Okta Administrator")
    site.add_job(title="PAM Engineer", skills=[])
    seen.open("/")
    said = seen.page.get_by_text("The new list could not be loaded.")
    assert not said.is_visible()
    seen.page.context.set_offline(True)
    seen.page.keyboard.press("/")
    seen.page.keyboard.insert_text("okta")
    said.wait_for()
    assert seen.accessibility_violations() == []
    seen.page.context.set_offline(False)
    seen.wait_for_rows(1)
    assert not said.is_visible()
    seen.page.route("**/?*", lambda route: route.fulfill(status=503))
    seen.page.keyboard.insert_text(" pam")
    seen.page.get_by_role("button", name="Try again").wait_for()
    seen.page.unroute_all()
    seen.page.get_by_role("button", name="Try again").click()
    seen.page.get_by_role("heading", name="Nothing matches").wait_for()
    seen.problems.clear()


def test_a_choice_too_many_is_said_at_its_filter(site: Any, seen: Seen) -> None:
    site.add_job(location="Austin, TX", mode="onsite")
    others = [place for place in facets()["place"].names if place.startswith("us-") and place != "us-tx"]
    seen.open("/?" + "&".join(f"place={place}" for place in others[:20]))
    seen.page.locator("label:has(#f-place-us-tx)").click()
    seen.page.locator("#facet-place .field-problem", has_text="Choose at most 20").wait_for()
    seen.wait_for_rows(1)
    assert not seen.page.locator("#toast").is_visible()
    assert [problem for problem in seen.problems if "422" not in problem] == []
    seen.problems.clear()


def test_the_first_page_is_painted_within_a_second(site: Any, seen: Seen) -> None:
    for number in range(50):
        site.add_job(title=f"IAM Engineer {number}")
    assert 0 < min(painted(seen) for _ in range(5)) < 1_000


def test_the_first_page_with_all_its_files_is_under_100_kb_on_the_wire(site: Any, seen: Seen) -> None:
    for number in range(50):
        site.add_job(title=f"IAM Engineer {number}", skills=[f"Skill {n}" for n in range(9)])
    seen.open("/")
    sizes = """[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
        .map((entry) => [entry.name, entry.transferSize])"""
    sent = dict(seen.page.evaluate(sizes))
    assert len([name for name, size in sent.items() if size]) >= 5
    assert 0 < sum(sent.values()) < 100_000


def painted(seen: Seen) -> float:
    """Milliseconds until the largest part of the first page was there."""
    seen.open("/")
    return float(
        seen.page.evaluate(
            """() => new Promise((resolve) => new PerformanceObserver(
                (list) => resolve(list.getEntries().at(-1).startTime)
            ).observe({ type: "largest-contentful-paint", buffered: true }))"""
        )
    )


def test_a_change_that_is_refused_is_said_and_the_row_stays(site: Any, seen: Seen) -> None:
    site.add_job()
    seen.open("/")
    seen.page.evaluate("document.querySelector('#act [name=csrf]').value = 'old'")
    seen.page.locator(".job [data-key=s]").click()
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
    assert page.url == f"{home}/?mode=remote"
    page.select_option("#sort", "newest")
    page.get_by_role("button", name="Show", exact=True).click()
    page.locator(".job [data-key=s]").click()
    assert page.locator(".job [data-key=s].is-on").count() == 1
    assert page.url == f"{home}/?mode=remote&sort=newest#job-{job_id}"
    assert site.tracked(job_id).status == "saved"
    context.close()
