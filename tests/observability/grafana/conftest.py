"""The dashboards as they are committed."""

import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

# `observability.grafana` lies in the checkout's root, which a bare pytest does not have on its path.
sys.path += [str(Path(__file__).parent), str(Path(__file__).resolve().parents[3])]

# Once, since warnings are errors: the SDK warns of the first dashboard schema, the one that files are provisioned in.
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "Prefer using dashboardv2", DeprecationWarning)
    import grafana_foundation_sdk.builders.dashboard
    import grafana_foundation_sdk.builders.stat  # noqa: F401

from dashboard_files import Panel, panels_of, read_dashboards


@pytest.fixture(scope="session")
def dashboards() -> list[dict[str, Any]]:
    return read_dashboards()


@pytest.fixture(scope="session")
def panels(dashboards: list[dict[str, Any]]) -> list[Panel]:
    return [panel for dashboard in dashboards for panel in panels_of(dashboard)]
