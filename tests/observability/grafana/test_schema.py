"""The dashboards against the JSON Schemas that Grafana publishes."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from dashboard_files import Panel
from jsonschema import Draft7Validator

Json = dict[str, Any]


@pytest.fixture(scope="module")
def schemas(shared: Path) -> Path:
    directory = shared / "grafana-jsonschema"
    if not directory.is_dir():
        pytest.skip("Grafana's published schemas are not beside this checkout")
    return directory


@cache
def load(file: Path) -> Json:
    """A schema; the published one says that what a field matcher matches and what an override sets are objects, while
    Grafana writes texts and numbers there."""
    schema: Json = json.loads(file.read_text())
    definitions = schema["definitions"]
    if "MatcherConfig" in definitions:
        definitions["MatcherConfig"]["properties"]["options"] = {"type": "string"}
        definitions["DynamicConfigValue"]["properties"]["value"] = {"type": ["string", "number", "object", "boolean"]}
    return schema


def complaints(schema: Json, value: object) -> list[str]:
    found = Draft7Validator(schema).iter_errors(value)
    return [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in found]


def panel_schema(schemas: Path, kind: str, definition: str) -> Json:
    schema = load(schemas / f"{kind.replace('-', '')}.jsonschema.json")
    return {**schema, "$ref": f"#/definitions/{definition}"}


def units(schemas: Path) -> set[str]:
    definitions = load(schemas / "units.jsonschema.json")["definitions"]
    return {definition["const"] for definition in definitions.values() if "const" in definition}


def test_every_dashboard_fits_the_schema(schemas: Path, dashboards: list[Json]) -> None:
    schema = load(schemas / "dashboard.jsonschema.json")
    for dashboard in dashboards:
        assert complaints(schema, dashboard) == [], dashboard["title"]


def test_the_schema_refuses_a_misspelt_key(schemas: Path, dashboards: list[Json]) -> None:
    schema = load(schemas / "dashboard.jsonschema.json")
    assert complaints(schema, {**dashboards[0], "titel": "x"})


def test_the_options_of_every_panel_fit_its_type(schemas: Path, panels: list[Panel]) -> None:
    for panel in panels:
        schema = panel_schema(schemas, panel.body["type"], "Options")
        assert complaints(schema, panel.body["options"]) == [], panel.name


def test_the_fields_of_every_panel_fit_its_type(schemas: Path, panels: list[Panel]) -> None:
    drawn = [panel for panel in panels if panel.body["type"] in ("timeseries", "state-timeline")]
    for panel in drawn:
        schema = panel_schema(schemas, panel.body["type"], "FieldConfig")
        assert complaints(schema, panel.body["fieldConfig"]["defaults"]["custom"]) == [], panel.name
    assert len(drawn) > 50


def test_a_misspelt_option_is_refused(schemas: Path) -> None:
    assert complaints(panel_schema(schemas, "stat", "Options"), {"graphMod": "area"})


def test_every_query_fits_the_schema_of_prometheus_queries(schemas: Path, panels: list[Panel]) -> None:
    schema = load(schemas / "prometheus.jsonschema.json")
    for panel in panels:
        for target in panel.body["targets"]:
            assert complaints({**schema, "$ref": "#/definitions/Dataquery"}, target) == [], panel.name


def test_every_unit_is_one_that_grafana_knows(schemas: Path, panels: list[Panel]) -> None:
    known = units(schemas)
    for panel in panels:
        config = panel.body["fieldConfig"]
        overridden = [
            prop["value"] for override in config["overrides"] for prop in override["properties"] if prop["id"] == "unit"
        ]
        assert {config["defaults"]["unit"], *overridden} <= known, panel.name
