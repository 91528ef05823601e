"""Which selectors are dead, and why."""

import pytest

from iam_job_scout.doctor.registry import Registry, start_registry
from iam_job_scout.doctor.selectors import find_selectors

EXPOSED = """\
# HELP shop_sales_total Sales.
# TYPE shop_sales_total counter
shop_sales_total{genre="book",place="a \\"b\\""} 3
# TYPE shop_wait_seconds histogram
shop_wait_seconds_bucket{le="0.5"} 1
shop_wait_seconds_bucket{le="+Inf"} 1
shop_wait_seconds_sum 0.1
shop_wait_seconds_count 1
"""


@pytest.fixture
def registry() -> Registry:
    made = start_registry(["job:shop_sales:rate5m"])
    made.read(EXPOSED)
    return made


def fault(registry: Registry, expression: str) -> str:
    [selector] = find_selectors(expression)
    return registry.fault(selector)


@pytest.mark.parametrize(
    "expression",
    [
        "shop_sales_total",
        'shop_sales_total{genre="book", job="x", instance=~"a.*"}',
        'shop_sales_total{genre=~"book|toy"}',
        'shop_sales_total{genre!="book"}',
        'shop_sales_total{genre=~"$genre"}',
        'rate(shop_wait_seconds_bucket{le="0.5"}[5m])',
        "job:shop_sales:rate5m",
        'ALERTS{alertname="X"}',
        'scan_errors_total{source="new"}',
        'external_api_errors_total{error_type="rate_limited"}',
    ],
)
def test_a_selector_that_can_find_something_is_alive(registry: Registry, expression: str) -> None:
    assert fault(registry, expression) == ""


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("shop_sale_total", "there is no metric shop_sale_total"),
        ('shop_sales_total{sort="book"}', "shop_sales_total has no label sort"),
        ('shop_sales_total{genre="boot"}', "no shop_sales_total has genre='boot'"),
        ('shop_wait_seconds_bucket{le="0.3"}', "no shop_wait_seconds_bucket has le='0.3'"),
        ('scan_errors_total{origin="x"}', "scan_errors_total has no label origin"),
    ],
)
def test_a_selector_that_never_finds_anything_is_dead(registry: Registry, expression: str, why: str) -> None:
    assert fault(registry, expression) == why
