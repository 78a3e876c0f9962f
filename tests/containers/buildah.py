"""Builds and runs container images as root without a daemon: buildah with chroot isolation."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from ast import literal_eval
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMANDS = ("buildah", "debootstrap")
BASE = "localhost/lookalike-base"
_PACKAGES = "python3,python3-venv,ca-certificates"


def skip_reason() -> str:
    """Return why images cannot be built on this machine; empty if they can."""
    missing = [name for name in COMMANDS if shutil.which(name) is None]
    if missing:
        return f"{' and '.join(missing)} not installed"
    return "" if os.geteuid() == 0 else "building images needs root"


class Buildah:
    """Images and containers below one folder."""

    def __init__(self, folder: Path) -> None:
        self._roots = ("--root", str(folder / "store"), "--runroot", str(folder / "run"))

    def has(self, image: str) -> bool:
        """Whether the image exists."""
        command = self._command("inspect", "--type", "image", image)
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def import_base(self) -> None:
        """Create a base image of Debian with Python, to replace the public one."""
        container = self._run("from", "scratch")
        root = self._run("mount", container)
        command = ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", "bookworm", root]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for waste in ("var/cache/apt", "var/lib/apt/lists"):
            shutil.rmtree(Path(root) / waste)
        self._run("commit", "--rm", container, BASE)

    def build(self, name: str) -> str:
        """Build `Dockerfile.NAME` on the base image; return the image's name."""
        image = f"localhost/lookalike-{name}"
        with _pip_settings() as volumes:
            self._run(
                *("build", "--isolation", "chroot", "--format", "docker", "--pull=never"),
                *volumes,
                *("--build-arg", f"BASE_IMAGE={BASE}", "--tag", image),
                *("--file", str(ROOT / f"Dockerfile.{name}"), str(ROOT)),
            )
        return image

    def container(self, image: str) -> str:
        """Create a container of the image."""
        return self._run("from", "--pull=never", image)

    def tree(self, container: str) -> Path:
        """Mount the container; return the path of its root."""
        return Path(self._run("mount", container))

    def remove(self, container: str) -> None:
        """Remove a container."""
        self._run("rm", container)

    def prune(self) -> None:
        """Remove images that have been replaced."""
        self._run("rmi", "--prune")

    def run(self, container: str, *words: str, data: Path, **environment: str) -> str:
        """Run a command in a container; return its output.

        Raises:
            subprocess.CalledProcessError: it failed.
        """
        command = self.command(container, *words, data=data, **environment)
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def command(self, container: str, *words: str, data: Path, **environment: str) -> list[str]:
        """Return a command that runs in a container, on the host's network, with `data` mounted."""
        variables = [word for pair in environment.items() for word in ("--env", "=".join(pair))]
        volume = f"{data}:/data"
        options = ("run", "--isolation", "chroot", "--volume", volume, *variables, container, "--")
        return self._command(*options, *words)

    def _run(self, *words: str) -> str:
        done = subprocess.run(self._command(*words), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"buildah {words[0]} failed:\n{done.stderr[-3000:]}")
        return done.stdout.strip()

    def _command(self, *words: str) -> list[str]:
        return ["buildah", "--storage-driver", "vfs", *self._roots, *words]


@contextlib.contextmanager
def _pip_settings() -> Iterator[list[str]]:
    """Options that give pip in a build the configuration of this machine; images do not keep it."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = (line.partition("=") for line in output.splitlines())
    settings = {name.rpartition(".")[2]: literal_eval(text).split() for name, _, text in rows}
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        lines = [f"{name} = {' '.join(words)}\n" for name, words in settings.items()]
        file.write("".join(["[global]\n", *lines]))
        file.flush()
        volumes = [f"{file.name}:/etc/pip.conf:ro"]
        volumes += [f"{path}:{path}:ro" for path in _local_paths(settings.values())]
        yield [word for volume in volumes for word in ("--volume", volume)]


def _local_paths(settings: Iterable[list[str]]) -> set[Path]:
    """Return local files and folders in the configuration; of an index, the folder around it."""
    paths = {Path(word.removeprefix("file://")) for words in settings for word in words}
    existing = {path for path in paths if path.is_absolute() and path.exists()}
    return {path.parent if path.name == "simple" else path for path in existing}
