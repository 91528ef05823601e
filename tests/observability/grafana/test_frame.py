"""What makes the dashboards good to work with: order, words, links, colours."""

import re
from itertools import pairwise
from typing import Any

import pytest
from dashboard_files import DASHBOARDS, ROOT, Panel

Json = dict[str, Any]
TITLES = [
    "Application Health",
    "Performance",
    "Business Metrics",
    "Resources",
    "Service Levels",
    "Scan & Sources",
]
#: Legends whose colour never changes.
MEANINGS = {
    "success": "green",
    "failed": "red",
    "partial": "orange",
    "5xx": "red",
    "2xx": "green",
    "95th percentile": "orange",
}


def test_the_six_are_there(dashboards: list[Json]) -> None:
    assert {dashboard["title"] for dashboard in dashboards} == set(TITLES)


def test_a_dashboard_is_filed_under_its_uid(dashboards: list[Json]) -> None:
    assert {dashboard["uid"] for dashboard in dashboards} == {file.stem for file in DASHBOARDS.iterdir()}


def test_ids_are_unique_and_given(dashboards: list[Json], panels: list[Panel]) -> None:
    for dashboard in dashboards:
        rows = [body["id"] for body in dashboard["panels"] if body["type"] == "row"]
        ids = rows + [panel.body["id"] for panel in panels if panel.dashboard == dashboard["title"]]
        assert len(ids) == len(set(ids)), dashboard["title"]
        assert min(ids) >= 100


def test_titles_are_unique_within_a_dashboard(panels: list[Panel]) -> None:
    names = [(panel.dashboard, panel.body["title"]) for panel in panels]
    assert len(names) == len(set(names))


def cells(panel: Panel) -> set[tuple[int, int]]:
    place = panel.body["gridPos"]
    across, down = range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
    return {(x, y) for x in across for y in down}


def test_no_two_panels_overlap_and_none_sticks_out(dashboards: list[Json], panels: list[Panel]) -> None:
    for dashboard in dashboards:
        taken: set[tuple[int, int]] = set()
        for panel in [panel for panel in panels if panel.dashboard == dashboard["title"]]:
            own = cells(panel)
            assert not own & taken, panel.name
            assert max(x for x, _ in own) < 24, panel.name
            taken |= own


def test_every_line_of_panels_is_filled(dashboards: list[Json], panels: list[Panel]) -> None:
    for dashboard in dashboards:
        places = [panel.body["gridPos"] for panel in panels if panel.dashboard == dashboard["title"]]
        for top in {place["y"] for place in places}:
            assert sum(place["w"] for place in places if place["y"] == top) == 24, f"{dashboard['title']} at {top}"


def test_the_answer_comes_first(dashboards: list[Json], panels: list[Panel]) -> None:
    for dashboard in dashboards:
        first = dashboard["panels"][0]["title"]
        assert first.endswith("?")
        answer = [panel for panel in panels if panel.section == first]
        assert len(answer) == 6
        for panel in answer:
            assert panel.body["type"] in ("stat", "gauge"), panel.name
            assert panel.body["options"].get("graphMode", "area") == "area", panel.name
        assert sum(panel.body["type"] == "stat" for panel in answer) >= 4


def test_no_row_holds_more_than_a_screen(dashboards: list[Json], panels: list[Panel]) -> None:
    for dashboard in dashboards:
        sections = [panel.section for panel in panels if panel.dashboard == dashboard["title"]]
        assert max(sections.count(section) for section in sections) <= 12


def test_numbers_are_the_newest_ones(panels: list[Panel]) -> None:
    for panel in panels:
        if "reduceOptions" in panel.body["options"]:
            assert panel.body["options"]["reduceOptions"]["calcs"] == ["lastNotNull"], panel.name


def test_lines_have_a_legend_and_every_query_a_name(panels: list[Panel]) -> None:
    for panel in panels:
        if panel.body["type"] in ("timeseries", "state-timeline"):
            assert panel.body["options"]["legend"]["showLegend"] is True, panel.name
        if panel.body["type"] != "table":
            assert all(target["legendFormat"] for target in panel.body["targets"]), panel.name


def test_descriptions_say_what_is_normal_and_what_to_do(panels: list[Panel]) -> None:
    form = re.compile(r"\*\*Normal:\*\* [^*]+\n\n\*\*Otherwise:\*\* [^*]+(\n\n\*\*Empty:\*\* [^*]+)?")
    for panel in panels:
        assert form.fullmatch(panel.body["description"]), panel.name
        sentences = panel.body["description"].split("\n\n")
        assert all(sentence.endswith(".") for sentence in sentences), panel.name


def test_every_runbook_that_a_panel_links_to_exists(panels: list[Panel]) -> None:
    linked = {link["url"] for panel in panels for link in panel.body["links"]}
    assert len(linked) > 20
    for url in linked:
        assert (ROOT / "docs" / "runbooks" / url.removeprefix("${runbooks}/")).is_file(), url


def test_dashboards_link_to_each_other_and_keep_time_and_choice(dashboards: list[Json]) -> None:
    for dashboard in dashboards:
        [link] = [link for link in dashboard["links"] if link["type"] == "dashboards"]
        assert link["tags"] == ["iam-job-scout"]
        assert link["keepTime"] is True
        assert link["includeVars"] is True
        assert "iam-job-scout" in dashboard["tags"]


def test_deploys_and_scans_are_marked(dashboards: list[Json]) -> None:
    for dashboard in dashboards:
        marks = {mark["name"]: mark for mark in dashboard["annotations"]["list"]}
        assert set(marks) == {"Deploys and restarts", "Scans"}
        assert all(mark["useValueForTime"] for mark in marks.values())
        assert marks["Deploys and restarts"]["enable"] is True
        assert marks["Scans"]["enable"] is (dashboard["title"] in ("Business Metrics", "Scan & Sources"))


def test_alerts_are_shown_on_every_dashboard(dashboards: list[Json], panels: list[Panel]) -> None:
    for dashboard in dashboards:
        shown = [panel.body["title"] for panel in panels if panel.dashboard == dashboard["title"]]
        assert {"Alerts firing", "Alerts over time"} <= set(shown)


@pytest.mark.parametrize(("legend", "color"), MEANINGS.items())
def test_a_meaning_keeps_its_colour(panels: list[Panel], legend: str, color: str) -> None:
    found = {
        override["properties"][0]["value"]["fixedColor"]
        for panel in panels
        for override in panel.body["fieldConfig"]["overrides"]
        if override["matcher"]["id"] == "byFrameRefID"
        for target in panel.body["targets"]
        if target["refId"] == override["matcher"]["options"] and target["legendFormat"] == legend
    }
    assert found <= {color}


def test_thresholds_rise_from_a_base(panels: list[Panel]) -> None:
    for panel in panels:
        base, *steps = panel.body["fieldConfig"]["defaults"]["thresholds"]["steps"]
        assert base["value"] is None, panel.name
        assert all(one["value"] < two["value"] for one, two in pairwise(steps)), panel.name


def test_gaps_stay_gaps(panels: list[Panel]) -> None:
    lines = [panel for panel in panels if panel.body["type"] == "timeseries"]
    assert all(panel.body["fieldConfig"]["defaults"]["custom"]["spanNulls"] is False for panel in lines)


def test_links_and_notes_lead_somewhere(dashboards: list[Json]) -> None:
    for dashboard in dashboards:
        for link in dashboard["links"]:
            assert link.get("url") or link["tags"], dashboard["title"]
