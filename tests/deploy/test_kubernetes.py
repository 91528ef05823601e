"""The manifests of Kubernetes are whole, careful, and about this program."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from iam_job_scout.reference import walk_commands
from iam_job_scout.settings import Settings, load_settings
from iam_job_scout.stack.render import KUBERNETES_RULE, build_kubernetes_rule
from website import Site, site

__all__ = ["site"]

ROOT = Path(__file__).parents[2]
HERE = ROOT / "deploy" / "kubernetes"


def documents() -> Iterator[dict[str, Any]]:
    for file in sorted(HERE.glob("*.yaml")):
        yield from yaml.safe_load_all(file.read_text(encoding="utf-8"))


ALL = list(documents())
PODS = {one["metadata"]["name"]: one["spec"]["template"] for one in ALL if one["kind"] == "Deployment"}


def of_kind(kind: str, name: str) -> dict[str, Any]:
    (found,) = [one for one in ALL if one["kind"] == kind and one["metadata"]["name"] == name]
    return found


def container(pod: str) -> dict[str, Any]:
    (only,) = PODS[pod]["spec"]["containers"]
    return dict(only)


def test_kustomize_takes_every_file() -> None:
    listed = yaml.safe_load((HERE / "kustomization.yaml").read_text())["resources"]
    assert sorted(listed) == sorted(file.name for file in HERE.glob("*.yaml") if file.name != "kustomization.yaml")


@pytest.mark.parametrize("pod", PODS)
def test_a_pod_may_do_no_more_than_it_must(pod: str) -> None:
    spec, only = PODS[pod]["spec"], container(pod)
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert only["securityContext"]["allowPrivilegeEscalation"] is False
    assert only["securityContext"]["readOnlyRootFilesystem"] is True
    assert only["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert f"USER {spec['securityContext']['runAsUser']}:" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("pod", PODS)
def test_a_pod_has_limits_and_is_watched(pod: str) -> None:
    only = container(pod)
    assert {"cpu", "memory"} <= set(only["resources"]["requests"])
    assert "memory" in only["resources"]["limits"]
    assert {"startupProbe", "livenessProbe"} <= set(only)
    # A service that is called scout would otherwise put SCOUT_… variables into the pod, which no setting has.
    assert PODS[pod]["spec"]["enableServiceLinks"] is False


@pytest.mark.parametrize("pod", PODS)
def test_a_pod_runs_a_command_that_exists(pod: str) -> None:
    word, *options = container(pod)["args"]
    command = dict(walk_commands())[f"scout {word}"]
    known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
    assert set(options) <= known


def test_probes_ask_pages_that_need_no_sign_in(site: Site) -> None:
    only = container("iam-job-scout-web")
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert site.browser().client.get(only[probe]["httpGet"]["path"]).status_code == 200
        assert only[probe]["httpGet"]["port"] == "http"
    assert {"name": "http", "containerPort": Settings.model_fields["port"].default} in only["ports"]


def test_the_settings_are_ones_that_the_program_takes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    given = of_kind("ConfigMap", "iam-job-scout")["data"]
    for name, value in given.items():
        secret = tmp_path / Path(value).name
        if name.endswith("_FILE"):
            secret.write_text("postgresql://scout@db/scout")
        monkeypatch.setenv(name, str(secret) if name.endswith("_FILE") else value)
    settings = load_settings()
    ports = [port for pod in PODS for port in container(pod)["ports"] if port["name"] == "metrics"]
    assert [port["containerPort"] for port in ports] == [settings.metrics_port] * len(PODS)
    mounts = {mount["mountPath"] for mount in container("iam-job-scout-web")["volumeMounts"]}
    assert {str(settings.data_dir), "/secrets", "/tmp"} <= mounts


def test_no_secret_stands_in_a_manifest() -> None:
    secret = {f"SCOUT_{name.upper()}" for name, one in Settings.model_fields.items() if one.annotation is SecretStr}
    assert secret.isdisjoint(of_kind("ConfigMap", "iam-job-scout")["data"])
    assert [one for one in ALL if one["kind"] == "Secret"] == []
    for pod in PODS:
        assert [one["name"] for one in container(pod)["env"] if "value" in one] == []


def test_services_and_monitors_find_their_pods() -> None:
    labels = {name: pod["metadata"]["labels"] for name, pod in PODS.items()}
    web, metrics = of_kind("Service", "iam-job-scout"), of_kind("Service", "iam-job-scout-metrics")
    assert [name for name, own in labels.items() if web["spec"]["selector"].items() <= own.items()] == [
        "iam-job-scout-web"
    ]
    assert all(metrics["spec"]["selector"].items() <= own.items() for own in labels.values())
    monitor = of_kind("ServiceMonitor", "iam-job-scout")["spec"]
    assert monitor["selector"]["matchLabels"].items() <= metrics["metadata"]["labels"].items()
    assert [one["port"] for one in monitor["endpoints"]] == [metrics["spec"]["ports"][0]["name"]]
    assert metrics["metadata"]["labels"][monitor["jobLabel"]] == "iam-job-scout"


def test_the_rules_are_those_of_prometheus() -> None:
    assert (ROOT / KUBERNETES_RULE).read_text() == build_kubernetes_rule(), "run `scout stack render --examples .`"
