"""The pages as they are sent: what they say without a browser, and to whom."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from iam_job_scout.web.monitoring.dashboards import read_dashboards

from .conftest import server

Use = Callable[[int], None]


def page(site: Any, path: str = "/monitoring") -> LexborHTMLParser:
    answer = site.signed_in().client.get(path)
    assert answer.status_code == 200
    return LexborHTMLParser(answer.text)


def test_without_prometheus_the_page_says_so_and_how_to_get_history(
    site: Any, prometheus_at: Use, free_port: int
) -> None:
    prometheus_at(free_port)
    tree = page(site)
    words = tree.css_first("#no-prometheus").text()
    assert f"http://127.0.0.1:{free_port}" in words
    assert "./scout up" in words
    assert "SCOUT_STACK_BIN" in words
    assert tree.css_first("#state").attributes["class"] == "verdict is-none"
    assert [item.css_first("dt").text() for item in tree.css("#now > .stats .stat")] == [
        "Up for",
        "Open jobs",
        "New this week",
        "Active sessions",
    ]


def test_the_overview_has_the_first_row_of_every_dashboard(site: Any) -> None:
    tree = page(site)
    assert len(tree.css(".watch")) == 36
    titles = [link.text() for link in tree.css(".watch-tabs a")]
    assert titles == ["Overview", *(one.title for one in read_dashboards().values())]


@pytest.mark.parametrize("uid", read_dashboards())
def test_a_dashboard_has_all_its_panels_with_words_queries_and_runbooks(site: Any, uid: str) -> None:
    tree, dashboard = page(site, f"/monitoring/{uid}"), read_dashboards()[uid]
    boxes = {box.attributes["id"]: box for box in tree.css(".watch")}
    assert set(boxes) == {f"{uid}-{panel_id}" for panel_id in dashboard.panels}
    for panel_id, panel in dashboard.panels.items():
        box = boxes[f"{uid}-{panel_id}"]
        assert box.css_first("h3").text() == panel.title
        assert [code.text() for code in box.css("code")] == [target.expr for target in panel.targets]
        assert "Normal:" in box.css_first(".about-list").text()
        assert json.loads(box.attributes["data-drawing"] or "")["unit"] == panel.drawing["unit"]
    links = {link.attributes["href"] for link in tree.css('.about-list a[href^="/docs"]')}
    assert all(site.browser().client.get(link).status_code == 200 for link in links)


def test_who_is_not_signed_in_sees_live_facts_and_where_to_sign_in(site: Any) -> None:
    tree = LexborHTMLParser(site.browser().client.get("/monitoring").text)
    assert not tree.css(".watch")
    assert not tree.css("#state")
    assert tree.css_first(".note a").attributes["href"] == "/sign-in?next=/monitoring"
    assert tree.css("#now .stat")


@pytest.mark.parametrize("path", ["/monitoring/scout-health", "/monitoring/state"])
def test_dashboards_and_alerts_need_a_session(site: Any, path: str) -> None:
    answer = site.browser().client.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=")


def test_the_address_sets_time_and_refresh(site: Any) -> None:
    tree = page(site, "/monitoring/scout-health?from=now-7d&refresh=5m")
    chosen = {option.parent.attributes["name"]: option.attributes["value"] for option in tree.css("option[selected]")}  # type: ignore[union-attr]
    assert chosen == {"from": "now-7d", "refresh": "5m"}


def test_a_time_of_ones_own_is_one_of_the_choices(site: Any) -> None:
    tree = page(site, "/monitoring?from=1799990000000&to=1799993600000")
    [option] = tree.css('select[name="from"] option[selected]')
    assert (option.attributes["value"], option.attributes["data-until"]) == ("1799990000000", "1799993600000")


@pytest.mark.parametrize("query", ["from=yesterday", "to=%00", "from=%22%3E%3Cscript%3E", "from=now-6x"])
def test_a_time_that_is_not_understood_is_said_and_the_usual_one_shown(site: Any, query: str) -> None:
    tree = page(site, f"/monitoring?{query}")
    assert "was not understood" in tree.body.text()  # type: ignore[union-attr]
    assert tree.css_first('select[name="from"] option[selected]').attributes["value"] == "now-6h"
    assert not tree.css("script:not([src])")


def test_a_panel_of_an_unknown_type_says_so_and_the_others_are_there(site: Any, tmp_path: Path) -> None:
    panels = [{"id": 1, "type": "geomap", "title": "Map"}, {"id": 2, "type": "stat", "title": "Number"}]
    (tmp_path / "one.json").write_text(json.dumps({"uid": "one", "title": "One", "panels": panels}))
    (tmp_path / "two.json").write_text("{")
    site.app.state.dashboards = read_dashboards(tmp_path)
    tree = page(site, "/monitoring/one")
    assert [box.css_first(".watch-note").text() for box in tree.css(".watch")] == [
        "This page cannot draw panels of the type “geomap”. Its queries are behind the i.",
        "Loading",
    ]
    assert "two.json cannot be read" in page(site, "/monitoring/two").body.text()  # type: ignore[union-attr]


def test_an_installation_without_dashboards_says_so(site: Any) -> None:
    site.app.state.dashboards = {}
    assert "lacks its dashboards" in page(site).body.text()  # type: ignore[union-attr]


def test_alerts_and_silences_are_on_the_page(site: Any, prometheus_at: Use) -> None:
    labels = {"alertname": "SourceLate", "severity": "warning", "source": "<b>"}
    alert = {
        "labels": labels,
        "annotations": {"summary": "It is late"},
        "state": "firing",
        "activeAt": "2026-11-22T10:00:00Z",
    }
    silence = {
        "matchers": [{"name": "job", "value": "x"}],
        "createdBy": "dana",
        "comment": "moving",
        "endsAt": "2036-01-01T00:00:00Z",
        "status": {"state": "active"},
    }
    answers = {
        "/-/ready": b"",
        "/api/v1/alerts": json.dumps({"data": {"alerts": [alert]}}).encode(),
        "/api/v2/silences": json.dumps([silence]).encode(),
    }
    with server(answers) as port:
        prometheus_at(port)
        text = page(site, "/monitoring/state").css_first("#state").text()
    assert re.search(r"Not fine\s+1 alert firing: SourceLate", text)
    assert "It is late source <b>" in text
    assert "job=x until 01 Jan 2036, 00:00 UTC, by dana: moving" in text
