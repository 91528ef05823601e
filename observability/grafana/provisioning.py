"""The files from which Grafana learns its data sources and where the dashboards lie."""

from typing import Any

from observability.grafana.names import ALERTMANAGER_UID, DASHBOARDS_PATH, FOLDER, SOURCE_UID

from iam_job_scout.stack.prometheus import INTERVAL


def datasources() -> dict[str, Any]:
    """Prometheus and Alertmanager. Their addresses come from Grafana's environment, their uids are fixed."""
    prometheus = {
        **_source("Prometheus", "prometheus", uid=SOURCE_UID, url="$PROMETHEUS_URL"),
        "isDefault": True,
        "jsonData": {
            "httpMethod": "POST",
            "timeInterval": INTERVAL,
            "manageAlerts": True,
            "alertmanagerUid": ALERTMANAGER_UID,
        },
    }
    alertmanager = {
        **_source("Alertmanager", "alertmanager", uid=ALERTMANAGER_UID, url="$ALERTMANAGER_URL"),
        "jsonData": {"implementation": "prometheus", "handleGrafanaManagedAlerts": False},
    }
    return {"apiVersion": 1, "prune": True, "datasources": [prometheus, alertmanager]}


def _source(name: str, kind: str, *, uid: str, url: str) -> dict[str, Any]:
    return {"name": name, "type": kind, "uid": uid, "access": "proxy", "url": url, "orgId": 1, "editable": False}


def dashboards() -> dict[str, Any]:
    """One provider: what is saved in Grafana would be overwritten, so it may not be."""
    provider = {
        "name": "iam-job-scout",
        "orgId": 1,
        "folder": FOLDER,
        "folderUid": "iam-job-scout",
        "type": "file",
        "disableDeletion": True,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 30,
        "options": {"path": DASHBOARDS_PATH},
    }
    return {"apiVersion": 1, "providers": [provider]}
