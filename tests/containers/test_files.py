"""The compose file and the Dockerfiles, checked by docker-compose (if installed) and hadolint."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMPOSE = shutil.which("docker-compose")
HADOLINT = Path(sys.executable).with_name("hadolint")
SECRETS = ("REDIS_PASSWORD", "FLOWER_PASSWORD", "OBJECTS_USER", "OBJECTS_PASSWORD")

needs_compose = pytest.mark.skipif(COMPOSE is None, reason="docker-compose is not installed")


def config(env_file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(COMPOSE), "--env-file", str(env_file), *options, "config", "--quiet"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def env_file(folder: Path, empty: str = "") -> Path:
    path = folder / "env"
    path.write_text("".join(f"{name}={'' if name == empty else 'x' * 9}\n" for name in SECRETS))
    return path


@needs_compose
@pytest.mark.parametrize("profiles", [(), ("--profile", "gpu")])
def test_compose_accepts_the_file(tmp_path: Path, profiles: tuple[str, ...]) -> None:
    done = config(env_file(tmp_path), *profiles)
    assert (done.returncode, done.stderr) == (0, "")


@needs_compose
@pytest.mark.parametrize("name", SECRETS)
def test_an_empty_secret_is_refused(tmp_path: Path, name: str) -> None:
    done = config(env_file(tmp_path, empty=name))
    assert done.returncode != 0
    assert "set it in .env" in done.stderr


def test_the_example_names_every_secret() -> None:
    example = (ROOT / ".env.example").read_text()
    required = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text()))
    assert required == set(SECRETS) == set(re.findall(r"^(\w+)=", example, flags=re.MULTILINE))


def test_mounted_files_exist() -> None:
    mounts = re.findall(r"- (\./[^:]+):", (ROOT / "docker-compose.yml").read_text())
    assert len(mounts) == 5
    assert [mount for mount in mounts if not (ROOT / mount).is_file()] == []


@pytest.mark.parametrize("name", ["api", "worker"])
def test_the_build_context_has_what_a_dockerfile_copies(name: str) -> None:
    copies = re.findall(r"^COPY (?!--)(.+) \S+$", (ROOT / f"Dockerfile.{name}").read_text(), re.M)
    sources = {source for line in copies for source in line.split()}
    context = set(re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.M))
    assert {"pyproject.toml", "LICENSE", "core"} <= sources <= context
    assert [source for source in sources if not (ROOT / source).exists()] == []


@pytest.mark.parametrize("name", ["api", "worker"])
def test_hadolint_reports_nothing(name: str) -> None:
    command = [str(HADOLINT), str(ROOT / f"Dockerfile.{name}")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


# the first versions in which known vulnerabilities are fixed: CVE-2025-64513 and CVE-2026-26190,
# CVE-2025-31489, CVE-2025-4123
FIXED = {"milvus": (2, 6, 10), "minio": (2025, 4, 3), "grafana": (12, 0, 1)}


@pytest.mark.parametrize("name", FIXED)
def test_images_have_no_known_vulnerabilities(name: str) -> None:
    compose = (ROOT / "docker-compose.yml").read_text()
    (tag,) = re.findall(rf"image: \S*/{name}:(\S+)", compose)
    assert tuple(map(int, re.findall(r"\d+", tag)[:3])) >= FIXED[name]
