"""A real browser on a site of the test's own: what it complains of, whom it asks, what axe finds, how wide it gets."""

import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    "--disable-sync",
]
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@dataclass
class Seen:
    """A page of a browser, where it is, and what went wrong in it."""

    page: Any
    home: str
    problems: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Opens a path of the site and waits until it is there."""
        self.page.goto(self.home + path, wait_until="load")

    def wait_for_rows(self, count: int) -> None:
        """Waits until the list has that many jobs."""
        rows = self.page.locator(".job")
        rows.nth(count - 1).wait_for()
        rows.nth(count).wait_for(state="detached")

    def is_too_wide(self) -> bool:
        """Whether the page can be scrolled sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))

    def accessibility_violations(self) -> list[str]:
        """What axe finds against WCAG 2.2 A and AA on the page as it is now: rule, and the elements that break it."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page, options={"runOnly": AXE_RULES})
        return [
            f"{rule['id']}: {', '.join(node['target'][0] for node in rule['nodes'])}"
            for rule in found.response["violations"]
        ]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser for the tests of a file; skips where the machine has none.

    Not for longer: while it is open, its event loop is the thread's, and no other can run there.
    """
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def home(site: Any, free_port: int) -> Iterator[str]:
    """The address of the site, served for real."""
    config = uvicorn.Config(site.app, port=free_port, lifespan="off", ws="none", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{free_port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def seen(site: Any, chromium: Any, home: str) -> Iterator[Seen]:
    """A page of somebody who is signed in."""
    signed_in = site.signed_in()
    context = chromium.new_context()
    secret = signed_in.client.cookies["scout_session"]
    context.add_cookies([{"name": "scout_session", "value": secret, "url": home}])
    found = Seen(context.new_page(), home)
    watch(found)
    yield found
    context.close()
    assert found.problems == []


def watch(seen: Seen) -> None:
    """Collects what goes wrong in the page, and whom else it asks."""

    def on_console(message: Any) -> None:
        if message.type in ("error", "warning"):
            seen.problems.append(message.text)

    def on_request(request: Any) -> None:
        if not request.url.startswith(seen.home):
            seen.problems.append(request.url)

    seen.page.on("console", on_console)
    seen.page.on("pageerror", lambda error: seen.problems.append(str(error)))
    seen.page.on("request", on_request)
