"""Renders what Prometheus, Alertmanager and Grafana of compose.yaml load, when the containers start.

`python -m observability.grafana.compose CONF ALERTING` writes the servers' configuration, as the settings make it, into
CONF with the addresses of the services, and Grafana's alerting with the ways that are set up into ALERTING.
"""

import shutil
import sys
from pathlib import Path
from typing import Any

import yaml
from observability.grafana.alerting import SECRET_FILES, WAYS, contact_points, policies
from observability.grafana.names import HEADER, SECRETS

from iam_job_scout.settings import Settings, load_settings
from iam_job_scout.stack.prometheus import JOB
from iam_job_scout.stack.render import render

RULES = Path(__file__).parent / "provisioning" / "alerting" / "rules.yaml"
#: Scrape job → service, where the names differ.
SERVICES = {JOB: "app"}


def main(conf: Path, alerting: Path, settings: Settings, *, secrets: Path = Path(SECRETS)) -> None:
    """Replaces what was there. Raises StackError where a file cannot be made.

    A way whose secret is not in the directory `secrets` is left out of Grafana's alerting: Grafana could not start with
    it.
    """
    rendered = render(settings, conf)
    config = yaml.safe_load(rendered.prometheus.read_text(encoding="utf-8"))
    rendered.prometheus.write_text(to_yaml(at_services(config)), encoding="utf-8")
    told = ways_of(yaml.safe_load(rendered.alertmanager.read_text(encoding="utf-8")))
    ways = [way for way in told if _has_secret(way, secrets)]
    shutil.copyfile(RULES, alerting / RULES.name)
    (alerting / "contact-points.yaml").write_text(to_yaml(contact_points(ways)), encoding="utf-8")
    (alerting / "policies.yaml").write_text(to_yaml(policies(ways)), encoding="utf-8")


def at_services(config: dict[str, Any]) -> dict[str, Any]:
    """prometheus.yml with each target at its service's name instead of this machine's address."""
    for scrape in config["scrape_configs"]:
        _readdress(scrape, SERVICES.get(scrape["job_name"], scrape["job_name"]))
    for manager in config["alerting"]["alertmanagers"]:
        _readdress(manager, "alertmanager")
    return config


def _readdress(part: dict[str, Any], service: str) -> None:
    for group in part["static_configs"]:
        group["targets"] = [f"{service}:{target.rpartition(':')[2]}" for target in group["targets"]]


def ways_of(config: dict[str, Any]) -> list[str]:
    """The ways to people that Alertmanager's configuration has a receiver for."""
    kinds = {kind for receiver in config["receivers"] for kind in receiver}
    return [way for way in WAYS if f"{way}_configs" in kinds]


def _has_secret(way: str, secrets: Path) -> bool:
    name = SECRET_FILES.get(way)
    return name is None or ((secrets / name).is_file() and bool((secrets / name).read_text(encoding="utf-8").strip()))


def to_yaml(document: dict[str, Any]) -> str:
    """The text of a generated file."""
    return HEADER + yaml.safe_dump(document, sort_keys=False, width=120, allow_unicode=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), load_settings())
