"""Grafana beside the other servers, where a program of its name is found. No real Grafana has run in these tests:
a stand-in takes its place, which shows what it was given and answers as healthy."""

import json
import stat
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from iam_job_scout.settings import Settings
from iam_job_scout.stack import grafana
from iam_job_scout.stack.files import conf_dir
from real_servers import free_ports

Start = Callable[..., Any]

STAND_IN = """#!{python}
import http.server, json, os, sys

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/api/health" else 404)
        self.end_headers()
        self.wfile.write(json.dumps([sys.argv[1:], dict(os.environ)]).encode())

    def log_message(self, *_):
        pass

address = os.environ["GF_SERVER_HTTP_ADDR"], int(os.environ["GF_SERVER_HTTP_PORT"])
http.server.ThreadingHTTPServer(address, Health).serve_forever()
"""


def install(directory: Path, name: str = "grafana") -> Path:
    """A release of Grafana, unpacked: the program, and its own files beside it."""
    program = directory / "grafana-13" / "bin" / name
    program.parent.mkdir(parents=True)
    program.write_text(STAND_IN.format(python=sys.executable))
    program.chmod(0o755)
    (directory / "grafana-13" / "conf").mkdir()
    (directory / "grafana-13" / "conf" / "defaults.ini").touch()
    return program


@pytest.fixture
def with_grafana(stack_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    program = install(tmp_path)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return stack_settings.model_copy(update={"grafana_port": free_ports(1)[0]})


def test_a_grafana_that_is_found_is_started_with_everything_loaded(start_stack: Start, with_grafana: Settings) -> None:
    stack = start_stack(with_grafana)
    stack.wait_for(f"http://127.0.0.1:{with_grafana.grafana_port}")
    with urllib.request.urlopen(f"http://127.0.0.1:{with_grafana.grafana_port}/api/health", timeout=5) as answer:
        arguments, environment = json.load(answer)
    assert arguments[0] == "server"
    assert (Path(arguments[1].removeprefix("--homepath=")) / "conf" / "defaults.ini").is_file()
    assert environment["PROMETHEUS_URL"] == f"http://127.0.0.1:{with_grafana.prometheus_port}"
    assert len(list(Path(environment["SCOUT_DASHBOARDS"]).glob("*.json"))) == 6
    assert len(stack.descendants()) == 4
    assert stack.stop()[0] == 0
    assert stack.descendants() == []


def test_a_taken_port_leaves_grafana_out_and_the_rest_runs(start_stack: Start, with_grafana: Settings) -> None:
    taken = with_grafana.model_copy(update={"grafana_port": with_grafana.prometheus_port})
    stack = start_stack(taken)
    stack.wait_for("!! left out, since port")
    assert "SCOUT_GRAFANA_PORT" in stack.text
    assert "monitoring works" in stack.text


def test_what_grafana_reads_is_whole(settings: Settings) -> None:
    grafana.prepare(settings)
    place = conf_dir(settings) / "grafana"
    environment = grafana.build_environment(settings)
    [sources] = (place / "provisioning" / "datasources").glob("*.yaml")
    used = {source["url"].removeprefix("$") for source in yaml.safe_load(sources.read_text())["datasources"]}
    assert used <= set(environment)
    provider = yaml.safe_load((place / "provisioning" / "dashboards" / "iam-job-scout.yaml").read_text())
    assert provider["providers"][0]["options"]["path"] == "$SCOUT_DASHBOARDS"
    home = json.loads(Path(environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]).read_text())
    assert home["title"] == "Application Health"
    [runbooks] = [one for one in home["templating"]["list"] if one["name"] == "runbooks"]
    assert runbooks["query"] == "http://127.0.0.1:5000/docs/runbooks"


def test_nobody_elsewhere_can_reach_it_and_the_password_is_secret_and_kept(settings: Settings) -> None:
    grafana.prepare(settings)
    environment = grafana.build_environment(settings)
    assert environment["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"
    assert environment["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    file = Path(environment["GF_SECURITY_ADMIN_PASSWORD__FILE"])
    password = file.read_text()
    assert len(password) >= 24
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    grafana.prepare(settings)
    assert file.read_text() == password


def test_the_older_program_takes_its_options_without_a_word(tmp_path: Path) -> None:
    assert grafana.build_argv(install(tmp_path, "grafana-server"))[1].startswith("--homepath=")


def test_a_program_without_its_files_beside_it_is_left_to_find_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grafana, "PACKAGED_HOME", tmp_path)
    program = tmp_path / "bin" / "grafana"
    assert grafana.build_argv(program) == (str(program), "server")
