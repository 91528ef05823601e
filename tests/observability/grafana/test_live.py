"""Every query of every panel against a Prometheus that has scraped the app under load."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from dashboard_files import Panel, fill_in
from live import Prometheus, free_ports, load_boards, running_app, running_prometheus, scan_again, under_load

import board_server
from board_server import BoardServer
from iam_job_scout.stack.binaries import Servers

#: Seconds of load before and after a second scan, whose calls show as a rate: those of the first one are over before
#: the first scrape.
BEFORE, AFTER = 4, 5
#: Seconds that are drawn, and four scrapes, as Grafana would choose at a scrape interval of one second.
SPAN, RATE_INTERVAL = 20, "4s"


@pytest.fixture(scope="module")
def prometheus(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """The server once it has seen load and scans; the load goes on while the tests ask."""
    directory = tmp_path_factory.mktemp("live")
    boards_port, app_port, prometheus_port = free_ports(3)
    boards = BoardServer(boards_port)
    load_boards(boards)
    target = f"127.0.0.1:{app_port}"
    with (
        board_server.running(boards),
        running_app(app_port, boards.url, directory) as url,
        running_prometheus(servers.prometheus, prometheus_port, target, directory) as prometheus,
        under_load(url),
    ):
        time.sleep(BEFORE)
        scan_again(app_port, boards.url, directory)
        time.sleep(AFTER)
        yield prometheus


def numbers(prometheus: Prometheus, target: dict[str, Any], **variables: str) -> list[float]:
    expr = target["expr"].replace(":5m]", ":1s]")  # means of five minutes, taken each second
    query = fill_in(expr, rate_interval=RATE_INTERVAL, span=f"{SPAN}s", **variables)
    return prometheus.values(query, instant=target["instant"], seconds=SPAN)


def test_every_query_gives_data_or_its_panel_says_why_not(prometheus: Prometheus, panels: list[Panel]) -> None:
    silent = [
        f"{panel.name}: {target['expr']}"
        for panel in panels
        if not panel.may_be_empty
        for target in panel.body["targets"]
        if not numbers(prometheus, target)
    ]
    assert not silent, "\n".join(silent)


def test_hardly_a_panel_is_empty_under_load(prometheus: Prometheus, panels: list[Panel]) -> None:
    empty = {
        panel.body["title"]
        for panel in panels
        if not any(numbers(prometheus, target) for target in panel.body["targets"])
    }
    assert empty <= {
        "Alerts over time",
        "Unhandled exceptions",
        "Clients that went away",
        "Database and background errors",
        "Database errors",
        "Faults of the instrumentation",
        "Time waited for a connection",
        "Rows written",
        "Who holds the event loop",
    }


def test_an_alert_that_fires_is_drawn_as_firing(prometheus: Prometheus, panels: list[Panel]) -> None:
    """The Watchdog always fires; without the matchers that leave it out, the panels show it."""
    shown = {panel.body["title"]: panel.body["targets"][0]["expr"] for panel in panels}
    for title, value in (("Alerts firing", 1), ("Alerts over time", 2)):
        expr = shown[title].replace('alertname!="Watchdog", severity!="none"', 'alertname="Watchdog"')
        query = re.sub(r'area=~"[^"]*"', 'area="monitoring"', expr)
        assert prometheus.values(query, instant=True, seconds=1) == [value], title


def test_another_job_shows_nothing_of_this_one(prometheus: Prometheus, panels: list[Panel]) -> None:
    foreign = [
        f"{panel.name}: {target['expr']}"
        for panel in panels
        for target in panel.body["targets"]
        if "ALERTS" not in target["expr"] and any(numbers(prometheus, target, job="nobody"))
    ]
    assert not foreign, "\n".join(foreign)


def test_the_choosers_find_the_job_and_its_instances(prometheus: Prometheus, dashboards: list[dict[str, Any]]) -> None:
    for dashboard in dashboards:
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                selector, _, label = variable["query"].removeprefix("label_values(").rpartition(", ")
                found = prometheus.ask("series", **{"match[]": fill_in(selector)})
                assert {series[label.removesuffix(")")] for series in found}, variable["name"]


def test_annotations_tell_starts_and_scans_as_moments(prometheus: Prometheus, dashboards: list[dict[str, Any]]) -> None:
    now = time.time() * 1000
    for annotation in dashboards[0]["annotations"]["list"]:
        found = prometheus.values(fill_in(annotation["expr"]), instant=True, seconds=1)
        assert found, annotation["name"]
        assert all(now - 120_000 < moment <= now for moment in found), annotation["name"]
