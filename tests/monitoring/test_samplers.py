"""Sampled gauges are honest: fresh, or absent."""

import pytest

from iam_job_scout.monitoring import Gauge, register_sampler, unregister_sampler, update_all_metrics
from iam_job_scout.monitoring.testing import value

LEVEL = Gauge("sampler_test_level", "Level.", ("tank",))


class Source:
    def __init__(self) -> None:
        self.works = True

    def sample(self) -> None:
        if not self.works:
            raise ConnectionError("away")
        LEVEL.set(7, "left")


@pytest.fixture
def source() -> Source:
    made = Source()
    register_sampler("level", made.sample)
    yield made
    unregister_sampler("level")


def test_a_sampler_sets_its_gauges_and_says_when(source: Source) -> None:
    update_all_metrics()
    assert LEVEL.value("left") == 7
    assert value("monitoring_sampler_success", sampler="level") == 1
    assert (value("monitoring_sampler_last_success_timestamp_seconds", sampler="level") or 0) > 1_600_000_000


def test_a_gauge_whose_source_fails_is_gone_within_two_runs_and_back_with_it(source: Source) -> None:
    update_all_metrics()
    source.works = False
    update_all_metrics()
    assert LEVEL.value("left") == 7
    assert value("monitoring_sampler_success", sampler="level") == 0
    update_all_metrics()
    assert LEVEL.value("left") is None
    source.works = True
    update_all_metrics()
    assert LEVEL.value("left") == 7


def test_one_broken_sampler_stops_no_other(source: Source) -> None:
    def broken() -> None:
        raise RuntimeError

    register_sampler("a_broken_one", broken)
    LEVEL.withdraw()
    update_all_metrics()
    unregister_sampler("a_broken_one")
    assert LEVEL.value("left") == 7


def test_an_unregistered_sampler_takes_its_gauges_with_it() -> None:
    register_sampler("short_lived", lambda: LEVEL.set(1, "right"))
    update_all_metrics()
    unregister_sampler("short_lived")
    assert LEVEL.value("right") is None
