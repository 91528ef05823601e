"""compose.yaml, its image and its secrets, as far as they can be checked without Docker."""

import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from dashboard_files import GRAFANA, ROOT
from pydantic import BaseModel, ConfigDict, Field

from iam_job_scout.settings import Settings, load_settings
from iam_job_scout.stack.binaries import Servers, working_dir
from observability.grafana import compose as renderer

SCRIPT = GRAFANA / "make-secrets.sh"
SERVICES = {"app", "configuration", "postgres", "prometheus", "alertmanager", "grafana"}
WHILE_RUNNING = sorted(SERVICES - {"configuration"})


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Healthcheck(Strict):
    test: list[str] = []
    interval: str = ""
    timeout: str = ""
    start_period: str = ""
    retries: int = 0
    disable: bool = False


class Condition(Strict):
    condition: Literal["service_healthy", "service_completed_successfully"]


class EnvFile(Strict):
    path: str
    required: bool


class Service(Strict):
    image: str
    build: str = ""
    restart: Literal["unless-stopped", "no"]
    read_only: bool = False
    cap_drop: list[Literal["ALL"]] = Field(min_length=1)
    security_opt: list[Literal["no-new-privileges:true"]] = Field(min_length=1)
    user: str = ""
    entrypoint: list[str] = []
    command: list[str] = []
    environment: dict[str, str] = {}
    env_file: list[EnvFile] = []
    secrets: list[str] = []
    ports: list[str] = []
    volumes: list[str] = []
    tmpfs: list[str] = []
    shm_size: str = ""
    depends_on: dict[str, Condition] = {}
    healthcheck: Healthcheck


class Secret(Strict):
    file: str


class Compose(Strict):
    model_config = ConfigDict(extra="ignore")
    name: str
    services: dict[str, Service]
    secrets: dict[str, Secret]
    volumes: dict[str, None]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def compose(document: dict[str, Any]) -> Compose:
    return Compose.model_validate(document)


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("secrets") / "made"
    subprocess.run(["sh", SCRIPT, directory], check=True, stdout=subprocess.DEVNULL, timeout=20)
    return directory


def test_it_has_every_service_and_no_unknown_key(document: dict[str, Any], compose: Compose) -> None:
    assert set(compose.services) == SERVICES
    known = {"name", "services", "secrets", "volumes"}
    assert {key for key in document if not key.startswith("x-")} == known


def test_images_are_pinned_to_an_exact_version(compose: Compose) -> None:
    for name, service in compose.services.items():
        if not service.build:
            assert re.search(r":v?\d+\.\d+(\.\d+)?(-\w+)?$", service.image), name


def test_the_image_is_built_on_one_exact_python_and_runs_as_nobody_special() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    bases = {line.split()[1] for line in lines if line.startswith("FROM")}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-bookworm", bases.pop())
    assert "USER 10001:10001" in lines
    assert any("--require-hashes" in line for line in lines)


