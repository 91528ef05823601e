"""All dashboards, and the files that are made of them."""

from typing import Any

from observability.grafana.compose import to_yaml
from observability.grafana.frame import Page, to_json

from observability.grafana import (
    alerting,
    application_health,
    business_metrics,
    performance,
    provisioning,
    resources,
    scan_sources,
    service_levels,
)


def pages() -> list[Page]:
    """The dashboards in the order in which a person reads them."""
    modules = (application_health, performance, business_metrics, resources, service_levels, scan_sources)
    return [module.page() for module in modules]


def build_files() -> dict[str, str]:
    """The text of every generated file by its path within this directory."""
    made = {page.uid: page.build() for page in pages()}
    texts = {f"dashboards/{uid}.json": to_json(dashboard) for uid, dashboard in made.items()}
    documents = {
        "provisioning/datasources/iam-job-scout.yaml": provisioning.datasources(),
        "provisioning/dashboards/iam-job-scout.yaml": provisioning.dashboards(),
        "provisioning/alerting/contact-points.yaml": alerting.contact_points(),
        "provisioning/alerting/policies.yaml": alerting.policies(),
        "provisioning/alerting/rules.yaml": alerting.rules(_panels_of_alerts(made)),
    }
    return texts | {name: to_yaml(document) for name, document in documents.items()}


def _panels_of_alerts(made: dict[str, Any]) -> dict[str, tuple[str, int]]:
    """Where to look first when an alert fires: the first panel that links to its runbook, courses before numbers."""
    found: dict[str, tuple[str, int]] = {}
    for kind in ("state-timeline", "timeseries", "stat"):
        for uid, dashboard in made.items():
            for panel in [panel for panel in dashboard.panels if panel.type_val == kind]:
                for link in panel.links or []:
                    found.setdefault(link.title.removeprefix("Runbook: "), (uid, panel.id_val))
    return found
