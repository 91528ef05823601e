"""What holds for all templates and static files: nothing inline, nothing from elsewhere, vendored files untouched."""

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest

from iam_job_scout.web.rendering import STATIC_DIR, asset

TEMPLATES = sorted((STATIC_DIR.parent / "templates").glob("*.html"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_nothing_that_the_policy_forbids(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|hx-on|js:", text)
    assert not re.search(r"""(src|href)=["'](https?:)?//""", text)
    assert "<script>" not in text


@pytest.mark.parametrize("name", sorted(path.name for path in STATIC_DIR.iterdir() if path.is_file()))
def test_our_own_files_load_nothing_from_elsewhere(name: str) -> None:
    text = (STATIC_DIR / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|@import|url\(|eval\(|innerHTML", text)


def test_vendored_files_are_those_of_the_list() -> None:
    listed = dict(
        re.findall(r"\| `([\w.]+)` \|.*\| `([0-9a-f]{64})` \|", (STATIC_DIR / "vendor/README.md").read_text())
    )
    vendored = [path for path in (STATIC_DIR / "vendor").iterdir() if path.suffix in (".js", ".css")]
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in vendored}
    assert found == listed


def test_an_asset_is_named_with_its_content(site: Any) -> None:
    address = asset("scout.css")
    assert re.fullmatch(r"/static/scout\.css\?v=[0-9a-f]{12}", address)
    assert site.browser().client.get(address).headers["content-type"].startswith("text/css")


def test_every_page_loads_only_from_the_site(site: Any) -> None:
    site.add_job()
    client = site.browser().client
    for path in ("/", "/job/1", "/sources", "/sources/lever", "/monitoring", "/sign-in", "/nope"):
        loaded = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"', client.get(path).text)
        assert loaded
        assert all(client.get(address).status_code == 200 for address in loaded if address.startswith("/static/"))
        assert all(address.startswith("/static/") for address in loaded)


def test_htmx_and_browsers_are_cached_apart(site: Any) -> None:
    assert site.browser().client.get("/").headers["vary"] == "Cookie, HX-Request"


def test_htmx_learns_the_short_address_of_a_search(site: Any) -> None:
    headers = {"hx-request": "true"}
    answer = site.browser().client.get("/?q=okta+sso&status=&tier=&mode=&sort=", headers=headers)
    assert answer.headers["hx-push-url"] == "/?q=okta+sso"
