"""The list of jobs, the page of a job, and setting its status."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from selectolax.lexbor import LexborHTMLParser, LexborNode
from sqlalchemy import func, select, update

from iam_job_scout.db.models import Fit, Job, JobEvent, Posting
from iam_job_scout.jobs.facets import facets
from iam_job_scout.jobs.tracking import MAX_NOTE

ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    "javascript:alert(1)",
    "{{ 7 * 7 }}",
    "</title><svg onload=alert(1)>",
    "\u202e\u200b\u0000\ufeff evil \U0001f9db",
]


def parsed(response: Any) -> LexborHTMLParser:
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return LexborHTMLParser(response.text)


def node(tree: LexborHTMLParser, selector: str) -> LexborNode:
    found = tree.css_first(selector)
    assert found is not None, selector
    return found


def titles(response: Any) -> list[str]:
    return [link.text() for link in parsed(response).css(".job-title a")]


def count_of_updates(status: str) -> float:
    return REGISTRY.get_sample_value("iam_job_status_updates_total", {"status": status}) or 0.0


def test_an_empty_list_says_how_to_fill_it(site: Any) -> None:
    page = site.browser().client.get("/")
    assert page.status_code == 200
    assert "./scout scan" in page.text
    assert "./scout samples load" in page.text


def test_a_row_shows_what_a_person_decides_by(site: Any) -> None:
    site.add_job(pay_min=150_000, pay_max=180_000, pay_currency="USD", skills=["A", "B", "C", "D", "E", "F"])
    row = node(parsed(site.browser().client.get("/")), ".job")
    for expected in ("IAM Engineer", "Northwind", "Austin, TX", "Remote", "$150–180k", "5 h", "70"):
        assert expected in row.text()
    assert [chip.text() for chip in row.css(".chip")] == ["A", "B", "C", "D"]
    assert node(parsed(site.browser().client.get("/")), ".job-why .more").text() == "+2"


def test_what_is_not_known_is_said(site: Any) -> None:
    site.add_job(company="", location="", mode="unknown")
    row = node(parsed(site.browser().client.get("/")), ".job").text()
    assert "Company not stated" in row
    assert "Place not stated" in row


def test_a_place_that_names_the_mode_is_enough(site: Any) -> None:
    site.add_job(location="Remote, US", mode="remote")
    assert node(parsed(site.browser().client.get("/")), ".job-place").text(strip=True) == "Remote, US"


def test_every_word_must_occur(site: Any) -> None:
    site.add_job(title="Okta Administrator")
    site.add_job(title="Okta Engineer", company="Fabrikam")
    client = site.browser().client
    assert titles(client.get("/?q=okta+fabrikam")) == ["Okta Engineer"]
    assert "Nothing matches" in client.get("/?q=cobol").text


def test_signs_of_the_search_language_mean_themselves(site: Any) -> None:
    site.add_job(title="100% IAM")
    client = site.browser().client
    assert titles(client.get("/", params={"q": "100%"})) == ["100% IAM"]
    assert titles(client.get("/", params={"q": "_"})) == ["100% IAM"]
    assert titles(client.get("/", params={"q": "200%"})) == []


def test_filters_narrow_the_list(site: Any) -> None:
    site.add_job(title="saved", status="saved")
    site.add_job(title="hidden", status="hidden")
    site.add_job(title="adjacent", tier="adjacent")
    site.add_job(title="onsite", mode="onsite")
    site.add_job(title="closed", closed_at=datetime.now(UTC))
    client = site.signed_in().client
    assert set(titles(client.get("/"))) == {"saved", "adjacent", "onsite"}
    assert titles(client.get("/?status=saved")) == ["saved"]
    assert titles(client.get("/?status=hidden")) == ["hidden"]
    assert titles(client.get("/?tier=adjacent")) == ["adjacent"]
    assert titles(client.get("/?mode=onsite")) == ["onsite"]
    assert "closed" in titles(client.get("/?closed=1"))


def test_the_order_is_by_score_or_by_age(site: Any) -> None:
    now = datetime.now(UTC)
    site.add_job(title="old and good", score=90, posted_at=now - timedelta(days=9))
    site.add_job(title="new and weak", score=20, posted_at=now - timedelta(hours=1))
    client = site.browser().client
    assert titles(client.get("/")) == ["old and good", "new and weak"]
    assert titles(client.get("/?sort=newest")) == ["new and weak", "old and good"]


def test_pages_lead_to_each_other_and_keep_the_filters(site: Any) -> None:
    for number in range(41):
        site.add_job(title=f"IAM Engineer {number}")
    client = site.browser().client
    first = parsed(client.get("/?mode=remote"))
    link = node(first, "a[rel=next]").attributes["href"] or ""
    assert link.startswith("/?mode=remote&after=")
    second = client.get(link)
    assert len(titles(second)) == 1
    back = client.get(node(parsed(second), "a[rel=prev]").attributes["href"] or "")
    assert titles(back) == titles(client.get("/?mode=remote"))


@pytest.mark.parametrize("after", ["2", "-1", "x", "٣", "\x00", "9" * 400, "c2NvcmV8PnwxfDF8eA"])
def test_a_place_that_no_page_leads_to_is_refused_at_the_list(site: Any, after: str) -> None:
    site.add_job()
    answer = site.browser().client.get("/", params={"after": after})
    assert answer.status_code == 422
    assert len(titles(answer)) == 1
    assert "does not lead into the list" in node(parsed(answer), "[role=alert]").text()


@pytest.mark.parametrize("field", ["status", "sort", *facets()])
@pytest.mark.parametrize("value", ["nonsense", "<script>", "\x00", "new'; DROP TABLE job"])
def test_a_choice_that_does_not_exist_is_named_at_its_field(site: Any, field: str, value: str) -> None:
    site.add_job()
    answer = site.browser().client.get("/", params={field: value})
    assert answer.status_code == 422
    assert len(titles(answer)) == 1
    assert node(parsed(answer), "[role=alert]").text()


def test_too_many_values_of_a_filter_are_refused_at_it(site: Any) -> None:
    site.add_job()
    many = [("place", code) for code in list(facets()["place"].names)[:21]]
    answer = site.signed_in().client.get("/", params=many)
    assert (answer.status_code, len(titles(answer))) == (422, 1)
    assert "at most 20" in answer.text
    assert site.browser().client.get("/?fresh=1&fresh=3").status_code == 422


def test_filters_have_counts_and_are_kept_in_the_address(site: Any) -> None:
    site.add_job(title="a", mode="remote", skills=["Okta"])
    site.add_job(title="b", mode="hybrid", skills=["Okta", "SailPoint"])
    page = parsed(site.browser().client.get("/?skill=okta&mode=remote&mode=hybrid"))
    assert node(page, "label:has(#f-mode-hybrid) .count").text() == "1"
    assert node(page, "label:has(#f-skill-sailpoint) .count").text() == "1"

    without = [link.attributes["href"] for link in page.css(".filter-on")]
    assert without == ["/?mode=hybrid&skill=okta", "/?mode=remote&skill=okta", "/?mode=remote&mode=hybrid"]


def test_a_row_says_where_the_words_were_found(site: Any) -> None:
    site.add_job(title="Okta Engineer", skills=["Okta"], description="We use SCIM.")
    client = site.browser().client
    assert [mark.text() for mark in parsed(client.get("/?q=okta")).css("mark, .chip.is-found")] == ["Okta", "Okta"]
    quoted = node(parsed(client.get("/?q=scim")), ".job-quote")
    assert (quoted.text(), node(quoted, "mark").text()) == ("We use SCIM.", "SCIM")


def test_a_row_that_was_shown_before_tells_what_changed_since(site: Any) -> None:
    job_id = site.add_job(title="Engineer", description="We use SCIM and Okta.")
    client, page = site.signed_in().client, "/?q=scim&closed=1"
    changes = [
        ({"title": "Architect"}, ".job-title", "Architect"),
        ({"description": "They use SCIM and SAML."}, ".job-quote", "They use SCIM and SAML."),
        ({"skills": ["CyberArk"]}, ".job-why .chip", "CyberArk"),
        ({"first_seen": datetime.now(UTC) - timedelta(days=3), "posted_at": None}, ".job-age", "3 d"),
        ({"closed_at": datetime.now(UTC)}, ".job-closed", "closed just now"),
    ]
    for values, place, told in changes:
        assert told not in node(parsed(client.get(page)), ".job").text()
        with site.database.writing() as session:
            session.execute(update(Job).where(Job.id == job_id).values(**values))
        assert node(parsed(client.get(page)), f".job {place}").text() == told
    site.track(job_id, status="offer")
    assert node(parsed(client.get(page)), ".job .status").text() == "Offer"
    assert parsed(site.browser().client.get(page)).css_first(".job .status") is None


@pytest.mark.parametrize(
    ("shown", "source", "header"),
    [
        ("/", "form#filters", "hx-push-url"),
        ("/", "input#q", "hx-replace-url"),
        ("/?q=okta&sort=newest#job-3", "form#filters", ""),
        ("/?q=okta&sort=newest", "input#q", ""),
    ],
)
def test_a_list_of_another_address_is_a_step_of_history(site: Any, shown: str, source: str, header: str) -> None:
    current = f"http://127.0.0.1:5000{shown}"
    client = site.browser(**{"hx-request": "true", "hx-source": source, "hx-current-url": current}).client
    headers = client.get("/?q=okta&status=&sort=newest").headers
    told = {name: headers[name] for name in ("hx-push-url", "hx-replace-url") if name in headers}
    assert told == ({header: "/?q=okta&sort=newest"} if header else {})


def test_a_mended_search_says_so(site: Any) -> None:
    site.add_job(title="Saviynt Engineer")
    page = parsed(site.browser().client.get("/?q=saviyndt"))
    assert "No job has the word saviyndt. These have saviynt." in node(page, "#results .note").text()


def test_a_mended_search_that_finds_nothing_is_not_said_to_find_something(site: Any) -> None:
    site.add_job(title="HashiCorp Engineer")
    results = node(parsed(site.browser().client.get("/?q=hashi+cobol")), "#results").text()
    assert "Nothing matches" in results
    assert "These have" not in results


def test_where_nothing_is_found_the_page_says_how_to_search(site: Any) -> None:
    site.add_job()
    client = site.browser().client
    for address, words in (
        ("/?q=cobol", "No job has what you searched for."),
        ("/?mode=hybrid", "No job has the filter you chose."),
        ("/?mode=hybrid&level=lead", "No job has all the filters you chose. Remove one, or start again."),
        ("/?q=cobol&mode=hybrid", "No job has what you searched for and the filters you chose. Remove one,"),
    ):
        empty = node(parsed(client.get(address)), ".empty")
        assert words in empty.text()
        assert bool(empty.css(".searching")) == ("q=" in address)


@pytest.mark.parametrize(("typed", "said"), [("okta OR iam", "OR"), ('okta "AND" or', ""), ("okta NOT iam", "NOT")])
def test_signs_of_other_searches_are_said_to_be_words(site: Any, typed: str, said: str) -> None:
    site.add_job()
    note = parsed(site.browser().client.get("/", params={"q": typed})).css_first("#results .note strong")
    assert (note.text() if note else "") == said


def test_what_a_form_sends_empty_does_not_stay_in_the_address(site: Any) -> None:
    client = site.browser().client
    answer = client.get("/?q=&status=&tier=&mode=remote&mode=hybrid&fresh=&sort=newest")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?mode=remote&mode=hybrid&sort=newest")
    assert client.get("/?q=").headers["location"] == "/"
    assert client.get("/?mode=remote").status_code == 200


def test_the_first_page_is_small(site: Any) -> None:
    for number in range(50):
        site.add_job(
            title=f"Senior Identity and Access Management Engineer {number}", skills=[f"Skill {n}" for n in range(9)]
        )
    assert len(site.signed_in().client.get("/").content) < 100_000


def test_a_search_that_is_too_long_is_refused_at_its_field(site: Any) -> None:
    answer = site.browser().client.get("/", params={"q": "x" * 201})
    assert answer.status_code == 422
    assert node(parsed(answer), "#q-problem").text() == "Search for at most 200 characters."


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_is_shown_as_text(site: Any, attack: str) -> None:
    evidence = [{"field": "title", "start": 0, "end": 1, "text": attack, "reason": attack, "points": 5}]
    job_id = site.add_job(
        title=attack,
        company=attack,
        location=attack,
        url=attack,
        description=attack,
        skills=[attack],
        sub=[attack],
        evidence=evidence,
        note=attack,
        mode="unknown",
        seniority="mid",
    )
    _add_posting(site, job_id, url=attack, title=attack, location=attack, board=attack)
    browser = site.signed_in()
    for path in ("/", f"/job/{job_id}"):
        answer = browser.client.get(path, params={"q": attack} if path == "/" else None)
        assert answer.status_code == 200
        assert_harmless(parsed(answer))


def assert_harmless(tree: LexborHTMLParser) -> None:
    assert all((script.attributes.get("src") or "").startswith("/static/") for script in tree.css("script"))
    assert not tree.css("img:not([src^='/static/']), iframe, object, svg[onload], style, base")
    for element in tree.css("*"):
        for name, value in element.attributes.items():
            assert not name.startswith("on"), name
            assert name not in ("href", "src", "action") or not (value or "").lower().startswith(
                ("javascript:", "data:")
            )


def test_a_description_keeps_its_form_and_loses_the_rest(site: Any) -> None:
    job_id = site.add_job(
        description="<h3>Role</h3><ul><li>One</li></ul><p style='x' onclick=y>Two <a href='https://e.org'>link</a></p>"
        "<script>alert(1)</script><img src=//t.example/p.gif><form><input></form>"
    )
    prose = node(parsed(site.browser().client.get(f"/job/{job_id}")), ".prose")
    assert prose.css_first("h3") and prose.css_first("li")
    assert not prose.css("script, img, form, input, [style], [onclick]")
    assert node(LexborHTMLParser(prose.html or ""), "a").attributes["rel"] == "noopener noreferrer nofollow"


def test_a_description_in_plain_text_becomes_paragraphs(site: Any) -> None:
    job_id = site.add_job(description="First & <second>.\n\nThird\nline")
    prose = node(parsed(site.browser().client.get(f"/job/{job_id}")), ".prose")
    assert [part.text() for part in prose.css("p")] == ["First & <second>.", "Thirdline"]


def test_the_page_of_a_job_explains_the_match_and_lists_where_it_was_seen(site: Any) -> None:
    job_id = site.add_job()
    _add_posting(site, job_id, board="northwind")
    text = node(parsed(site.browser().client.get(f"/job/{job_id}")), "main").text()
    for expected in ("+40", "names IAM", "in the title", "Greenhouse", "northwind", "First seen", "Posted"):
        assert expected in text


def test_the_apply_link_leaves_no_trace(site: Any) -> None:
    link = node(parsed(site.browser().client.get(f"/job/{site.add_job()}")), ".actions a.is-main")
    assert link.attributes["href"] == "https://jobs.example.com/1"
    assert link.attributes["rel"] == "noopener noreferrer nofollow"


def test_evidence_of_another_shape_breaks_nothing(site: Any) -> None:
    job_id = site.add_job(evidence=[1, None, {"points": "many"}, {"points": 3}, ["x"]])
    assert "+3" in site.browser().client.get(f"/job/{job_id}").text


@pytest.mark.parametrize("job_id", ["1", "0", "-1", "abc", "1.5", "99999999999999999999", "%00", "<b>"])
def test_a_job_that_does_not_exist_is_a_friendly_page(site: Any, job_id: str) -> None:
    answer = site.browser().client.get(f"/job/{job_id}")
    assert answer.status_code == 404
    assert "Nothing here" in answer.text


def test_samples_say_so(site: Any) -> None:
    job_id = site.add_job(sample=True)
    client = site.browser().client
    assert "1 sample job " in client.get("/").text
    assert "./scout samples remove" in client.get(f"/job/{job_id}").text


def test_a_status_is_stored_with_its_note_and_counted(site: Any) -> None:
    job_id, browser, before = site.add_job(), site.signed_in(), count_of_updates("applied")
    answer = browser.post(f"/job/{job_id}/status", status="applied", note="Called Sam")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/job/{job_id}?saved=1")
    tracked = site.tracked(job_id)
    assert (tracked.status, tracked.note) == ("applied", "Called Sam")
    assert count_of_updates("applied") == before + 1
    assert "Set to applied" in browser.client.get(f"/job/{job_id}").text


def test_a_quick_change_keeps_the_note_and_leads_back(site: Any) -> None:
    job_id = site.add_job(note="Called Sam", status="saved")
    answer = site.signed_in().post(f"/job/{job_id}/status", status="applied", back="/?q=iam&page=2")
    assert answer.headers["location"] == f"/?q=iam&page=2#job-{job_id}"
    assert site.tracked(job_id).note == "Called Sam"


def test_the_way_back_never_leaves_the_site(site: Any) -> None:
    job_id, browser = site.add_job(), site.signed_in()
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil"):
        answer = browser.post(f"/job/{job_id}/status", status="saved", back=target)
        assert answer.headers["location"] == f"/#job-{job_id}"


def test_saying_the_same_twice_is_one_event(site: Any) -> None:
    job_id, browser, before = site.add_job(), site.signed_in(), count_of_updates("saved")
    for _ in range(2):
        browser.post(f"/job/{job_id}/status", status="saved")
    with site.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(JobEvent)) == 1
    assert count_of_updates("saved") == before + 1


def test_htmx_gets_the_row_and_the_counts(site: Any) -> None:
    job_id, browser = site.add_job(), site.signed_in()
    browser.client.headers["hx-request"] = "true"
    answer = browser.post(f"/job/{job_id}/status", status="saved", back="/?q=iam")
    assert answer.status_code == 200
    assert answer.text.strip().startswith('<li class="job')
    tree = LexborHTMLParser(answer.text)
    assert node(tree, ".quick.is-on").attributes["data-key"] == "s"
    assert [count.text() for count in tree.css(".count")] == ["1"]


def test_a_row_that_is_answered_keeps_what_the_search_marked_and_the_fit(site: Any) -> None:
    job_id, browser = site.add_job(title="Okta Engineer"), site.signed_in()
    with site.database.writing() as session:
        session.add(Fit(user_id=browser.user_id, job_id=job_id, score=33))
    browser.client.headers["hx-request"] = "true"
    row = LexborHTMLParser(browser.post(f"/job/{job_id}/status", status="saved", back="/?q=okta").text)
    assert (node(row, "mark").text(), node(row, ".job-points").text()) == ("Okta", "33")


@pytest.mark.parametrize("status", ["", "closed", "SAVED", "<script>", "x" * 30])
def test_a_status_that_does_not_exist_changes_nothing(site: Any, status: str) -> None:
    job_id = site.add_job()
    answer = site.signed_in().post(f"/job/{job_id}/status", status=status)
    assert answer.status_code == 422
    assert site.tracked(job_id).status == "new"


def test_a_note_that_is_too_long_comes_back_to_be_shortened(site: Any) -> None:
    job_id, text = site.add_job(), "n" * (MAX_NOTE + 1)
    answer = site.signed_in().post(f"/job/{job_id}/status", status="saved", note=text)
    assert answer.status_code == 422
    tree = parsed(answer)
    assert node(tree, "textarea").text() == text
    assert "5,000 characters" in node(tree, "#note-problem").text()


def test_a_note_keeps_what_people_type_and_nothing_else(site: Any) -> None:
    job_id = site.add_job()
    site.signed_in().post(f"/job/{job_id}/status", status="saved", note="  line\r\ntwo \x00\x1b[31m 🎉\u202e ")
    assert site.tracked(job_id).note == "line\ntwo [31m 🎉\u202e"


def test_a_form_that_is_too_large_is_refused(site: Any) -> None:
    answer = site.signed_in().post(f"/job/{site.add_job()}/status", status="saved", note="n" * 70_000)
    assert answer.status_code == 413


def test_a_status_for_no_job_is_not_found(site: Any) -> None:
    assert site.signed_in().post("/job/77/status", status="saved").status_code == 404


def _add_posting(site: Any, job_id: int, **values: Any) -> None:
    now = datetime.now(UTC)
    posting = {
        "source": "greenhouse",
        "board": "b",
        "external_id": "1",
        "url": "https://example.com/1",
        "title": "t",
        "company": "c",
        "location": "l",
        "raw": b"",
        "content_hash": "h",
        "first_seen": now,
        "seen_at": now,
        "tier": "core",
        "score": 1,
        "decision": "accepted",
        "rule": "r",
    }
    with site.database.writing() as session:
        session.add(Posting(**{**posting, "job_id": job_id, **values}))
