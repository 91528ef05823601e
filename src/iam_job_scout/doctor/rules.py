"""Whether the rules that Prometheus runs are those of this version."""

import urllib.parse
from dataclasses import dataclass
from typing import Any

import yaml

from iam_job_scout.doctor.asking import ask
from iam_job_scout.doctor.findings import Finding, broken, fine
from iam_job_scout.errors import StackError
from iam_job_scout.settings import Settings
from iam_job_scout.stack import prometheus
from iam_job_scout.stack.files import rule_files
from iam_job_scout.stack.slo import to_seconds

RELOAD = "run `./scout stack render DIR`, copy rules/ to the server and reload it; `./scout up` does both at its start"


@dataclass(frozen=True)
class Rule:
    """A rule as both sides can be compared by: `hold` is `for` in seconds."""

    name: str
    query: str
    hold: float
    labels: tuple[tuple[str, str], ...]


def our_rules() -> list[Rule]:
    """The rules of this version."""
    rules = []
    for file in rule_files():
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]:
            rules += [_ours(body) for body in group["rules"]]
    return rules


def _ours(body: dict[str, Any]) -> Rule:
    return Rule(
        name=body.get("alert") or body["record"],
        query=body["expr"],
        hold=to_seconds(body.get("for", "0m")),
        labels=tuple(sorted(body.get("labels", {}).items())),
    )


def check_rules(settings: Settings) -> Finding:
    """Whether every rule of ours is loaded as it is here, and could be evaluated."""
    try:
        loaded = _loaded(settings)
        canon = _Canon(settings)
        theirs = {_comparable(rule, canon) for rule, _ in loaded}
        missing = [rule for rule in our_rules() if _comparable(rule, canon) not in theirs]
    except StackError as error:
        return broken("rules", str(error), "start Prometheus with `./scout up` or `./scout stack up`")
    names = {rule.name for rule, _ in loaded}
    absent = sorted({rule.name for rule in missing} - names)
    changed = sorted({rule.name for rule in missing} & names)
    if absent:
        return broken("rules", f"Prometheus has not loaded {_some(absent)}", RELOAD)
    if changed:
        return broken("rules", f"Prometheus runs another version of {_some(changed)}", RELOAD)
    failing = [f"{rule.name}: {error}" for rule, error in loaded if error]
    if failing:
        return broken("rules", f"Prometheus cannot evaluate {_some(failing)}", "docs/runbooks/RuleEvaluationFailing.md")
    return fine("rules", f"{len(loaded)} rules loaded, all of this version's among them")


def _loaded(settings: Settings) -> list[tuple[Rule, str]]:
    """Each rule that Prometheus runs, with the error of its last evaluation."""
    groups = ask(f"{prometheus.url(settings)}/api/v1/rules").json()["data"]["groups"]
    return [
        (
            Rule(
                name=rule["name"],
                query=rule["query"],
                hold=float(rule.get("duration", 0)),
                labels=tuple(sorted(rule.get("labels", {}).items())),
            ),
            rule.get("lastError", ""),
        )
        for group in groups
        for rule in group["rules"]
    ]


class _Canon:
    """Has the server print expressions its own way, since it gives back rules reworded (5m for 300s, no comments)."""

    def __init__(self, settings: Settings) -> None:
        self._url = f"{prometheus.url(settings)}/api/v1/format_query?query="
        self._known: dict[str, str] = {}

    def __call__(self, query: str) -> str:
        if query not in self._known:
            answer = ask(self._url + urllib.parse.quote(query))
            # Servers before 2.41 cannot; what differs in spaces only is equal then.
            printed = answer.json()["data"] if answer.status == 200 else query
            self._known[query] = "".join(printed.split())
        return self._known[query]


def _comparable(rule: Rule, canon: _Canon) -> tuple[object, ...]:
    return rule.name, canon(rule.query), rule.hold, rule.labels


def _some(names: list[str]) -> str:
    rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + rest
