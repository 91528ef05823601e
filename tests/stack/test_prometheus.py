import re
from pathlib import Path
from typing import Any

import pytest

from iam_job_scout.settings import Settings
from iam_job_scout.stack import prometheus
from iam_job_scout.stack.binaries import Server, Servers
from iam_job_scout.stack.files import rule_files


def config(settings: Settings, *, token_file: str | None = None) -> dict[str, Any]:
    return prometheus.build_config(settings, rule_files=["rules/*.yml"], token_file=token_file)


def test_the_app_is_scraped_every_fifteen_seconds(settings: Settings) -> None:
    built = config(settings.model_copy(update={"port": 5123}))
    app = built["scrape_configs"][0]
    assert built["global"]["scrape_interval"] == "15s"
    assert app["job_name"] == "iam-job-scout"
    assert app["static_configs"] == [{"targets": ["127.0.0.1:5123"]}]


def test_an_app_on_every_address_is_scraped_on_loopback(settings: Settings) -> None:
    app = config(settings.model_copy(update={"host": "0.0.0.0"}))["scrape_configs"][0]
    assert app["static_configs"] == [{"targets": ["127.0.0.1:5000"]}]


def test_the_token_is_named_by_file_only(settings: Settings) -> None:
    assert "authorization" not in config(settings)["scrape_configs"][0]
    app = config(settings, token_file="metrics_token")["scrape_configs"][0]
    assert app["authorization"] == {"credentials_file": "metrics_token"}


def test_the_port_of_metrics_alone_is_scraped_where_there_is_one(settings: Settings) -> None:
    app = config(settings.model_copy(update={"metrics_port": 9400}))["scrape_configs"][0]
    assert app["static_configs"] == [{"targets": ["127.0.0.1:9400"]}]


def test_a_scrape_that_is_too_large_is_refused(settings: Settings) -> None:
    app = config(settings)["scrape_configs"][0]
    for limit in ("sample_limit", "label_limit", "label_value_length_limit", "body_size_limit"):
        assert app[limit]


@pytest.mark.parametrize(("version", "native"), [("2.42.0+ds", False), ("3.7.3", False), ("3.8.0", True), ("", True)])
def test_native_histograms_are_asked_only_of_a_server_that_has_them(
    settings: Settings, version: str, native: bool
) -> None:
    wanting = settings.model_copy(update={"native_histograms": True})
    built = prometheus.build_config(wanting, rule_files=[], token_file=None, version=version)
    assert built["scrape_configs"][0].get("convert_classic_histograms_to_nhcb", False) is native
    assert "convert_classic_histograms_to_nhcb" not in config(settings)["scrape_configs"][0]


def test_of_the_servers_own_metrics_those_are_kept_that_rules_read(settings: Settings) -> None:
    read = set(re.findall(r"(?:prometheus|alertmanager)_\w+", "".join(file.read_text() for file in rule_files())))
    assert read
    assert not [name for name in read if re.fullmatch(prometheus.UNREAD, name)]


def test_alerts_go_to_the_local_alertmanager(settings: Settings) -> None:
    built = config(settings.model_copy(update={"alertmanager_port": 9999}))
    assert built["alerting"]["alertmanagers"] == [{"static_configs": [{"targets": ["127.0.0.1:9999"]}]}]


def test_only_loopback_is_listened_on_and_fifteen_days_are_kept(settings: Settings) -> None:
    argv = prometheus.build_argv(settings, Server(Path("/usr/bin/prometheus"), "3.9.0", flags=""))
    assert "--web.listen-address=127.0.0.1:9090" in argv
    assert "--storage.tsdb.retention.time=15d" in argv


def test_a_restart_does_not_make_pending_alerts_start_over(settings: Settings) -> None:
    argv = prometheus.build_argv(settings, Server(Path("/usr/bin/prometheus"), "3.9.0", flags=""))
    assert "--rules.alert.for-grace-period=30s" in argv


@pytest.mark.parametrize("flag", ["--storage.tsdb.use-lockfile", "--web.local-assets"])
def test_flags_of_debians_build_are_not_given_to_others(settings: Settings, flag: str) -> None:
    argv = prometheus.build_argv(settings, Server(Path("/usr/bin/prometheus"), "3.9.0", flags=""))
    assert not any(flag in argument for argument in argv)


def test_a_second_server_cannot_use_the_same_data(settings: Settings, servers: Servers) -> None:
    argv = prometheus.build_argv(settings, servers.prometheus)
    assert servers.prometheus.accepts("no-lockfile") or "--storage.tsdb.use-lockfile" in argv


def test_links_of_a_server_that_does_not_answer_are_broken(settings: Settings, free_port: int) -> None:
    gone = settings.model_copy(update={"prometheus_port": free_port})
    for check in (prometheus.check_target, prometheus.check_rules, prometheus.check_alertmanager):
        link = check(gone)
        assert not link.ok
        assert "does not answer" in link.detail


def test_every_page_of_the_server_finds_its_scripts_and_styles(live_stack: Any) -> None:
    import urllib.request

    base = f"http://127.0.0.1:{live_stack.settings.prometheus_port}"
    with urllib.request.urlopen(f"{base}/graph") as page:
        assets = re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css)[^"]*)"', page.read().decode())
    for asset in assets:
        with urllib.request.urlopen(base + asset) as answer:
            assert answer.status == 200
