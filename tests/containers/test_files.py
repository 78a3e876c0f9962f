"""What compose and hadolint say of the files, where they are installed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2]
COMPOSE = shutil.which("docker-compose")
HADOLINT = Path(sys.executable).with_name("hadolint")
SECRETS = ("REDIS_PASSWORD", "FLOWER_PASSWORD", "OBJECTS_USER", "OBJECTS_PASSWORD")

needs_compose = pytest.mark.skipif(COMPOSE is None, reason="docker-compose is not installed")


def config(env_file: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [str(COMPOSE), "--env-file", str(env_file), *more, "config", "--quiet"]
    return subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)


def env_file(folder: Path, empty: str = "") -> Path:
    path = folder / "env"
    path.write_text("".join(f"{name}={'' if name == empty else 'x' * 9}\n" for name in SECRETS))
    return path


@needs_compose
@pytest.mark.parametrize("profiles", [(), ("--profile", "gpu")])
def test_compose_takes_the_file(tmp_path: Path, profiles: tuple[str, ...]) -> None:
    said = config(env_file(tmp_path), *profiles)
    assert (said.returncode, said.stderr) == (0, "")


@needs_compose
@pytest.mark.parametrize("name", SECRETS)
def test_an_empty_secret_is_refused(tmp_path: Path, name: str) -> None:
    said = config(env_file(tmp_path, empty=name))
    assert said.returncode != 0
    assert "set it in .env" in said.stderr


def test_the_example_names_every_secret() -> None:
    example = (FOLDER / ".env.example").read_text()
    asked = set(re.findall(r"\$\{(\w+):\?", (FOLDER / "docker-compose.yml").read_text()))
    assert asked == set(SECRETS) == set(re.findall(r"^(\w+)=", example, flags=re.MULTILINE))


@pytest.mark.parametrize("name", ["api", "worker"])
def test_hadolint_finds_nothing(name: str) -> None:
    command = [str(HADOLINT), str(FOLDER / f"Dockerfile.{name}")]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout) == (0, "")
