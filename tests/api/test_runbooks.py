"""The runbooks that alerts link can be read in the app."""

from website import Site


def test_a_runbook_is_shown_as_text(site: Site) -> None:
    answer = site.browser().client.get("/docs/runbooks/HighErrorRate.md")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith("# HighErrorRate\n")


def test_only_runbooks_are_shown(site: Site) -> None:
    client = site.browser().client
    for name in ("Nonsense", "..%2f..%2fREADME", "%2e%2e/README"):
        assert client.get(f"/docs/runbooks/{name}.md").status_code == 404
