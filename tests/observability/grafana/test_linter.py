"""The rules of Grafana's dashboard linter, restated. Its exceptions stand here with their reasons."""

import re
from typing import Any

import pytest
from dashboard_files import Panel
from promql import rated, selectors

Json = dict[str, Any]
#: Series without a job of ours: alerts carry the labels of their expressions, and those on the monitoring servers have
#: other jobs. Panels select them by area.
WITHOUT_JOB = {"ALERTS"}
#: Recorded over all instances, so that there is none left to choose.
OVER_INSTANCES = ("job:", "source:", "api:")


@pytest.fixture(params=range(6), scope="module")
def dashboard(request: pytest.FixtureRequest, dashboards: list[Json]) -> Json:
    return dashboards[request.param]


def variables(dashboard: Json) -> dict[str, Json]:
    return {variable["name"]: variable for variable in dashboard["templating"]["list"]}


def matchers(expr: str) -> list[tuple[str, set[str]]]:
    """Every selector's name with its matchers, the variables still in them."""
    # The parsed form has values for variables; a stand-in that no query holds marks where they were.
    marked = expr.replace("$job", "THE_JOB").replace("$instance", "THE_INSTANCE")
    return [
        (selector.name, {f"{one.name}~{one.value}" for one in selector.matchers.matchers})
        for selector in selectors(marked)
    ]


def test_there_are_six_dashboards(dashboards: list[Json]) -> None:
    assert len(dashboards) == 6


def test_one_variable_chooses_the_data_source(dashboard: Json) -> None:
    sources = [one for one in variables(dashboard).values() if one["type"] == "datasource"]
    assert [(one["name"], one["label"], one["query"]) for one in sources] == [
        ("datasource", "Data Source", "prometheus")
    ]


@pytest.mark.parametrize("name", ["job", "instance"])
def test_job_and_instance_can_be_chosen_several_at_once(dashboard: Json, name: str) -> None:
    variable = variables(dashboard)[name]
    assert variable["type"] == "query"
    assert variable["label"] == name.title()
    assert variable["datasource"]["uid"] == "${datasource}"
    assert variable["multi"] is True
    assert variable["includeAll"] is True
    assert variable["allValue"] == ".+"


def test_choosers_ask_for_label_values_that_parse(dashboard: Json) -> None:
    for variable in variables(dashboard).values():
        if variable["type"] == "query":
            asked = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"])
            assert asked, variable["query"]
            assert selectors(asked[1])


def test_choosers_ask_again_when_the_time_range_changes(dashboard: Json) -> None:
    assert {one["refresh"] for one in variables(dashboard).values() if one["type"] == "query"} == {2}


def test_nobody_edits_a_generated_dashboard(dashboard: Json) -> None:
    assert dashboard["editable"] is False


def test_panels_use_the_chosen_data_source(panels: list[Panel]) -> None:
    for panel in panels:
        asked = [panel.body["datasource"], *(target["datasource"] for target in panel.body["targets"])]
        assert asked == [{"type": "prometheus", "uid": "${datasource}"}] * len(asked), panel.name


def test_panels_have_a_title_and_a_description(panels: list[Panel]) -> None:
    assert all(panel.body["title"] and panel.body["description"] for panel in panels)


def test_panels_have_a_unit(panels: list[Panel]) -> None:
    without = [panel.name for panel in panels if not panel.body["fieldConfig"]["defaults"].get("unit")]
    assert not without
    plain = {panel.body["type"] for panel in panels if panel.body["fieldConfig"]["defaults"]["unit"] == "none"}
    assert plain <= {"table", "state-timeline", "stat", "timeseries"}, "states, texts and bare ratios"


def test_panels_ask_something(panels: list[Panel]) -> None:
    assert all(panel.body["targets"] for panel in panels)


def test_no_panel_asks_a_log_store(panels: list[Panel]) -> None:
    """Two rules of the linter are on LogQL; there is none here."""
    asked = [target["datasource"]["type"] for panel in panels for target in panel.body["targets"]]
    assert set(asked) == {"prometheus"}


def test_queries_are_valid_promql(panels: list[Panel]) -> None:
    assert all(selectors(expr) for panel in panels for expr in panel.exprs)


def test_rates_use_the_interval_that_fits_the_scrapes(panels: list[Panel]) -> None:
    """Of a table, or of bars over the chosen time, the whole range is asked for."""
    for panel in panels:
        for expr in panel.exprs:
            windows = set(re.findall(r"\b(?:rate|irate|increase)\([^\[\]]*\[([^\]]+)\]", expr))
            assert windows <= {"$__rate_interval", "$__range"}, panel.name
            if "$__range" in windows:
                assert panel.body["type"] in ("table", "bargauge"), panel.name


def test_every_series_is_of_the_chosen_job(panels: list[Panel]) -> None:
    for panel in panels:
        for expr in panel.exprs:
            for name, found in matchers(expr):
                assert name in WITHOUT_JOB or "job~THE_JOB" in found, f"{panel.name}: {name}"


def test_every_series_is_of_the_chosen_instances(panels: list[Panel]) -> None:
    for panel in panels:
        for expr in panel.exprs:
            for name, found in matchers(expr):
                excepted = name in WITHOUT_JOB or name.startswith(OVER_INSTANCES)
                assert excepted or "instance~THE_INSTANCE" in found, f"{panel.name}: {name}"


def test_counters_are_only_drawn_as_rates(panels: list[Panel]) -> None:
    for panel in panels:
        for expr in panel.exprs:
            counters = {one.name for one in selectors(expr) if re.search(r"_(total|bucket|count|sum)$", one.name)}
            assert counters <= rated(expr), panel.name
