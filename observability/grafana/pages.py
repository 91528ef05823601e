"""All dashboards, and the files that are made of them."""

from observability.grafana import (
    application_health,
    business_metrics,
    performance,
    resources,
    scan_sources,
    service_levels,
)
from observability.grafana.frame import Page, to_json


def pages() -> list[Page]:
    """The dashboards in the order in which a person reads them."""
    modules = (application_health, performance, business_metrics, resources, service_levels, scan_sources)
    return [module.page() for module in modules]


def build_files() -> dict[str, str]:
    """The text of every generated file by its path within this directory."""
    return {f"dashboards/{page.uid}.json": to_json(page.build()) for page in pages()}
