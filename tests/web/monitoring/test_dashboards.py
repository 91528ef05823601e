"""The dashboards as the page reads them from Grafana's files."""

import json
from pathlib import Path
from typing import Any

import pytest

from iam_job_scout.web.monitoring.dashboards import DRAWN, Dashboard, Panel, read_dashboards

COMMITTED = Path(__file__).parents[3] / "observability" / "grafana" / "dashboards"


def panel(**values: Any) -> dict[str, Any]:
    return {"id": 1, "type": "timeseries", "title": "One", "targets": [{"refId": "A", "expr": "up"}], **values}


def read(directory: Path, *panels: dict[str, Any]) -> Dashboard:
    (directory / "one.json").write_text(json.dumps({"uid": "one", "title": "One", "panels": panels}))
    return read_dashboards(directory)["one"]


def read_panel(directory: Path, **values: Any) -> Panel:
    return read(directory, panel(**values)).panels[1]


def test_all_six_are_read_in_the_order_of_reading() -> None:
    found = read_dashboards()
    assert [dashboard.title for dashboard in found.values()] == [
        "Application Health",
        "Performance",
        "Business Metrics",
        "Resources",
        "Service Levels",
        "Scan & Sources",
    ]
    assert not any(dashboard.trouble for dashboard in found.values())


def test_every_committed_panel_is_there_and_can_be_drawn() -> None:
    for uid, dashboard in read_dashboards().items():
        written = json.loads((COMMITTED / f"{uid}.json").read_text())["panels"]
        rows = [inner for row in written for inner in row.get("panels", [])]
        ids = {one["id"] for one in [*written, *rows] if one["type"] != "row"}
        assert set(dashboard.panels) == ids
        assert all(one.drawable and one.targets and one.words for one in dashboard.panels.values())
        assert all(one.type in DRAWN for one in dashboard.panels.values())


def test_every_table_has_columns_and_every_state_a_colour() -> None:
    panels = [one for dashboard in read_dashboards().values() for one in dashboard.panels.values()]
    tables = [one for one in panels if one.type == "table"]
    assert tables
    assert all(column["field"] and column["name"] for one in tables for column in one.drawing["columns"])
    states = [state for one in panels for state in one.drawing["states"].values()]
    assert states
    assert {state["color"] for state in states} <= {"good", "warning", "bad"}


def test_a_column_has_the_unit_and_the_thresholds_of_its_heading(tmp_path: Path) -> None:
    thresholds = {"steps": [{"color": "green", "value": None}, {"color": "red", "value": 2}]}
    overrides = [
        {"matcher": {"id": "byName", "options": "Age"}, "properties": [{"id": "unit", "value": "s"}]},
        {"matcher": {"id": "byName", "options": "Age"}, "properties": [{"id": "thresholds", "value": thresholds}]},
    ]
    order = {"renameByName": {"Value": "Age", "source": "Source"}, "indexByName": {"Value": 1, "source": 0}}
    made = read_panel(
        tmp_path,
        type="table",
        fieldConfig={"overrides": overrides},
        transformations=[{"id": "merge"}, {"id": "organize", "options": order}],
    )
    steps = [{"value": None, "color": "good"}, {"value": 2, "color": "bad"}]
    assert made.drawing["columns"] == [
        {"field": "source", "name": "Source", "unit": None, "steps": []},
        {"field": "Value", "name": "Age", "unit": "s", "steps": steps},
    ]


def test_a_type_that_the_page_cannot_draw_is_known_as_such(tmp_path: Path) -> None:
    made = read_panel(tmp_path, type="geomap")
    assert (made.type, made.drawable) == ("geomap", False)


def test_folded_rows_keep_their_panels(tmp_path: Path) -> None:
    row = {"id": 100, "type": "row", "title": "Detail", "collapsed": True, "panels": [panel(id=101)]}
    first, second = read(tmp_path, panel(), row).sections
    assert (first.title, len(first.panels)) == ("", 1)
    assert (second.title, second.folded, second.panels[0].id) == ("Detail", True, 101)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"uid": "x", "title": 3}', '{"uid": "x", "title": "x", "panels": [{"id": "a"}]}']
)
def test_a_file_that_cannot_be_read_says_so_and_the_others_are_there(tmp_path: Path, text: str) -> None:
    (tmp_path / "two.json").write_text(text)
    read(tmp_path, panel())
    found = read_dashboards(tmp_path)
    assert set(found) == {"one", "two"}
    assert found["two"].trouble.startswith("two.json cannot be read")
    assert not found["one"].trouble


def test_what_a_person_should_know_is_split_into_paragraphs(tmp_path: Path) -> None:
    made = read_panel(tmp_path, description="**Normal:** 0.\n\n**Otherwise:** look.\n\n**Empty:** at night.")
    assert made.words == (("Normal", "0."), ("Otherwise", "look."), ("Empty", "at night."))
    assert made.drawing["why"] == "at night."
