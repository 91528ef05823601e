"""What a query selects, read from its parsed form."""

import re
from collections.abc import Iterator
from typing import Any

import promql_parser
from dashboard_files import fill_in

PARTS = ("expr", "lhs", "rhs", "param", "vector_selector")
RATES = ("rate", "irate", "increase")


def parse(expr: str) -> Any:
    """The parsed query; raises ValueError where it does not parse or its types do not fit."""
    return promql_parser.parse(fill_in(expr))


def walk(node: Any) -> Iterator[Any]:
    """Every part of a query, the outermost first."""
    yield node
    inner = [getattr(node, name, None) for name in PARTS] + list(getattr(node, "args", None) or ())
    for part in inner:
        if part is not None and not isinstance(part, str):
            yield from walk(part)


def selectors(expr: str) -> list[promql_parser.VectorSelector]:
    return [node for node in walk(parse(expr)) if isinstance(node, promql_parser.VectorSelector)]


def rated(expr: str) -> set[str]:
    """The names within rate(), irate() and increase()."""
    calls = [node for node in walk(parse(expr)) if isinstance(node, promql_parser.Call) and node.func.name in RATES]
    return {part.name for call in calls for part in walk(call) if isinstance(part, promql_parser.VectorSelector)}


def labels_of(selector: promql_parser.VectorSelector) -> set[str]:
    return {matcher.name for matcher in selector.matchers.matchers}


def grouped_by(expr: str) -> set[str]:
    return {label.strip() for labels in re.findall(r"\bby \(([^)]*)\)", expr) for label in labels.split(",")}
