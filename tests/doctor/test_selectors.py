"""The finder of selectors against a real parser, on everything that the product asks of Prometheus."""

from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest

from iam_job_scout.doctor.coverage import panel_queries
from iam_job_scout.doctor.rules import our_rules
from iam_job_scout.doctor.selectors import Matcher, Selector, find_selectors

VARIABLES = {"$__rate_interval": "1m", "$__range": "1h", "$__interval": "1m"}


def parsed(node: Any) -> Iterator[Selector]:
    """Every named vector selector below a node of the real parser's tree."""
    if isinstance(node, promql_parser.VectorSelector):
        if node.name:
            yield Selector(node.name, tuple(parsed_matcher(matcher) for matcher in node.matchers.matchers))
        return
    for name in ("vector_selector", "expr", "lhs", "rhs", "param"):
        child = getattr(node, name, None)
        if child is not None and not isinstance(child, str):
            yield from parsed(child)
    for argument in getattr(node, "args", ()):
        yield from parsed(argument)


def parsed_matcher(matcher: Any) -> Matcher:
    signs = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}
    return Matcher(matcher.name, signs[str(matcher.op).rpartition(".")[2]], matcher.value)


def expressions() -> list[str]:
    return [rule.query for rule in our_rules()] + [query.expr for query in panel_queries()]


def test_it_finds_what_a_parser_finds() -> None:
    assert len(expressions()) > 100
    for expression in expressions():
        for variable, value in VARIABLES.items():
            expression = expression.replace(variable, value)
        real = {selector.name: selector for selector in parsed(promql_parser.parse(expression))}
        found = find_selectors(expression)
        assert {selector.name for selector in found} == set(real), expression
        assert set(real.values()) <= set(found), expression


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("up", [Selector("up", ())]),
        ('up{job="a"} # down{b="c"}', [Selector("up", (Matcher("job", "=", "a"),))]),
        ("sum by (job) (rate(a_total[5m] offset 1h)) > 0.05", [Selector("a_total", ())]),
        ('a{b=~"x|y", c!="}"} / on (b) group_left (d) e', None),
        ("vector(1)", []),
        ("1e6 > bool +Inf", []),
    ],
)
def test_it_skips_what_is_no_selector(expression: str, found: list[Selector] | None) -> None:
    two = [Selector("a", (Matcher("b", "=~", "x|y"), Matcher("c", "!=", "}"))), Selector("e", ())]
    assert find_selectors(expression) == (two if found is None else found)
