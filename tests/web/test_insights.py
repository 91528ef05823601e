"""The page of insights."""

import json
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
        if charts and charts[0]["type"] == "bars" and "pay" not in charts[0]["label"]:
            assert [bar["name"] for bar in charts[0]["bars"]] == [row.css_first("th").text() for row in rows]


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
