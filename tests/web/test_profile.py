"""The profile page and the personal scores that come of it."""

from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import select

from browsing import Seen
from iam_job_scout.db.models import Fit, Job, Profile
from iam_job_scout.jobs.fit import explain
from iam_job_scout.jobs.fits import fill_fits, forget_fits, offer_of, reckon
from iam_job_scout.jobs.profile import get_profile, wishes


def tree(response: Any) -> LexborHTMLParser:
    return LexborHTMLParser(response.text)


def stored(site: Any) -> Profile | None:
    with site.database.reading() as session:
        profile = get_profile(session, site.person())
        if profile:
            session.expunge(profile)
        return profile


def scores(site: Any) -> dict[int, int]:
    with site.database.reading() as session:
        return {fit.job_id: fit.score for fit in session.scalars(select(Fit).where(Fit.user_id == site.person()))}


def test_who_is_nobody_signs_in_first(site: Any) -> None:
    assert site.browser().client.get("/profile").headers["location"] == "/sign-in?next=%2Fprofile"


def test_a_profile_is_stored_by_the_names_of_today(site: Any) -> None:
    answer = site.signed_in().post(
        "/profile",
        more_skills="azure ad; SCIM,\nThycotic, , scim",
        levels=["senior", "mid"],
        modes=["remote"],
        places="Austin, TX\r\n\r\nGermany",
        pay_floor="120,000",
        certifications=["SC-300"],
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/profile?saved=1")
    profile = stored(site)
    assert profile is not None
    assert profile.skills == ["Microsoft Entra ID", "SCIM", "Delinea"]
    assert (profile.levels, profile.modes) == (["mid", "senior"], ["remote"])
    assert (profile.places, profile.pay_floor, profile.certifications) == (
        ["Austin, TX", "Germany"],
        120_000,
        ["SC-300"],
    )


def test_what_was_saved_is_shown_again(site: Any) -> None:
    browser = site.signed_in()
    browser.post("/profile", more_skills="Okta", levels="senior", places="Texas", needs_sponsorship="1")
    page = tree(browser.client.get("/profile?saved=1"))
    checked = {box.attributes["value"] for box in page.css("input[checked]")}
    assert checked == {"Okta", "senior", "1"}
    assert "Understood as TX, US" in page.text()
    assert "Saved. 0 open jobs" in page.text()


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"more_skills": "Oktaa"}, "more_skills"),
        ({"more_skills": "underwater basket weaving"}, "more_skills"),
        ({"more_skills": "Okta," * 101}, "more_skills"),
        ({"more_skills": "x" * 20_000}, "more_skills"),
        ({"skills": "<script>"}, "more_skills"),
        ({"places": "Atlantis"}, "places"),
        ({"places": "TX\n" * 101}, "places"),
        ({"places": "%00"}, "places"),
        ({"pay_floor": "a lot"}, "pay_floor"),
        ({"pay_floor": "-5"}, "pay_floor"),
        ({"pay_floor": "0"}, "pay_floor"),
        ({"pay_floor": "9" * 400}, "pay_floor"),
        ({"pay_floor": "١٢٠٠٠٠"}, "pay_floor"),
        ({"pay_currency": "XXX"}, "pay_currency"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(site: Any, form: dict[str, str], field: str) -> None:
    answer = site.signed_in().post("/profile", **{"levels": "senior", **form})
    assert answer.status_code == 422
    invalid = tree(answer).css(f"[name={field}][aria-invalid]")
    assert len(invalid) == 1
    described = (invalid[0].attributes["aria-describedby"] or "").split()
    assert tree(answer).css_first(f"#{described[-1]}").text()
    assert stored(site) is None


@pytest.mark.parametrize("line", ["Remote", "remote (anywhere)", "Worldwide", "Work from home", "Austin, TX\nRemote"])
def test_a_way_to_work_is_not_a_place_and_the_message_says_where_it_is_chosen(site: Any, line: str) -> None:
    answer = site.signed_in().post("/profile", places=line)
    assert answer.status_code == 422
    assert "Choose how you want to work above" in tree(answer).css_first("#places-problem").text()


@pytest.mark.parametrize("currency", ["PLN", "BRL", "CHF", "SEK"])
def test_pay_can_be_asked_in_every_currency_that_pay_is_compared_in(site: Any, currency: str) -> None:
    site.signed_in().post("/profile", pay_floor="200000", pay_currency=currency)
    profile = stored(site)
    assert profile is not None
    assert (profile.pay_floor, profile.pay_currency) == (200_000, currency)


@pytest.mark.parametrize("field", ["levels", "modes", "certifications"])
def test_a_choice_that_does_not_exist_is_refused(site: Any, field: str) -> None:
    answer = site.signed_in().post("/profile", **{field: ["nope", "'; --"]})
    assert answer.status_code == 422
    assert tree(answer).css_first(f"#{field}-problem") is not None


def test_what_was_typed_comes_back_with_the_problem_and_a_hint(site: Any) -> None:
    page = tree(site.signed_in().post("/profile", more_skills="Sailpiont", pay_floor="lots", places="Berlin"))
    assert "Did you mean SailPoint?" in page.text()
    assert page.css_first("[name=pay_floor]").attributes["value"] == "lots"
    assert page.css_first("[name=places]").text() == "Berlin"


def test_saving_scores_every_open_job_and_saving_again_scores_anew(site: Any) -> None:
    okta = site.add_job(skills=["Okta", "SAML", "SCIM"], score=50)
    other = site.add_job(skills=["CyberArk"], score=50)
    site.add_job(closed_at=site.job(okta).last_seen)
    browser = site.signed_in()
    browser.post("/profile", more_skills="Okta, SAML, SCIM")
    assert scores(site) == {okta: 50, other: 30}
    browser.post("/profile", more_skills="CyberArk")
    assert scores(site) == {okta: 30, other: 37}


def test_the_stored_score_is_the_sum_of_the_parts_that_are_shown(site: Any) -> None:
    job_id = site.add_job(skills=["Okta"], mode="onsite", pay_max=90_000, pay_currency="USD")
    site.signed_in().post("/profile", more_skills="Okta", modes="remote", pay_floor="100000", levels="senior")
    with site.database.reading() as session:
        profile = get_profile(session, site.person())
        assert profile is not None
        parts = explain(offer_of(session.get_one(Job, job_id)), wishes(profile))
    assert scores(site)[job_id] == sum(part.points for part in parts)
    assert {part.kind for part in parts} == {"own", "skills", "mode", "pay", "level"}


def test_new_and_changed_jobs_are_scored_after_a_scan(site: Any) -> None:
    first = site.add_job(skills=["Okta"], score=50)
    site.signed_in().post("/profile", more_skills="Okta")
    second = site.add_job(skills=[], score=50)
    assert fill_fits(site.database) == 1
    with site.database.writing() as session:
        session.get_one(Job, first).score = 100
        forget_fits(session, [first])
    assert fill_fits(site.database) == 1
    assert scores(site) == {first: 67, second: 30}


def test_scores_of_an_older_profile_are_not_written(site: Any) -> None:
    site.add_job()
    browser = site.signed_in()
    browser.post("/profile", more_skills="Okta")
    batches = reckon(site.database, site.person())
    browser.post("/profile/drop")
    assert list(batches) == []
    assert scores(site) == {}


def test_deleting_the_profile_deletes_the_scores_and_keeps_what_is_tracked(site: Any) -> None:
    job_id = site.add_job(status="saved")
    browser = site.signed_in()
    browser.post("/profile", more_skills="Okta")
    browser.post("/profile/drop")
    assert stored(site) is None
    assert scores(site) == {}
    assert site.tracked(job_id).status == "saved"


@pytest.mark.parametrize("query", ["saved=1", "deleted=1", "saved=1&deleted=1"])
def test_an_old_address_claims_nothing_that_does_not_hold(site: Any, query: str) -> None:
    browser = site.signed_in()
    assert "Saved." not in tree(browser.client.get(f"/profile?{query}")).text()
    browser.post("/profile", more_skills="Okta")
    assert "is deleted" not in tree(browser.client.get(f"/profile?{query}")).text()


def test_deleting_the_profile_asks_first_and_says_when_it_is_done(site: Any, seen: Seen) -> None:
    site.signed_in().post("/profile", more_skills="Okta")
    seen.open("/profile")
    seen.page.get_by_text("Delete profile…").click()
    seen.page.get_by_text("nothing brings them back").wait_for()
    assert stored(site) is not None
    seen.page.get_by_role("button", name="Delete for good").click()
    seen.page.get_by_text("The profile is deleted.").wait_for()
    assert stored(site) is None


def test_the_page_is_filled_in_by_a_person(site: Any, seen: Seen) -> None:
    site.add_job(skills=["Okta", "SAML"], score=60)
    seen.open("/profile")
    seen.page.get_by_role("checkbox", name="SAML").check()
    seen.page.get_by_label("Add skills").fill("Azure AD")
    seen.page.get_by_role("button", name="Save profile").click()
    seen.page.get_by_text("1 open job scored").wait_for()
    assert seen.page.locator("[name=skills]:checked").evaluate_all("boxes => boxes.map(box => box.value)") == [
        "SAML",
        "Microsoft Entra ID",
    ]


def test_the_page_is_accessible_and_fits_a_phone(site: Any, seen: Seen) -> None:
    site.add_job(title="W" * 90, skills=["Okta"])
    site.signed_in().post("/profile", more_skills="Okta", places="Texas")
    for width in (390, 1440):
        seen.page.set_viewport_size({"width": width, "height": 800})
        seen.open("/profile")
        assert not seen.is_too_wide()
        assert seen.accessibility_violations() == []