def test_everything_that_the_image_copies_exists() -> None:
    text = (ROOT / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (?!--from)(\S+) ", text, re.MULTILINE)
    assert copied
    assert all((ROOT / path).exists() for path in copied)


def test_nobody_runs_as_root(compose: Compose) -> None:
    for name, service in compose.services.items():
        owner = service.user or "10001"
        assert owner.split(":")[0] not in ("0", "root"), name


def test_ports_are_published_on_loopback_alone(compose: Compose) -> None:
    ports = [port for service in compose.services.values() for port in service.ports]
    assert sorted(ports) == sorted(f"127.0.0.1:{port}:{port}" for port in (5000, 9090, 9093, 3000))


def test_every_mounted_file_exists(compose: Compose) -> None:
    for name, service in compose.services.items():
        for volume in service.volumes:
            source, target, *mode = volume.split(":")
            assert target.startswith("/"), name
            if source.startswith("."):
                assert (ROOT / source).exists(), source
                assert mode == ["ro"], source
            else:
                assert source in compose.volumes, source


@pytest.mark.parametrize("name", WHILE_RUNNING)
def test_every_server_says_when_it_is_ready(compose: Compose, name: str) -> None:
    check = compose.services[name].healthcheck
    assert check.test[0] == "CMD"
    assert check.retries > 0


def test_services_wait_for_services_that_can_say_so(compose: Compose) -> None:
    for service in compose.services.values():
        for other, wanted in service.depends_on.items():
            ends = other == "configuration"
            assert wanted.condition == ("service_completed_successfully" if ends else "service_healthy")


def test_secrets_are_files_that_the_script_makes(compose: Compose, secrets: Path) -> None:
    assert {file.name for file in secrets.iterdir()} == set(compose.secrets)
    for name, secret in compose.secrets.items():
        assert secret.file == f"${{SCOUT_SECRETS:-./var/secrets}}/{name}"
    used = {name for service in compose.services.values() for name in service.secrets}
    assert used == set(compose.secrets)


def test_every_secret_that_is_read_is_one_of_the_service(compose: Compose) -> None:
    for name, service in compose.services.items():
        read = {value.removeprefix("/run/secrets/") for value in service.environment.values() if "/run/" in value}
        assert read <= set(service.secrets), name


def test_no_secret_is_written_down(document: dict[str, Any]) -> None:
    for service in document["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|TOKEN|SECRET|KEY|_URL_FILE", name):
                assert value.startswith("/run/secrets/"), name


def test_secrets_are_random_and_closed_to_others(secrets: Path, tmp_path: Path) -> None:
    subprocess.run(["sh", SCRIPT, tmp_path / "other"], check=True, stdout=subprocess.DEVNULL, timeout=20)
    for name in ("postgres_password", "metrics_token", "grafana_password"):
        assert re.fullmatch("[0-9a-f]{48}", (secrets / name).read_text())
        assert (secrets / name).read_text() != (tmp_path / "other" / name).read_text()
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert (secrets / "postgres_password").read_text() in (secrets / "database_url").read_text()


def test_making_secrets_again_keeps_them(secrets: Path) -> None:
    before = {file.name: file.read_text() for file in secrets.iterdir()}
    subprocess.run(["sh", SCRIPT, secrets], check=True, stdout=subprocess.DEVNULL, timeout=20)
    assert {file.name: file.read_text() for file in secrets.iterdir()} == before


@pytest.fixture
def rendered(
    compose: Compose, secrets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, Path, Settings]:
    """What the service `configuration` writes with its own environment and one way set up."""
    monkeypatch.chdir(tmp_path)
    for name, value in compose.services["configuration"].environment.items():
        monkeypatch.setenv(name, default_of(value).replace("/run/secrets", str(secrets)))
    conf, alerting = tmp_path / "conf", tmp_path / "alerting"
    conf.mkdir()
    alerting.mkdir()
    slack = tmp_path / "slack_url"
    slack.write_text("https://hooks.slack.example/services/T0/B0/x")
    monkeypatch.setenv("SCOUT_ALERT_SLACK_URL_FILE", str(slack))
    return conf, alerting, load_settings()


def default_of(value: str) -> str:
    """What Docker makes of `${NAME:-default}` where NAME is not set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


def test_the_settings_of_compose_are_settings_of_ours(rendered: tuple[Path, Path, Settings]) -> None:
    settings = rendered[2]
    assert settings.host == "0.0.0.0"
    assert settings.sqlalchemy_url.startswith("postgresql+psycopg://scout:")
    assert settings.metrics_token.get_secret_value()


def test_the_servers_find_each_other_by_name(rendered: tuple[Path, Path, Settings]) -> None:
    conf, alerting, settings = rendered
    renderer.main(conf, alerting, settings)
    text = (conf / "prometheus.yml").read_text()
    assert "127.0.0.1" not in text
    assert set(re.findall(r"- (\S+:\d+)$", text, re.MULTILINE)) == {
        "app:5000",
        "prometheus:9090",
        "alertmanager:9093",
    }


def test_alerts_link_to_what_grafana_serves(rendered: tuple[Path, Path, Settings]) -> None:
    conf, alerting, settings = rendered
    renderer.main(conf, alerting, settings)
    text = (conf / "rules" / "app.yml").read_text()
    assert "runbook_url: http://127.0.0.1:3000/public/runbooks/ServiceDown.md" in text
    assert "dashboard_url: http://127.0.0.1:3000/d/scout-health" in text


def test_promtool_and_amtool_accept_what_is_rendered(servers: Servers, rendered: tuple[Path, Path, Settings]) -> None:
    conf, alerting, settings = rendered
    renderer.main(conf, alerting, settings)
    for tool, command, file in (
        (servers.promtool, "check config", conf / "prometheus.yml"),
        (servers.amtool, "check-config", conf / "alertmanager.yml"),
    ):
        if tool is not None:
            argv = [str(tool), *shlex.split(command), str(file)]
            done = subprocess.run(argv, capture_output=True, text=True, timeout=60, cwd=working_dir(tool))
            assert done.returncode == 0, done.stdout + done.stderr


def test_grafana_gets_the_ways_whose_secrets_are_there(rendered: tuple[Path, Path, Settings], tmp_path: Path) -> None:
    conf, alerting, settings = rendered
    renderer.main(conf, alerting, settings)
    assert points(alerting) == ["alertmanager"], "Grafana does not start with an empty address"
    (tmp_path / "alert_slack_url").write_text("https://hooks.slack.example/services/T0/B0/x")
    renderer.main(conf, alerting, settings, secrets=tmp_path)
    assert points(alerting) == ["alertmanager", "slack"]
    [policy] = yaml.safe_load((alerting / "policies.yaml").read_text())["policies"]
    assert [route["receiver"] for route in policy["routes"]] == ["slack"]


def points(alerting: Path) -> list[str]:
    document = yaml.safe_load((alerting / "contact-points.yaml").read_text())
    return [point["name"] for point in document["contactPoints"]]


def test_rendering_needs_no_dashboard_sdk() -> None:
    """The image has only what the app needs."""
    program = "import sys, observability.grafana.compose; sys.exit('grafana_foundation_sdk' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}, timeout=60
    )
    assert done.returncode == 0
