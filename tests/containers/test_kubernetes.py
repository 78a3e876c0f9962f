"""The manifests: as Kubernetes' own schemas want them, and the same parts as compose starts."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from core.settings import Settings

FOLDER = Path(__file__).parents[2] / "deploy"
FILES = sorted((FOLDER / "kubernetes").glob("*.yaml"))
NOT_KUBERNETES = {"Kustomization", "ScaledObject"}  # of kubectl and of KEDA
KUBECTL = shutil.which("kubectl")
OLDEST, NEWEST = "1.25", "1.37"

Manifest = dict[str, Any]


def manifests() -> list[Manifest]:
    return [one for path in FILES for one in yaml.safe_load_all(path.read_text())]


def of(kind: str) -> dict[str, Manifest]:
    return {one["metadata"]["name"]: one for one in manifests() if one["kind"] == kind}


def pods() -> dict[str, Manifest]:
    return {name: one["spec"]["template"]["spec"] for name, one in of("Deployment").items()}


def containers() -> dict[str, Manifest]:
    return {name: pod["containers"][0] for name, pod in pods().items()}


def compose() -> dict[str, Manifest]:
    text = (FOLDER.parent / "docker-compose.yml").read_text()
    services: dict[str, Manifest] = yaml.safe_load(text)["services"]
    return services


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_kubernetes_takes_every_manifest(version: str) -> None:
    ours = [one for one in manifests() if one["kind"] not in NOT_KUBERNETES]
    assert len(ours) > 10
    for one in ours:
        kubernetes_validate.validate(one, version, strict=True)


def test_a_word_that_kubernetes_does_not_know_is_found() -> None:
    wrong = of("Service")["lookalike-api"] | {"specs": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, NEWEST, strict=True)


def test_the_whole_names_every_file_but_what_is_to_be_chosen() -> None:
    whole = next(one for one in manifests() if one["kind"] == "Kustomization")
    chosen = {"autoscaling.yaml", "ingress.example.yaml", "kustomization.yaml"}
    there = {path.name.replace("secrets.example", "secrets") for path in FILES}
    assert set(whole["resources"]) == there - chosen
    images = {image["name"] for image in whole["images"]}
    assert images == {one["image"].split(":")[0] for one in containers().values()}


@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")
def test_kustomize_makes_the_whole_of_it_with_autoscaling(tmp_path: Path) -> None:
    for path in FILES:
        text = path.read_text().replace("# - autoscaling", "- autoscaling")
        (tmp_path / path.name.replace("secrets.example", "secrets")).write_text(text)
    command = [str(KUBECTL), "kustomize", str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")
    made = {(one["kind"], one["metadata"]["name"]) for one in yaml.safe_load_all(said.stdout)}
    ours = [one for one in manifests() if one["kind"] not in {"Kustomization", "Ingress"}]
    assert made == {(one["kind"], one["metadata"]["name"]) for one in ours}


def is_setting(name: str) -> bool:
    model: Any = Settings
    for step in name.removeprefix("LOOKALIKE_").lower().split("__"):
        if step not in getattr(model, "model_fields", {}):
            return False
        model = model.model_fields[step].annotation
    return name.startswith("LOOKALIKE_")


def test_every_setting_is_one_of_ours() -> None:
    names = set(of("ConfigMap")["lookalike-settings"]["data"])
    names |= set(of("Secret")["lookalike-secrets"]["stringData"])
    names |= {one["name"] for made in containers().values() for one in made.get("env", ())}
    assert "LOOKALIKE_S3__SECRET" in names
    assert {name for name in names if not is_setting(name)} == {"FLOWER_BASIC_AUTH"}


def test_our_settings_take_what_the_map_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in of("ConfigMap")["lookalike-settings"]["data"].items():
        monkeypatch.setenv(name, value)
    for name, value in of("Secret")["lookalike-secrets"]["stringData"].items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert (settings.redis, settings.store) == ("redis://redis:6379/0", "s3://shop/lookalike")


def test_images_and_commands_are_those_of_compose() -> None:
    for name, container in containers().items():
        service = compose()[name.removeprefix("lookalike-")]
        assert container["image"] == re.sub(r"\$\{\w+:-(\w+)\}", r"\1", service["image"])
        assert container["command"] == service.get("command", ["python", "-m", "api"])
        assert {one["name"] for one in container.get("env", ())} <= set(service["environment"])


def test_every_pod_has_as_few_rights_as_in_compose() -> None:
    for pod in pods().values():
        own = pod["containers"][0]["securityContext"]
        assert own["readOnlyRootFilesystem"]
        assert not own["allowPrivilegeEscalation"]
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["runAsUser"] == 10001
        assert not pod["automountServiceAccountToken"]
        mounts = {one["mountPath"]: one["name"] for one in pod["containers"][0]["volumeMounts"]}
        assert set(mounts) == {"/tmp", "/data"}
        assert {one["name"] for one in pod["volumes"] if "emptyDir" in one} == set(mounts.values())


def test_a_worker_has_as_long_to_stop_as_in_compose_and_is_asked_how_it_is_in_the_same_way() -> (
    None
):
    asked = (FOLDER.parent / "Dockerfile.worker").read_text().split("HEALTHCHECK")[1]
    for name in ("worker-search", "worker-embed", "worker-train"):
        stops = f"{pods()[name]['terminationGracePeriodSeconds']}s"
        assert stops == compose()[name]["stop_grace_period"]
        probe = containers()[name]["readinessProbe"]["exec"]["command"]
        assert json.dumps(probe) in asked


def test_who_is_selected_is_there() -> None:
    labels = {
        name: one["spec"]["template"]["metadata"]["labels"]
        for name, one in of("Deployment").items()
    }
    for kind in ("Service", "PodDisruptionBudget"):
        for name, one in of(kind).items():
            chosen = one["spec"]["selector"]
            assert chosen.get("matchLabels", chosen) == labels[name]
    for name, one in of("Deployment").items():
        assert one["spec"]["selector"]["matchLabels"] == labels[name]
    assert of("ScaledObject")["worker-embed"]["spec"]["scaleTargetRef"]["name"] in labels


def test_workers_are_scaled_by_metrics_that_we_give_and_each_finds_work() -> None:
    scaled = of("ScaledObject")["worker-embed"]["spec"]
    given = (FOLDER.parent / "api/services/metrics_collectors.py").read_text()
    for trigger in scaled["triggers"]:
        asked = re.findall(r"lookalike_\w+", trigger["metadata"]["query"])
        assert asked
        assert all(f'"{name}"' in given for name in asked)
    window = int(of("ConfigMap")["lookalike-settings"]["data"]["LOOKALIKE_JOBS__WINDOW"])
    assert window >= 2 * scaled["maxReplicaCount"]
