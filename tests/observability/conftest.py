"""The servers' own tools and the rule files, read once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from iam_job_scout.stack.binaries import Servers
from iam_job_scout.stack.files import rule_files
from real_servers import servers

__all__ = ["servers"]


@pytest.fixture(scope="session")
def promtool(servers: Servers) -> Path:
    if servers.promtool is None:
        pytest.skip("no promtool")
    return servers.promtool


@dataclass(frozen=True)
class Rule:
    """A rule with the area of its file; `http_slo.yml` belongs to the area http."""

    area: str
    body: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.body.get("alert") or self.body["record"])


def _read() -> Iterator[Rule]:
    for file in rule_files():
        for group in yaml.safe_load(file.read_text())["groups"]:
            for body in group["rules"]:
                yield Rule(file.stem.partition("_")[0], body)


@pytest.fixture(scope="session")
def rules() -> list[Rule]:
    return list(_read())


@pytest.fixture(scope="session")
def alerts(rules: list[Rule]) -> list[Rule]:
    return [rule for rule in rules if "alert" in rule.body]


@pytest.fixture(scope="session")
def recordings(rules: list[Rule]) -> list[Rule]:
    return [rule for rule in rules if "record" in rule.body]
