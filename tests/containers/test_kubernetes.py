"""The manifests are valid by Kubernetes' schemas, and describe the same services as compose."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from core.settings import Settings

FOLDER = Path(__file__).parents[2] / "deploy"
FILES = sorted((FOLDER / "kubernetes").glob("*.yaml"))
NOT_KUBERNETES = {"Kustomization", "ScaledObject"}  # used by kubectl and KEDA
KUBECTL = shutil.which("kubectl")
OLDEST, NEWEST = "1.25", "1.37"

Manifest = dict[str, Any]


def manifests() -> list[Manifest]:
    return [manifest for path in FILES for manifest in yaml.safe_load_all(path.read_text())]


def by_name(kind: str) -> dict[str, Manifest]:
    return {
        manifest["metadata"]["name"]: manifest
        for manifest in manifests()
        if manifest["kind"] == kind
    }


def pods() -> dict[str, Manifest]:
    return {
        name: deployment["spec"]["template"]["spec"]
        for name, deployment in by_name("Deployment").items()
    }


def containers() -> dict[str, Manifest]:
    return {name: pod["containers"][0] for name, pod in pods().items()}


def compose() -> dict[str, Manifest]:
    text = (FOLDER.parent / "docker-compose.yml").read_text()
    services: dict[str, Manifest] = yaml.safe_load(text)["services"]
    return services


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_every_manifest_is_valid(version: str) -> None:
    native = [item for item in manifests() if item["kind"] not in NOT_KUBERNETES]
    assert len(native) > 10
    for manifest in native:
        kubernetes_validate.validate(manifest, version, strict=True)


def test_an_unknown_field_is_detected() -> None:
    wrong = by_name("Service")["lookalike-api"] | {"specs": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, NEWEST, strict=True)


def test_the_kustomization_lists_every_file_except_the_optional_ones() -> None:
    kustomization = next(item for item in manifests() if item["kind"] == "Kustomization")
    optional = {"autoscaling.yaml", "ingress.example.yaml", "kustomization.yaml"}
    names = {path.name.replace("secrets.example", "secrets") for path in FILES}
    assert set(kustomization["resources"]) == names - optional
    images = {image["name"] for image in kustomization["images"]}
    assert images == {container["image"].split(":")[0] for container in containers().values()}


@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")
def test_kustomize_builds_everything_with_autoscaling(tmp_path: Path) -> None:
    for path in FILES:
        text = path.read_text().replace("# - autoscaling", "- autoscaling")
        (tmp_path / path.name.replace("secrets.example", "secrets")).write_text(text)
    command = [str(KUBECTL), "kustomize", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    expected = [item for item in manifests() if item["kind"] not in {"Kustomization", "Ingress"}]
    assert identifiers(yaml.safe_load_all(done.stdout)) == identifiers(expected)


def identifiers(items: Iterable[Manifest]) -> set[tuple[str, str]]:
    return {(item["kind"], item["metadata"]["name"]) for item in items}


def is_setting(name: str) -> bool:
    model: Any = Settings
    for step in name.removeprefix("LOOKALIKE_").lower().split("__"):
        if step not in getattr(model, "model_fields", {}):
            return False
        model = model.model_fields[step].annotation
    return name.startswith("LOOKALIKE_")


def test_every_setting_exists() -> None:
    names = set(by_name("ConfigMap")["lookalike-settings"]["data"])
    names |= set(by_name("Secret")["lookalike-secrets"]["stringData"])
    names |= {
        variable["name"]
        for container in containers().values()
        for variable in container.get("env", ())
    }
    assert "LOOKALIKE_S3__SECRET" in names
    assert {name for name in names if not is_setting(name)} == {"FLOWER_BASIC_AUTH"}


def test_the_settings_accept_the_values(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in by_name("ConfigMap")["lookalike-settings"]["data"].items():
        monkeypatch.setenv(name, value)
    for name, value in by_name("Secret")["lookalike-secrets"]["stringData"].items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert (settings.redis, settings.store) == ("redis://redis:6379/0", "s3://shop/lookalike")


def test_images_and_commands_are_the_same_as_in_compose() -> None:
    for name, container in containers().items():
        service = compose()[name.removeprefix("lookalike-")]
        assert container["image"] == re.sub(r"\$\{\w+:-(\w+)\}", r"\1", service["image"])
        assert container["command"] == service.get("command", ["python", "-m", "api"])
        variables = {variable["name"] for variable in container.get("env", ())}
        assert variables <= set(service["environment"])


def test_every_pod_has_as_few_privileges_as_in_compose() -> None:
    for pod in pods().values():
        security = pod["containers"][0]["securityContext"]
        assert security["readOnlyRootFilesystem"]
        assert not security["allowPrivilegeEscalation"]
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["runAsUser"] == 10001
        assert not pod["automountServiceAccountToken"]
        mounts = {item["mountPath"]: item["name"] for item in pod["containers"][0]["volumeMounts"]}
        assert set(mounts) == {"/tmp", "/data"}
        volumes = {volume["name"] for volume in pod["volumes"] if "emptyDir" in volume}
        assert volumes == set(mounts.values())


def test_workers_have_the_stop_timeout_and_health_check_of_compose() -> None:
    health_check = (FOLDER.parent / "Dockerfile.worker").read_text().split("HEALTHCHECK")[1]
    for name in ("worker-search", "worker-embed", "worker-train"):
        stop_timeout = f"{pods()[name]['terminationGracePeriodSeconds']}s"
        assert stop_timeout == compose()[name]["stop_grace_period"]
        probe = containers()[name]["readinessProbe"]["exec"]["command"]
        assert json.dumps(probe) in health_check


def test_selectors_match_existing_pods() -> None:
    labels = {
        name: deployment["spec"]["template"]["metadata"]["labels"]
        for name, deployment in by_name("Deployment").items()
    }
    for kind in ("Service", "PodDisruptionBudget"):
        for name, manifest in by_name(kind).items():
            selector = manifest["spec"]["selector"]
            assert selector.get("matchLabels", selector) == labels[name]
    for name, deployment in by_name("Deployment").items():
        assert deployment["spec"]["selector"]["matchLabels"] == labels[name]
    assert by_name("ScaledObject")["worker-embed"]["spec"]["scaleTargetRef"]["name"] in labels


def test_workers_are_scaled_by_existing_metrics_and_jobs_can_use_all_of_them() -> None:
    scaled = by_name("ScaledObject")["worker-embed"]["spec"]
    collectors = (FOLDER.parent / "api/services/metrics_collectors.py").read_text()
    for trigger in scaled["triggers"]:
        metrics = re.findall(r"lookalike_\w+", trigger["metadata"]["query"])
        assert metrics
        assert all(f'"{name}"' in collectors for name in metrics)
    max_queued = int(
        by_name("ConfigMap")["lookalike-settings"]["data"]["LOOKALIKE_JOBS__MAX_QUEUED_STEPS"]
    )
    assert max_queued >= 2 * scaled["maxReplicaCount"]
