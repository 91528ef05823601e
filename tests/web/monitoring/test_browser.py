"""The page in a real browser over a real Prometheus: what it shows is what Prometheus says."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from browsing import Seen
from conftest import find_free_port
from iam_job_scout.stack.binaries import Servers
from iam_job_scout.web.monitoring.dashboards import read_dashboards
from real_servers import servers

from .conftest import matrix, server
from .history import History, changed_dashboards, running_history

__all__ = ["servers"]
DASHBOARDS = Path(__file__).parents[3] / "observability" / "grafana" / "dashboards"
JOBS_IN_PLAY = "#scout-business-101"
Use = Callable[[int], None]


@pytest.fixture(scope="module")
def history(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    with running_history(servers, tmp_path_factory.mktemp("history"), find_free_port()) as history:
        yield history


@pytest.fixture
def watching(seen: Seen, prometheus_at: Use, history: History) -> Seen:
    """A browser on the site, which asks the Prometheus with a past."""
    prometheus_at(history.port)
    seen.page.set_viewport_size({"width": 1440, "height": 1200})
    return seen


def wait_for(seen: Seen, selector: str) -> str:
    """The text of an element once it is there."""
    found = seen.page.locator(selector).first
    found.wait_for()
    return str(found.inner_text())


def shown(seen: Seen) -> dict[str, dict[str, Any]]:
    """What the page asked of each panel, its drawing, and the text of its number."""
    return dict(
        seen.page.evaluate("""() => Object.fromEntries([...document.querySelectorAll('.watch.is-stat')]
            .filter((panel) => panel.querySelector('.big-value:not(.is-none)'))
            .map((panel) => [panel.id, {
                query: panel.querySelector('code').textContent,
                link: panel.querySelector('.query-link').href,
                drawing: JSON.parse(panel.dataset.drawing),
                text: panel.querySelector('.big-value').textContent,
            }]))""")
    )


def test_panels_show_the_numbers_that_prometheus_gives(watching: Seen, history: History) -> None:
    watching.open("/monitoring?from=now-1h&refresh=")
    assert wait_for(watching, f"{JOBS_IN_PLAY} .big-value") == "44"  # 42 new and 2 saved
    assert wait_for(watching, "#scout-performance-101 .big-value") == "3.75 req/s"
    assert wait_for(watching, "#scout-resources-101 .big-value") == "150 MiB"
    panels = shown(watching)
    assert len(panels) > 6
    for name, panel in panels.items():
        at = history.end  # the step of an hour is a scrape's, so the newest point is the end or a scrape after it
        wanted = [history.value(panel["query"], at + late) for late in (0, 15, 30)]
        drawing = panel["drawing"]
        texts = [
            watching.page.evaluate("(g) => charts.format(...g)", [value, drawing["unit"], drawing["decimals"]])
            for value in wanted
        ]
        assert panel["text"] in texts, name


def test_the_query_is_one_click_from_prometheus(watching: Seen, history: History) -> None:
    watching.open("/monitoring/scout-business?from=now-1h&refresh=")
    wait_for(watching, f"{JOBS_IN_PLAY} .big-value")
    watching.page.locator(f"{JOBS_IN_PLAY} .about summary").click()
    link = watching.page.locator(f"{JOBS_IN_PLAY} .query-link")
    assert link.is_visible()
    address = str(link.get_attribute("href"))
    assert address.startswith(f"http://127.0.0.1:{history.port}/graph?g0.expr=")
    assert "g0.range_input=3600s" in address
    assert "%24job" not in address


def test_lines_have_gaps_where_nothing_was_measured(watching: Seen) -> None:
    watching.open("/monitoring/scout-business?from=now-3h&refresh=")
    panels = read_dashboards()["scout-business"].panels.values()
    panel = next(one for one in panels if "iam_jobs_new_this_week" in one.targets[0].expr)
    line = watching.page.locator(f"#scout-business-{panel.id} .sparkline .line")
    assert str(line.get_attribute("d")).count("M") == 2


def test_the_time_is_chosen_kept_in_the_address_and_taken_back(watching: Seen) -> None:
    watching.open("/monitoring/scout-health?refresh=")
    wait_for(watching, "#scout-health-201 .legend")
    with watching.page.expect_request(re.compile("panels/201.*from=now-1h")):
        watching.page.select_option("select[name=from]", "now-1h")
    assert "from=now-1h" in watching.page.url
    assert "from=now-1h" in str(watching.page.locator(".watch-tabs a").nth(2).get_attribute("href"))
    with watching.page.expect_request(re.compile("panels/201.*from=now-6h")):
        watching.page.go_back()
    assert watching.page.locator("select[name=from]").input_value() == "now-6h"


def test_a_drawn_span_becomes_the_time_that_is_looked_at(watching: Seen) -> None:
    watching.open("/monitoring/scout-health?from=now-1h")
    wait_for(watching, "#scout-health-201 .legend")
    box = watching.page.locator("#scout-health-201 .u-over").bounding_box()
    assert box is not None
    watching.page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 40)
    watching.page.mouse.down()
    watching.page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 60, steps=4)
    watching.page.mouse.up()
    watching.page.wait_for_url(re.compile(r"from=\d{13}&to=\d{13}"))
    since, until = (int(text) for text in re.findall(r"=(\d{13})", watching.page.url))
    assert 1_500 < (until - since) / 1_000 < 2_100
    assert watching.page.locator("select[name=from] option:checked").inner_text() == "chosen time"


def test_keys_read_the_values_the_highest_first(watching: Seen) -> None:
    watching.open("/monitoring/scout-health?from=now-1h&refresh=")
    wait_for(watching, "#scout-health-201 .legend")
    watching.page.locator("#scout-health-201 .chart-box").focus()
    for key in ("End", "ArrowLeft", "Shift+ArrowLeft"):
        watching.page.keyboard.press(key)
    rows = wait_for(watching, "#scout-health-201 .chart-tip").splitlines()
    assert [row for row in rows if row in ("2xx", "4xx", "5xx")] == ["2xx", "5xx", "4xx"]
    assert [row for row in rows if "req/s" in row] == ["3 req/s", "0.5 req/s", "0.25 req/s"]
    watching.page.keyboard.press("Escape")
    assert watching.page.locator("#scout-health-201 .chart-tip").is_hidden()


def test_the_legend_hides_a_line_and_brings_it_back(watching: Seen) -> None:
    watching.open("/monitoring/scout-health?from=now-1h&refresh=")
    entry = watching.page.locator("#scout-health-201 .legend button").first
    entry.click()
    assert entry.get_attribute("aria-pressed") == "false"
    watching.page.locator("#scout-health-201 .chart-box").focus()
    watching.page.keyboard.press("End")
    assert "2xx" not in wait_for(watching, "#scout-health-201 .chart-tip")
    entry.click()
    assert entry.get_attribute("aria-pressed") == "true"


def test_a_broken_query_is_an_error_of_its_panel_alone(site: Any, watching: Seen, tmp_path: Path) -> None:
    def break_first(dashboard: dict[str, Any]) -> None:
        dashboard["panels"][1]["targets"][0]["expr"] = "sum(iam_jobs"

    site.app.state.dashboards = read_dashboards(changed_dashboards(tmp_path, DASHBOARDS, break_first))
    watching.open("/monitoring/scout-business?from=now-1h&refresh=")
    assert "parse error: unclosed left parenthesis" in wait_for(watching, f"{JOBS_IN_PLAY} .watch-note.is-bad")
    assert wait_for(watching, "#scout-business-102 .big-value") == "3"
    assert watching.page.locator(".watch-note.is-bad").count() == 1


def test_without_prometheus_every_panel_says_so_and_live_values_are_there(
    seen: Seen, prometheus_at: Use, free_port: int
) -> None:
    port = find_free_port()
    prometheus_at(port)
    seen.open("/monitoring")
    assert wait_for(seen, "#scout-health-101 .watch-note.is-bad") == f"127.0.0.1:{port} does not answer."
    seen.page.locator("#live").scroll_into_view_if_needed()
    assert "Memory" in wait_for(seen, "#live .stat:nth-child(4)")
    assert "MiB" in wait_for(seen, "#live .stat:nth-child(4)")


def test_a_session_that_ended_is_said_once_and_what_was_drawn_stays(watching: Seen) -> None:
    watching.open("/monitoring/scout-business?from=now-1h&refresh=")
    wait_for(watching, f"{JOBS_IN_PLAY} .big-value")
    watching.page.context.clear_cookies()
    watching.page.get_by_role("button", name="Refresh now").click()
    assert "Your session ended" in wait_for(watching, "#trouble:not([hidden])")
    assert "/sign-in?next=%2Fmonitoring%2Fscout-business" in str(
        watching.page.locator("#trouble a").get_attribute("href")
    )
    assert watching.page.locator(f"{JOBS_IN_PLAY} .big-value").inner_text() == "44"
    watching.page.goto("about:blank")  # after which nothing of the page is still to come
    assert all("401" in problem for problem in watching.problems)
    watching.problems.clear()


def test_of_ten_thousand_series_the_strongest_are_drawn(
    site: Any, seen: Seen, prometheus_at: Use, tmp_path: Path
) -> None:
    panel = {"id": 1, "type": "timeseries", "title": "Many", "targets": [{"refId": "A", "expr": "up"}]}
    (tmp_path / "many.json").write_text(json.dumps({"uid": "many", "title": "Many", "panels": [panel]}))
    site.app.state.dashboards = read_dashboards(tmp_path)
    newest = time.time() // 15 * 15
    many = matrix(*(({"n": str(n)}, [(newest - 30, "NaN"), (newest - 15, str(n))]) for n in range(10_000)))
    with server({"/-/ready": b"", "/api/v1/query_range": many}) as port:
        prometheus_at(port)
        seen.open("/monitoring/many?from=now-1h&refresh=")
        assert wait_for(seen, "#many-1 .watch-problems") == "10,000 series; the 60 strongest are shown."
        assert "and 54 weaker, in grey" in wait_for(seen, "#many-1 .legend")


def test_numbers_are_written_with_their_units(watching: Seen) -> None:
    watching.open("/monitoring/scout-health?refresh=")
    wanted = [
        (0.1234, "percentunit", None, "12.3 %"), (1, "percentunit", 2, "100.00 %"), (0, "short", None, "0"),
        (999_999, "short", None, "999,999"), (12_345_678, "short", None, "12.3 M"), (0.25, "reqps", None, "0.25 req/s"),
        (0.0042, "s", None, "4.2 ms"), (90, "s", None, "1.5 min"), (86_400 * 3, "s", None, "3 d"),
        (0, "s", None, "0 s"), (1536, "bytes", None, "1.5 KiB"), (2_500_000, "Bps", None, "2.5 MB/s"),
        (None, "s", None, "–"), (250, "ms", None, "250 ms"), (-0.5, "percentunit", 1, "-50.0 %"),
    ]  # fmt: skip
    for value, unit, decimals, text in wanted:
        assert watching.page.evaluate("(g) => charts.format(...g)", [value, unit, decimals]) == text


@pytest.mark.parametrize(("path", "scheme"), [("/monitoring", "light"), ("/monitoring/scout-health", "dark")])
def test_axe_finds_nothing_on_a_page_with_data(watching: Seen, path: str, scheme: str) -> None:
    watching.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    watching.open(f"{path}?from=now-1h&refresh=")
    wait_for(watching, "#scout-health-101 .big-value")
    watching.page.locator("#scout-health-101 .about summary").click()
    watching.page.wait_for_load_state("networkidle")
    assert watching.accessibility_violations() == []


@pytest.mark.parametrize("width", [390, 820])
def test_no_dashboard_is_wider_than_the_screen(watching: Seen, width: int) -> None:
    watching.page.set_viewport_size({"width": width, "height": 900})
    for uid in ("scout-health", "scout-scans"):
        watching.open(f"/monitoring/{uid}?from=now-1h&refresh=")
        watching.page.locator(".watch canvas, .watch svg.sparkline").first.wait_for()
        assert not watching.is_too_wide(), uid


def test_a_chosen_scheme_recolours_what_is_drawn(watching: Seen) -> None:
    watching.open("/monitoring/scout-health?from=now-1h&refresh=")
    wait_for(watching, "#scout-health-201 .legend")
    picture = "document.querySelector('#scout-health-201 canvas').toDataURL()"
    before = watching.page.evaluate(picture)
    watching.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    watching.page.wait_for_function(f"{picture} !== {json.dumps(before)}")
