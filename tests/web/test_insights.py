"""The page of insights."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from browsing import Seen
from iam_job_scout.scan.samples import load_samples


def page(site: Any, path: str = "/insights", status: int = 200) -> LexborHTMLParser:
    answer = site.browser().client.get(path)
    assert answer.status_code == status
    return LexborHTMLParser(answer.text)


def test_without_jobs_the_page_says_what_to_do(site: Any) -> None:
    assert "./scout samples load" in page(site).css_first(".empty").text()


def test_every_picture_has_a_table_that_says_the_same(site: Any) -> None:
    load_samples(site.database)
    for picture in page(site).css(".picture"):
        charts = [json.loads(chart.attributes["data-chart"] or "") for chart in picture.css(".chart")]
        rows = picture.css("tbody tr")
        assert rows
        if charts and charts[0]["type"] == "bars":
            names = [row.css_first("th").text() for row in rows if "too few" not in row.css("td")[0].text()]
            assert [bar["name"] for bar in charts[0]["bars"]] == names


def bars(site: Any, name: str, path: str = "/insights") -> list[dict[str, Any]]:
    chart = page(site, path).css_first(f"[aria-labelledby={name}-title] .chart")
    return list(json.loads(chart.attributes["data-chart"] or "")["bars"])


def test_pay_is_shown_by_its_quartiles_the_highest_median_first_and_says_of_how_many_jobs(site: Any) -> None:
    for number in range(8):
        site.add_job(sub=["IGA"], pay_min=100_000 + 1_000 * number, pay_currency="USD")
        site.add_job(sub=["PAM"], pay_min=150_000, pay_currency="USD")
    site.add_job(sub=["SSO"], pay_min=900_000, pay_currency="USD")
    pam, iga = bars(site, "pay")
    assert (iga["value"], iga["low"], iga["high"], iga["note"]) == (103_500, 101_750, 105_250, "n = 8")
    assert pam["value"] == 150_000


def test_work_modes_come_by_the_number_of_their_jobs_and_the_share_is_of_those_that_say(site: Any) -> None:
    for mode in ("onsite", "remote", "remote", "unknown", "unknown", "unknown"):
        site.add_job(mode=mode)
    assert [bar["name"] for bar in bars(site, "modes")] == ["Not stated", "Remote", "On-site"]
    remote = next(stat.text() for stat in page(site).css(".stat") if "Remote" in stat.text())
    assert "67 %" in remote
    assert "2 of 3" in remote


@pytest.mark.parametrize("picture", ["skills", "fields", "modes"])
def test_a_bar_leads_to_as_many_jobs_as_it_counts(site: Any, picture: str) -> None:
    site.add_job(sub=["IGA", "PAM"], skills=["Okta"], mode="hybrid")
    site.add_job(sub=["PAM"], skills=["Okta", "SailPoint"])
    site.add_job(sub=["IGA"], skills=["Okta"], mode="hybrid")
    for path in ("/insights", "/insights?field=PAM"):
        linked = [bar for bar in bars(site, picture, path) if bar["href"]]
        assert linked
        for bar in linked:
            shown = LexborHTMLParser(site.browser().client.get(bar["href"]).text)
            assert len(shown.css(".job")) == bar["value"], bar


def test_weeks_before_the_first_job_are_left_out(site: Any) -> None:
    site.add_job(posted_at=datetime.now(UTC) - timedelta(weeks=12))
    chart = page(site).css_first("[aria-labelledby=fields-weeks-title] .chart")
    assert len(json.loads(chart.attributes["data-chart"] or "")["times"]) in (12, 13)
    assert len(page(site).css("[aria-labelledby=fields-weeks-title] tbody tr")) in (12, 13)


def test_a_field_narrows_everything(site: Any) -> None:
    site.add_job(sub=["PAM"], company="A")
    site.add_job(sub=["IGA"], company="B")
    shown = page(site, "/insights?field=PAM")
    assert "A" in shown.css_first("[aria-labelledby=employers-title] tbody").text()
    assert "B" not in shown.css_first("[aria-labelledby=employers-title] tbody").text()
    assert "No open job is of this field" in page(site, "/insights?field=GRC").text()


@pytest.mark.parametrize("field", ["nope", "<script>", "%00", "pam" * 999])
def test_a_field_that_does_not_exist_is_said_at_its_field(site: Any, field: str) -> None:
    site.add_job()
    shown = page(site, f"/insights?field={field}", status=422)
    assert shown.css_first("select[aria-invalid]").attributes["aria-describedby"] == "field-problem"
    assert not shown.css("main script")


def test_hostile_names_stay_text(site: Any) -> None:
    site.add_job(company="</div><script>alert(1)</script>'\"", skills=["'><img src=x onerror=alert(1)>"])
    assert not page(site).css("main script, main img")


def test_what_is_held_is_not_to_be_opened(site: Any) -> None:
    site.add_job(certifications=["SC-300"])
    browser = site.signed_in()
    browser.post("/profile", certifications="SC-300")
    shown = LexborHTMLParser(browser.client.get("/insights").text)
    cells = [cell.text() for cell in shown.css_first("[aria-labelledby=certifications-title] tbody tr").css("th, td")]
    assert cells[:3] == ["SC-300", "1", "held"]


def test_the_pictures_are_drawn_and_accessible(site: Any, seen: Seen) -> None:
    load_samples(site.database)
    for width in (390, 1440):
        seen.page.set_viewport_size({"width": width, "height": 900})
        seen.open("/insights")
        seen.page.locator(".picture canvas, .picture svg").first.wait_for()
        assert not seen.is_too_wide()
    assert seen.accessibility_violations() == []


@pytest.mark.parametrize("width", [390, 1440])
def test_names_numbers_and_series_can_be_read_whole(site: Any, seen: Seen, width: int) -> None:
    skills = ["Privileged access management", "Identity governance", "Microsoft Entra ID", "Active Directory", "Okta"]
    for _ in range(8):
        site.add_job(sub=["NHI"], skills=[*skills, "Access management"], pay_min=100_000, pay_currency="USD")
    seen.page.set_viewport_size({"width": width, "height": 900})
    seen.open("/insights")
    for picture in ("pay", "skills", "skills-weeks"):
        seen.page.locator(f"#{picture}-title").scroll_into_view_if_needed()
        seen.page.locator(f"[aria-labelledby={picture}-title] :is(.bars, .legend)").wait_for()
    cut = seen.page.evaluate("""() => [...document.querySelectorAll('.legend, .bars-name, .bars-value, .bars-note')]
        .filter((one) => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1)
        .map((one) => one.textContent)""")
    assert cut == []
    assert seen.page.locator(".bars-note").first.inner_text() == "n = 8"
    assert seen.page.locator("[aria-labelledby=skills-weeks-title] .legend-value").all_inner_texts() == ["8"] * 6
