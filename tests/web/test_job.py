"""The page of a job: its text with the evidence, facts, sources, timeline, similar jobs, and people's words on it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import delete, func, select, update

from board_server import IAM_TEXT
from browsing import Seen
from iam_job_scout.db import Database
from iam_job_scout.db.models import Fit, Job, JobAlias, Posting, PostingEvent, UserSession
from iam_job_scout.scan.samples import load_samples
from ledger import Ledger
from website import HOME

NOW = datetime.now(UTC)
HOSTILE = (
    "<h2>Role</h2><script>alert(1)</script><p onclick=alert(1)>Run Okta <img src=//t.example/p.gif>"
    "<a href='javascript:alert(1)'>x</a></p></div></article></main>\u202e\u200b\u0000" + "<b>" * 500
)


def tree(response: Any) -> LexborHTMLParser:
    return LexborHTMLParser(response.text)


def page(site: Any, job_id: int, browser: Any = None) -> LexborHTMLParser:
    answer = (browser or site.browser()).client.get(f"/job/{job_id}")
    assert answer.status_code == 200
    return tree(answer)


def facts(found: LexborHTMLParser) -> dict[str, str]:
    return {row.css_first("dt").text(): row.css_first("dd").text(strip=True) for row in found.css(".facts > div")}


def form_of(found: Any) -> dict[str, list[str]]:
    """What a form sends, by field."""
    sent: dict[str, list[str]] = {}
    for field in found.css("input"):
        sent.setdefault(field.attributes["name"], []).append(field.attributes["value"])
    return sent


@pytest.fixture
def samples(site: Any) -> Database:
    """A site with the sample jobs, which come through the whole pipeline."""
    load_samples(site.database)
    database: Database = site.database
    return database


def merged_job(database: Database) -> int:
    """The id of a sample job that was posted twice."""

    with database.reading() as session:
        rows = session.scalars(select(Posting.job_id).where(Posting.job_id.is_not(None))).all()
    return next(job_id for job_id in rows if job_id is not None and rows.count(job_id) > 1)


def job_id_of(database: Database, title: str) -> int:
    with database.reading() as session:
        return session.scalars(select(Job.id).where(Job.title == title)).one()


def test_the_evidence_is_marked_where_it_stands_and_linked(site: Any) -> None:
    text = "<p>You run <b>Okta</b> for 4,000 people.</p>"
    evidence = {"field": "description", "start": 8, "end": 12, "text": "Okta", "reason": "product", "points": 12}
    in_title = {"field": "title", "start": 0, "end": 3, "text": "IAM", "reason": "names IAM", "points": 40}
    found = page(site, site.add_job(description=text, evidence=[evidence, in_title]))
    mark = found.css_first(".prose mark")
    assert (mark.text(), mark.attributes["title"]) == ("Okta", "+12: product")
    assert found.css_first(f".reasons a[href='#{mark.attributes['id']}']").text() == "Okta"
    assert found.css_first("h1 mark").text() == "IAM"


@pytest.mark.parametrize(
    "evidence",
    [
        [{"field": "description", "start": -5, "end": 999, "points": 3}],
        [{"field": "description", "start": "0", "end": None, "points": 3, "reason": "<script>"}],
        [{"field": "nowhere", "start": 0, "end": 1, "points": 3, "text": "<b>"}],
        [{"points": 2**70}, [], "x", {"points": True}],
    ],
)
def test_evidence_of_another_shape_breaks_nothing(site: Any, evidence: list[Any]) -> None:
    found = page(site, site.add_job(evidence=evidence))
    assert found.css_first(".prose mark") is None
    assert not found.css("main script, .reasons b")


def test_hostile_postings_are_shown_harmlessly_and_whole(site: Any) -> None:
    found = page(site, site.add_job(title=HOSTILE, company=HOSTILE, location=HOSTILE, description=HOSTILE))
    assert not found.css("main script, main img, main [onclick]")
    assert not found.css("main a[href^=javascript]")
    assert found.css_first("main .description") is not None
    assert found.css_first("#sources") is not None


def test_a_posting_of_ten_megabytes_is_cut_and_says_so(site: Any) -> None:
    job_id = site.add_job(description="<p>identity " * 1_000_000)
    answer = site.browser().client.get(f"/job/{job_id}")
    assert answer.status_code == 200
    assert len(answer.content) < 2_000_000
    assert "The rest is left out" in answer.text


def test_the_facts_are_at_a_glance_and_what_is_not_said_is_listed(site: Any) -> None:
    place = {"city": "", "state": "TX", "country": "US", "remote": True, "anywhere": False}
    job_id = site.add_job(
        places=[place], pay_min=150_000, pay_max=180_000, pay_currency="USD", pay_source="parsed", years=5
    )
    found = page(site, job_id)
    shown = facts(found)
    assert shown["Place"] == "Remote, TX, US"
    assert shown["Pay"] == "150,000 to 180,000 USD a year(read from the text)"
    assert (shown["Level"], shown["Experience"]) == ("Senior", "5 years or more")
    assert "clearance" in found.css_first(".unstated").text()


def test_an_eligibility_that_is_stated_is_shown(site: Any) -> None:
    job_id = site.add_job(
        clearance="top secret",
        citizenship="US citizen",
        sponsorship="refused",
        contract="contract-to-hire",
        certifications=["SC-300"],
        own_product=True,
    )
    shown = facts(page(site, job_id))
    assert (shown["Clearance"], shown["Citizenship"]) == ("Top secret", "US citizen")
    assert (shown["Sponsorship"], shown["Contract"]) == ("Not offered", "Contract to hire")
    assert (shown["Certifications"], shown["Employer"]) == ("SC-300", "Makes IAM products")


def test_with_a_profile_the_page_says_how_the_score_adds_up_and_what_is_lacking(site: Any) -> None:
    job_id = site.add_job(skills=["Azure AD", "SailPoint"], certifications=["SC-300"], score=80)
    browser = site.signed_in()
    assert page(site, job_id, browser).css_first(".for-you") is None
    browser.post("/profile", more_skills="Entra ID", levels="lead")
    shown = page(site, job_id, browser).css_first(".for-you")
    points = [int(cell.text().replace("−", "-")) for cell in shown.css("td.points")]
    assert sum(points) == int(shown.css_first(".why-score").text().split()[0]) == 48 + 7 - 4
    assert [chip.text() for chip in shown.css(".gaps .chip")] == ["SailPoint", "SC-300"]


def test_similar_jobs_are_open_and_share_skills(site: Any) -> None:
    job_id = site.add_job(skills=["Okta", "SAML"])
    site.add_job(title="alike", skills=["Okta", "SAML", "SCIM"])
    site.add_job(title="other", skills=["CyberArk"], sub=["PAM"])
    site.add_job(title="closed", skills=["Okta", "SAML"], closed_at=NOW)
    assert [link.text() for link in page(site, job_id).css(".similar a")] == ["alike"]


def test_the_timeline_tells_what_happened_to_the_postings(site: Any, samples: Database) -> None:

    with samples.writing() as session:
        row = session.scalars(select(Posting).where(Posting.job_id.is_not(None)).limit(1)).one()
        job_id, posting_id = row.job_id, row.id
        for hours, kind, detail in (
            (5, "edited", {"fields": ["title", "description"], "title": ["Old", "New"]}),
            (4, "pay", {"old": "", "new": "USD 1-2 per year"}),
            (3, "closed", {"why": "absent"}),
            (2, "reopened", {}),
            (1, "reposted", {"url": "https://example.com/1"}),
            (0, "something new", {"fields": 7}),
        ):
            at = NOW - timedelta(hours=hours)
            session.add(PostingEvent(posting_id=posting_id, at=at, kind=kind, detail=detail))
    text = page(site, job_id).css_first(".timeline").text()
    for expected in ("Edited: title, text", "Old → New", "not stated → USD 1-2 per year", "Open again", "Posted again"):
        assert expected in text


def test_a_posting_that_is_another_job_is_taken_out(site: Any, samples: Database) -> None:
    job_id, browser = merged_job(samples), site.signed_in()
    before = page(site, job_id, browser)
    assert len(before.css(".seen li")) == 2
    posting = before.css(".seen [name=posting]")[1].attributes["value"]
    answer = browser.post(f"/job/{job_id}/different", posting=posting)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/job/{job_id}#sources")
    after = page(site, job_id, browser)
    assert len(after.css(".seen li")) == 1
    said = after.css_first(".said")
    assert "this is not the same job as" in said.text()
    own = said.css_first("a").attributes["href"] or ""
    assert len(page(site, int(own.removeprefix("/job/")), browser).css(".said")) == 1


def test_what_was_said_of_one_of_many_postings_is_one_line_and_one_click_to_take_back(site: Any) -> None:
    ledger = Ledger(site.database)
    cities = ("Austin, TX", "Denver, CO", "Boston, MA", "Reno, NV")
    same = {"title": "IAM Engineer", "description": IAM_TEXT}
    ledger.show(*(ledger.posting(str(n), location=city, **same) for n, city in enumerate(cities)), at=NOW)
    with site.database.reading() as session:
        (job_id,) = session.scalars(select(Job.id))
        out = session.scalars(select(Posting.id).where(Posting.location == "Reno, NV")).one()
    browser = site.signed_in()
    browser.post(f"/job/{job_id}/different", posting=out)
    (here,) = page(site, job_id, browser).css(".said")
    assert "Reno, NV" in here.text() and "other posting" not in here.text()
    (there,) = page(site, int((here.css_first("a").attributes["href"] or "")[5:]), browser).css(".said")
    assert "and 2 other postings of it" in there.text()
    answer = browser.client.post(f"/job/{job_id}/unsay", data=form_of(there), headers={"origin": HOME})
    assert answer.status_code == 303
    assert len(page(site, job_id, browser).css(".seen li")) == 4
    assert page(site, job_id, browser).css(".said") == []


def test_a_merge_asks_first_and_taking_it_back_leaves_both_jobs_as_they_were(site: Any, samples: Database) -> None:
    with samples.reading() as session:
        one, other = session.scalars(select(Job.id).order_by(Job.id).limit(2)).all()
    browser = site.signed_in()
    for job_id, form in (
        (one, {"status": "saved", "note": "nice", "follow_up": "2027-02-01"}),
        (other, {"status": "interview", "note": "Kim", "follow_up": "2027-01-01"}),
    ):
        browser.post(f"/job/{job_id}/status", **form)
    before = [site.tracked(job_id) for job_id in (one, other)]
    browser.post(f"/job/{one}/same", other=str(other))
    gone = browser.client.get(f"/job/{other}")
    assert (gone.status_code, gone.headers["location"]) == (307, f"/job/{one}")
    assert gone.headers["cache-control"] == "no-store"
    assert str(site.tracked(one).follow_up_on) == "2027-01-01"
    found = page(site, one, browser)
    assert f"With job {other}" in found.css_first(".timeline").text()
    browser.client.post(f"/job/{one}/unsay", data=form_of(found.css_first(".said")), headers={"origin": HOME})
    assert [site.tracked(job_id) for job_id in (one, other)] == before
    assert "Kim" in page(site, other, browser).css_first(".timeline").text()
    assert "Kim" not in page(site, one, browser).text()


def test_after_a_word_everybody_with_a_profile_has_their_scores(site: Any, samples: Database) -> None:
    browser = site.signed_in()
    browser.post("/profile", more_skills="Okta")

    def scored() -> tuple[int, int]:
        with samples.reading() as session:
            jobs = session.scalar(select(func.count(Job.id)).where(Job.closed_at.is_(None)))
            return jobs or 0, session.scalar(select(func.count()).select_from(Fit)) or 0

    before = scored()
    assert before[0] == before[1]
    browser.post("/job/1/same", other="2")
    assert scored() == (before[0] - 1, before[1] - 1)
    form = form_of(page(site, 1, browser).css_first(".said"))
    browser.client.post("/job/1/unsay", data=form, headers={"origin": HOME})
    assert scored() == before


def test_a_word_is_not_taken_for_having_looked_at_the_boards(site: Any, samples: Database) -> None:
    job_id, earlier = merged_job(samples), NOW - timedelta(hours=3)
    with samples.writing() as session:
        session.execute(update(Posting).values(seen_at=earlier, absent_at=earlier))
        session.execute(update(Job).values(last_seen=earlier))
    browser = site.signed_in()
    posting = page(site, job_id, browser).css(".seen [name=posting]")[1].attributes["value"]
    browser.post(f"/job/{job_id}/different", posting=posting)
    assert site.job(job_id).last_seen == earlier


def test_two_jobs_become_one_and_the_old_address_leads_there(site: Any, samples: Database) -> None:
    with samples.reading() as session:
        one, other = session.scalars(select(Job.id).order_by(Job.id).limit(2)).all()
    browser = site.signed_in()
    site.track(other, status="applied", note="sent")
    answer = browser.post(f"/job/{one}/same", other=f"http://127.0.0.1:5000/job/{other}?x=1")
    heir = int(answer.headers["location"].removeprefix("/job/").removesuffix("#sources"))
    gone = other if heir == one else one
    assert browser.client.get(f"/job/{gone}").headers["location"] == f"/job/{heir}"
    assert (site.tracked(heir).status, site.tracked(heir).note) == ("applied", "sent")
    assert browser.post(f"/job/{heir}/same", other=str(gone)).status_code in (303, 422)


@pytest.mark.parametrize("other", ["", "x", "0", "-1", "9" * 30, "https://e.org/", "/job/99999", "<script>", "\x00"])
def test_a_wrong_other_job_is_said_at_its_field_and_merges_nothing(site: Any, samples: Database, other: str) -> None:
    answer = site.signed_in().post("/job/1/same", other=other)
    assert answer.status_code == 422
    field = tree(answer).css_first("[name=other][aria-invalid]")
    assert tree(answer).css_first(f"#{field.attributes['aria-describedby']}").text()


def test_a_job_is_never_merged_with_itself(site: Any, samples: Database) -> None:
    assert site.signed_in().post("/job/1/same", other="1").status_code == 422


@pytest.mark.parametrize("posting", ["", "x", "0", "99999", "9" * 30])
def test_a_wrong_posting_takes_nothing_apart(site: Any, samples: Database, posting: str) -> None:
    job_id = merged_job(samples)
    assert site.signed_in().post(f"/job/{job_id}/different", posting=posting).status_code == 422
    assert len(page(site, job_id).css(".seen li")) == 2


def test_only_who_may_change_things_decides(site: Any, samples: Database) -> None:
    assert site.browser().post("/job/1/same", other="2").status_code == 303
    assert "/sign-in" in site.browser().post("/job/1/same", other="2").headers["location"]
    assert "Not the same job" not in page(site, merged_job(samples)).text()


def test_a_wrong_date_and_status_come_back_with_what_was_typed(site: Any) -> None:
    job_id = site.add_job()
    answer = site.signed_in().post(f"/job/{job_id}/status", status="saved", note="kept", follow_up="tomorrow")
    assert answer.status_code == 422
    found = tree(answer)
    assert found.css_first("textarea").text() == "kept"
    assert "2027-01-31" in found.css_first("#follow-up-problem").text()


@pytest.mark.parametrize("day", ["1900-01-01", "2150-06-01"])
def test_a_date_of_another_age_is_answered_with_the_years_that_may_be(site: Any, day: str) -> None:
    answer = site.signed_in().post(f"/job/{site.add_job()}/status", status="saved", note="", follow_up=day)
    assert answer.status_code == 422
    assert "2000 to 2099" in tree(answer).css_first("#follow-up-problem").text()


def test_the_timeline_says_what_changed_and_repeats_no_note(site: Any) -> None:
    job_id, browser = site.add_job(), site.signed_in()
    for form in (
        {"status": "applied", "note": "Sent to Kim"},
        {"status": "applied", "note": "Sent to Kim", "follow_up": "2027-01-31"},
        {"status": "interview", "note": "Sent to Kim", "follow_up": "2027-01-31"},
        {"status": "interview", "note": "", "follow_up": ""},
    ):
        browser.post(f"/job/{job_id}/status", **form)
    mine = [point.text(strip=True) for point in page(site, job_id, browser).css(".timeline .is-yours")]
    words = [text.replace("just now", "") for text in mine]
    assert words == [
        "No follow-up any more, note removed",
        "Set to interview",
        "Follow-up on 31 Jan 2027",
        "Set to applied, noteSent to Kim",
    ]


def test_an_emptied_note_and_date_are_removed(site: Any) -> None:
    job_id = site.add_job(status="saved", note="old", follow_up_on=NOW.date())
    site.signed_in().post(f"/job/{job_id}/status", status="saved", note="", follow_up="")
    assert (site.tracked(job_id).note, site.tracked(job_id).follow_up_on) == ("", None)


def test_saving_is_confirmed(site: Any) -> None:
    job_id, browser = site.add_job(), site.signed_in()
    answer = browser.post(f"/job/{job_id}/status", status="saved", note="")
    assert answer.headers["location"] == f"/job/{job_id}?saved=1"
    assert "Saved." in tree(browser.client.get(answer.headers["location"])).css_first(".track [role=status]").text()
    assert page(site, job_id, browser).css_first(".track [role=status]") is None


def test_a_page_that_is_out_of_date_does_not_put_the_old_note_back(site: Any) -> None:
    job_id, browser = site.add_job(status="saved", note="first"), site.signed_in()
    shown = page(site, job_id, browser).css_first("[name=as_of]").attributes["value"]
    browser.post(f"/job/{job_id}/status", status="applied", note="second", as_of=shown)
    late = browser.post(f"/job/{job_id}/status", status="saved", note="third", as_of=shown)
    assert late.status_code == 409
    assert "It says Applied, “second”" in tree(late).css_first(".track [role=alert]").text()
    assert tree(late).css_first("textarea").text() == "third"
    assert site.tracked(job_id).note == "second"
    now = tree(late).css_first("[name=as_of]").attributes["value"]
    assert browser.post(f"/job/{job_id}/status", status="saved", note="third", as_of=now).status_code == 303
    assert site.tracked(job_id).note == "third"


def test_the_second_of_a_double_click_is_not_taken_for_a_page_out_of_date(site: Any) -> None:
    job_id, browser = site.add_job(), site.signed_in()
    for _ in range(2):
        answer = browser.post(f"/job/{job_id}/status", status="saved", note="n", follow_up="", as_of="")
        assert answer.status_code == 303


def test_a_note_from_an_ended_session_is_shown_again(site: Any) -> None:
    job_id, browser = site.add_job(), site.signed_in()
    browser.client.cookies.clear()
    answer = browser.post(f"/job/{job_id}/status", status="saved", note="Call Kim <b>")
    assert answer.status_code == 401
    assert tree(answer).css_first("textarea").text() == "Call Kim <b>"
    assert "/sign-in?next=" in tree(answer).css_first("a.is-main").attributes["href"]
    assert site.tracked(job_id).status == "new"


def test_the_address_bar_shows_the_evidence(site: Any, samples: Database, seen: Seen) -> None:
    job_id = job_id_of(samples, "IAM Analyst II")
    seen.open(f"/job/{job_id}")
    seen.page.locator(".cited").first.click()
    mark = seen.page.locator("mark:target")
    assert mark.bounding_box() is not None
    assert seen.page.evaluate("getComputedStyle(document.querySelector('mark:target')).outlineStyle") == "solid"


def test_a_follow_up_is_set_by_a_person_and_back_leads_to_the_list(site: Any, seen: Seen) -> None:
    job_id = site.add_job()
    seen.open("/")
    seen.page.locator(".job-title a").click()
    seen.page.get_by_label("Status").select_option("applied")
    seen.page.get_by_label("Note").fill("Called Sam")
    seen.page.get_by_label("Follow up on").fill("2027-01-31")
    seen.page.get_by_role("button", name="Save status").click()
    seen.page.get_by_text("Saved.", exact=True).wait_for()
    assert seen.page.get_by_text("Set to applied").is_visible()
    assert seen.page.evaluate("document.activeElement.textContent") == "Save status"
    tracked = site.tracked(job_id)
    assert (tracked.status, tracked.note, str(tracked.follow_up_on)) == ("applied", "Called Sam", "2027-01-31")
    seen.page.go_back()
    seen.page.wait_for_url("**/")


def test_a_note_outlives_the_session_in_the_browser_too(site: Any, seen: Seen) -> None:
    job_id = site.add_job()
    seen.open(f"/job/{job_id}")
    seen.page.get_by_label("Note").fill("Called Sam")
    with site.database.writing() as session:
        session.execute(delete(UserSession))
    seen.page.get_by_role("button", name="Save status").click()
    seen.page.get_by_role("heading", name="Not saved").wait_for()
    assert len(seen.problems) == 1 and "401" in seen.problems.pop()
    assert seen.page.get_by_label("What you typed").input_value() == "Called Sam"
    assert seen.page.locator(".bar").get_by_role("link", name="Sign in").is_visible()
    assert seen.accessibility_violations() == []


def test_what_was_typed_stays_without_network_and_with_a_form_that_is_out_of_date(site: Any, seen: Seen) -> None:
    job_id = site.add_job()
    seen.open(f"/job/{job_id}")
    seen.page.get_by_label("Note").fill("Called Sam")
    seen.page.context.set_offline(True)
    seen.page.get_by_role("button", name="Save status").click()
    seen.page.get_by_text("Not saved: the app does not answer.").wait_for()
    assert seen.page.get_by_label("Note").input_value() == "Called Sam"
    assert "ERR_INTERNET_DISCONNECTED" in seen.problems.pop()
    seen.page.context.set_offline(False)
    token = seen.page.locator(".track [name=csrf]")
    right = token.input_value()
    token.evaluate("field => { field.value = 'old'; }")
    seen.page.get_by_role("button", name="Save status").click()
    seen.page.get_by_text("Not saved. This form is out of date.").wait_for()
    assert "403" in seen.problems.pop()
    token.evaluate("(field, right) => { field.value = right; }", right)
    seen.page.get_by_role("button", name="Save status").click()
    seen.page.get_by_text("Saved.", exact=True).wait_for()
    assert site.tracked(job_id).note == "Called Sam"


def test_a_similar_job_is_merged_only_after_a_question(site: Any, samples: Database, seen: Seen) -> None:
    job_id = job_id_of(samples, "IAM Analyst II")
    seen.open(f"/job/{job_id}")
    asked = seen.page.locator(".similar details").first
    asked.locator("summary").click()
    with samples.reading() as session:
        assert session.get(Job, job_id) is not None and session.scalar(select(func.count(JobAlias.old_id))) == 0
    asked.get_by_role("button", name="Merge the two").click()
    seen.page.locator(".said").wait_for()


def test_the_page_is_accessible_and_fits_a_phone(site: Any, samples: Database, seen: Seen) -> None:
    browser = site.signed_in()
    browser.post("/profile", more_skills="Okta")
    job_id = merged_job(samples)
    browser.post("/job/1/same", other="2")
    site.track(1, status="rejected", follow_up_on=NOW.date())
    for width in (390, 1440):
        seen.page.set_viewport_size({"width": width, "height": 800})
        for path in (f"/job/{job_id}", "/job/1?saved=1"):
            seen.open(path)
            assert not seen.is_too_wide()
            assert seen.accessibility_violations() == []


def test_on_paper_the_page_has_the_text_and_no_forms(site: Any, samples: Database, seen: Seen) -> None:
    seen.open(f"/job/{merged_job(samples)}")
    seen.page.emulate_media(media="print")
    assert seen.page.locator(".description").is_visible()
    for hidden in (".bar", ".track", ".similar", ".same", ".seen form"):
        assert not seen.page.locator(hidden).first.is_visible()
