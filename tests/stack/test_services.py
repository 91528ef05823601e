import pytest

from iam_job_scout.settings import Settings
from iam_job_scout.stack.services import Plan, list_ports


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, [5000, 9090, 9093]),
        ({"metrics_port": 9400}, [5000, 9400, 9090, 9093]),
    ],
)
def test_every_port_that_will_be_listened_on_is_known_before(
    settings: Settings, given: dict[str, int], wanted: list[int]
) -> None:
    plan = Plan(settings.model_copy(update=given), ("app",))
    assert [port.number for port in list_ports(plan)] == wanted


def test_the_servers_alone_take_their_two(settings: Settings) -> None:
    plan = Plan(settings.model_copy(update={"metrics_port": 9400}), None)
    assert [port.number for port in list_ports(plan)] == [9090, 9093]
