"""The provisioning files against a strict schema of our own, and against each other."""

from typing import Any

import pytest
import yaml
from dashboard_files import GRAFANA, ROOT
from provisioning_schema import SCHEMAS, SETTINGS, Document, Policies
from pydantic import ValidationError

PROVISIONING = GRAFANA / "provisioning"


def read(name: str) -> Any:
    return yaml.safe_load((PROVISIONING / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "schema"), SCHEMAS.items())
def test_every_file_fits_its_schema(name: str, schema: type[Document]) -> None:
    schema.model_validate(read(name))


def test_there_is_no_file_without_a_schema() -> None:
    files = {str(file.relative_to(PROVISIONING)) for file in PROVISIONING.rglob("*") if file.is_file()}
    assert files == set(SCHEMAS)


def test_a_misspelt_key_is_refused() -> None:
    document = read("alerting/policies.yaml")
    document["policies"][0]["group_internval"] = document["policies"][0].pop("group_interval")
    with pytest.raises(ValidationError, match="group_internval"):
        Policies.model_validate(document)


def test_the_settings_of_every_contact_point_fit_its_type() -> None:
    for point in read("alerting/contact-points.yaml")["contactPoints"]:
        for receiver in point["receivers"]:
            SETTINGS[receiver["type"]].model_validate(receiver["settings"])


def test_every_way_to_tell_somebody_is_there() -> None:
    points = read("alerting/contact-points.yaml")["contactPoints"]
    assert {point["name"] for point in points} == {"alertmanager", "email", "slack", "discord", "pagerduty"}


def test_no_address_or_key_is_literal() -> None:
    for point in read("alerting/contact-points.yaml")["contactPoints"]:
        for receiver in point["receivers"]:
            secrets = [receiver["settings"].get(name) for name in ("url", "integrationKey", "addresses")]
            assert all(secret.startswith("$") for secret in secrets if secret), point["name"]


def test_sources_are_asked_as_often_as_they_are_scraped() -> None:
    [prometheus, alertmanager] = read("datasources/iam-job-scout.yaml")["datasources"]
    assert prometheus["uid"] == "iam-job-scout-prometheus"
    assert prometheus["jsonData"]["timeInterval"] == "15s"
    assert prometheus["jsonData"]["alertmanagerUid"] == alertmanager["uid"]
    assert prometheus["isDefault"] is True


def test_policies_send_to_contact_points_that_exist() -> None:
    points = {point["name"] for point in read("alerting/contact-points.yaml")["contactPoints"]}
    [policy] = read("alerting/policies.yaml")["policies"]
    assert {policy["receiver"], *(route["receiver"] for route in policy["routes"])} <= points


def test_what_breaks_the_usual_way_reaches_everyone_else() -> None:
    [policy] = read("alerting/policies.yaml")["policies"]
    assert [route["continue"] for route in policy["routes"]] == [True, True, True, False]
    assert all("AlertmanagerDown" in route["object_matchers"][0][2] for route in policy["routes"])


def test_the_panels_that_alerts_lead_to_exist(dashboards: list[dict[str, Any]]) -> None:
    ids = {(dashboard["uid"], panel["id"]) for dashboard in dashboards for panel in dashboard["panels"]}
    rules = [rule for group in read("alerting/rules.yaml")["groups"] for rule in group["rules"]]
    linked = [(rule["dashboardUid"], rule["panelId"]) for rule in rules if "dashboardUid" in rule]
    assert len(linked) > len(rules) / 2
    assert set(linked) <= ids


def test_the_provider_looks_where_compose_mounts_the_dashboards() -> None:
    [provider] = read("dashboards/iam-job-scout.yaml")["providers"]
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    mounts = [volume.split(":")[1] for volume in compose["services"]["grafana"]["volumes"]]
    assert provider["options"]["path"] in mounts
