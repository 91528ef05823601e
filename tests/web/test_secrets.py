"""Secrets planted everywhere, and looked for in every page, answer, log line and metric."""

import logging
from pathlib import Path

import pytest
from pydantic import SecretStr

from iam_job_scout.accounts.audit import read_log
from iam_job_scout.accounts.people import invite
from iam_job_scout.accounts.roles import Role
from iam_job_scout.monitoring.routes import known_requests
from iam_job_scout.monitoring.testing import watching
from iam_job_scout.settings import Settings
from website import NOW, Site, opened

PLANTED = "pl4nted-s3cret"
PASSWORD = f"{PLANTED}-password"


def plant(settings: Settings) -> Settings:
    """The settings with a secret in each field that holds one."""
    names = [name for name, field in Settings.model_fields.items() if field.annotation is SecretStr]
    values = {name: SecretStr(f"https://{PLANTED}-{name}.example") for name in names if name != "database_url"}
    assert len(values) > 5
    return settings.model_copy(update=values)


def test_no_page_answer_log_line_or_metric_holds_a_secret(
    settings: Settings, migrated: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with opened(plant(settings), migrated) as site:
        seen = use(site)
        for text in seen:
            assert PLANTED not in text
        metrics = site.browser().client.get("/metrics").text
        assert "security_refusals_total" in metrics
    assert PLANTED not in metrics
    # The test's own client logs the addresses that it asks for.
    ours = [record for record in caplog.records if not record.name.startswith("httpx")]
    assert ours
    assert PLANTED not in " ".join(record.getMessage() for record in ours)


def use(site: Site) -> list[str]:
    """Sends secrets where they belong and where they do not; returns every answer, headers and all."""
    owner = site.signed_in()
    with site.database.writing() as session:
        invite(session, email="eve@example.com", role=Role.MEMBER, by="x", days=1, now=NOW)
    answers = [
        owner.post("/sign-in", email="dana@example.com", password=PASSWORD),
        owner.post("/account/password", current=PASSWORD, password=PASSWORD),
        owner.post("/join", token="x", email="eve@example.com", password=PASSWORD),
        site.browser().client.get("/api/v1/jobs", headers={"authorization": f"Bearer {PLANTED}"}),
        site.browser().client.get("/", headers={"cookie": f"scout_session={PLANTED}"}),
        site.browser().client.get(f"/join?token={PLANTED}"),
        site.browser().client.get(f"/sign-in/provider/callback?code={PLANTED}&state={PLANTED}"),
    ]
    for method, template, _ in set(known_requests(site.app)):
        # The stream of a scan's progress has no end.
        if method == "GET" and "{" not in template and template != "/sources/progress":
            answers.append(owner.client.get(template))
    return [f"{answer.headers} {answer.text}" for answer in answers]


def test_an_error_that_holds_a_secret_says_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"password={PLANTED}")

    monkeypatch.setattr("iam_job_scout.web.accounts_own.list_tokens", fail)
    answer = site.signed_in().client.get("/account")
    assert answer.status_code == 500
    assert PLANTED not in answer.text
    assert PLANTED not in caplog.text


@pytest.mark.parametrize("path", ["/sign-in", "/setup", "/join", "/account/tokens", "/api/v1/jobs/1/status"])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(site: Site, path: str) -> None:
    browser = site.signed_in()
    headers = {"content-type": "application/x-www-form-urlencoded", "x-csrf-token": browser.csrf}
    answer = browser.client.post(path, content=b"email=" + b"x" * 100_000, headers=headers)
    assert answer.status_code == 413


BODIES = [
    (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
    (b"email=%ff%00&password=%f0%9f", "application/x-www-form-urlencoded"),
    (b"a=1&" * 5_000, "application/x-www-form-urlencoded"),
    (b"--x\r\n\r\n", "multipart/form-data; boundary=x"),
    (b"rubbish", "multipart/form-data"),
    (
        b'--x\r\nContent-Disposition: form-data; name="email"; filename="a"\r\n\r\nb\r\n--x--',
        "multipart/form-data; boundary=x",
    ),
    (b"{", "application/json"),
    (b"[" * 60_000, "application/json"),
]


def test_a_body_that_is_too_large_is_counted_and_recorded(site: Site) -> None:
    with watching() as changes:
        site.signed_in().post("/searches", name="x" * 70_000)
    assert changes.delta("security_refusals_total", kind="body") == 1
    with site.database.reading() as session:
        assert [(event.result, event.target) for event in read_log(session)] == [("refused", "/searches")]


@pytest.mark.parametrize("path", ["/sign-in", "/setup", "/join", "/password", "/account/tokens", "/team/invitations"])
def test_a_malformed_body_is_refused_and_changes_nothing(site: Site, path: str) -> None:
    browser = site.signed_in()
    for body, kind in BODIES:
        headers = {"content-type": kind, "x-csrf-token": browser.csrf}
        answer = browser.client.post(path, content=body, headers=headers)
        assert 400 <= answer.status_code < 500, (path, body[:20], answer.status_code)
    assert browser.client.get("/account").text.count("scout_pat_") == 0
