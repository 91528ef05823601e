"""Where the rules and templates that the servers load lie, and where what is rendered for them goes."""

from pathlib import Path

from iam_job_scout.errors import StackError
from iam_job_scout.settings import Settings

#: In a wheel beside this file; in a checkout at the root.
PLACES = (Path(__file__).parent / "observability", Path(__file__).parents[3] / "observability")
RUNBOOK_PLACES = (Path(__file__).parent / "runbooks", Path(__file__).parents[3] / "docs" / "runbooks")


def observability_dir() -> Path:
    """The directory of rules, templates and dashboards; raises StackError where the installation lacks it."""
    for place in PLACES:
        if place.is_dir():
            return place
    raise StackError("this installation lacks its observability files; install it again")


def rule_files() -> list[Path]:
    """The files of recording and alert rules, one per area, in a fixed order."""
    return sorted((observability_dir() / "prometheus" / "rules").glob("*.yml"))


def template_files() -> list[Path]:
    """The templates of Alertmanager's messages."""
    return sorted((observability_dir() / "alertmanager" / "templates").glob("*.tmpl"))


def runbook_files() -> list[Path]:
    """The runbooks, one per alert; none where the installation lacks them."""
    return sorted(file for place in RUNBOOK_PLACES for file in place.glob("*.md"))


def conf_dir(settings: Settings) -> Path:
    """Where the servers that `scout up` starts find their configuration."""
    return settings.data_dir.absolute() / "stack" / "conf"


def storage_dir(settings: Settings, server: str) -> Path:
    """Where a server keeps its data."""
    return settings.data_dir.absolute() / "stack" / server
