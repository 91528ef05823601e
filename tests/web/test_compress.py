"""What is sent compressed, and to whom."""

from typing import Any

import pytest

OURS = {"accept-encoding": "gzip", "sec-fetch-site": "same-origin"}


@pytest.mark.parametrize("path", ["/", "/job/1", "/static/scout.css"])
@pytest.mark.parametrize("site_asking", ["same-origin", "none"])
def test_what_a_person_asks_for_is_compressed(site: Any, path: str, site_asking: str) -> None:
    site.add_job()
    headers = {**OURS, "sec-fetch-site": site_asking}
    answer = site.browser().client.get(path, headers=headers)
    assert answer.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["vary"]
    assert int(answer.headers["content-length"]) < len(answer.content) / 2


def test_compressed_or_not_it_is_the_same_page(site: Any) -> None:
    site.add_job(title="مهندس الهوية")
    client = site.browser().client
    assert client.get("/job/1", headers=OURS).text == client.get("/job/1", headers={"accept-encoding": ""}).text


@pytest.mark.parametrize("site_asking", ["cross-site", "same-site", ""])
def test_what_another_site_caused_tells_nothing_by_its_size(site: Any, site_asking: str) -> None:
    headers = {"accept-encoding": "gzip", **({"sec-fetch-site": site_asking} if site_asking else {})}
    assert "content-encoding" not in site.signed_in().client.get("/?q=guess", headers=headers).headers
