"""The list of living processes: who comes in, who goes, and when the dead are forgotten."""

import socket
from datetime import UTC, datetime, timedelta

import pytest

from iam_job_scout.db import Database
from iam_job_scout.db.models import Process
from iam_job_scout.presence import LISTED_FOR, Presence, address, list_processes, web_presence
from iam_job_scout.settings import Settings


def listed(database: Database) -> list[tuple[str, str]]:
    return [(process.kind, process.address) for process in list_processes(database)]


def test_processes_are_listed_while_they_live(database: Database) -> None:
    web, worker = Presence(database, "web", "one:5000"), Presence(database, "worker", "two:9400")
    for _ in range(2):
        web.report()
        worker.report()
    assert listed(database) == [("web", "one:5000"), ("worker", "two:9400")]
    web.withdraw()
    assert listed(database) == [("worker", "two:9400")]


def test_web_processes_behind_one_port_are_one_entry(settings: Settings, database: Database) -> None:
    for _ in range(3):
        web_presence(settings, database).report()
    assert listed(database) == [("web", "127.0.0.1:5000")]


def test_a_killed_one_stays_long_enough_to_be_seen_down_and_then_goes(database: Database) -> None:
    with database.writing() as session:
        for name, silent in (("just", LISTED_FOR / 2), ("long", LISTED_FOR * 2)):
            session.add(Process(address=f"{name}:1", kind="worker", seen_at=datetime.now(UTC) - silent))
    assert listed(database) == [("worker", "just:1")]
    assert timedelta(minutes=2) < LISTED_FOR
    Presence(database, "web", "one:5000").report()
    with database.reading() as session:
        assert session.get(Process, "long:1") is None


@pytest.mark.parametrize(
    ("given", "reached"),
    [
        ({}, "127.0.0.1:9400"),
        ({"host": "10.1.2.3"}, "10.1.2.3:9400"),
        ({"host": "0.0.0.0"}, f"{socket.gethostname()}:9400"),
        ({"host": "0.0.0.0", "advertise_host": "scout-1.internal"}, "scout-1.internal:9400"),
        ({"host": "fd00::1"}, "[fd00::1]:9400"),
    ],
)
def test_the_address_is_one_that_others_reach(settings: Settings, given: dict[str, str], reached: str) -> None:
    assert address(settings.model_copy(update=given), 9400) == reached


def test_a_port_for_metrics_alone_is_listed_where_it_can_be_reached(settings: Settings, database: Database) -> None:
    local = settings.model_copy(update={"metrics_port": 9400})
    assert web_presence(local, database).address == "127.0.0.1:9400"
    fleet = local.model_copy(update={"host": "10.1.2.3"})
    assert web_presence(fleet, database).address == "10.1.2.3:5000"
