"""Builds and runs images as root without an engine: buildah, chroot isolation, plain folders."""

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
NEEDED = ("buildah", "debootstrap")
BASE = "localhost/lookalike-base"
_PACKAGES = "python3,python3-venv,ca-certificates"


def obstacle() -> str:
    """Why images cannot be built on this machine; empty if they can."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        return f"{' and '.join(missing)} not installed"
    return "" if os.geteuid() == 0 else "images are built as root"


class Buildah:
    """Images and containers below one folder."""

    def __init__(self, folder: Path) -> None:
        self._places = ("--root", str(folder / "store"), "--runroot", str(folder / "run"))

    def has(self, image: str) -> bool:
        """Whether the image is there."""
        command = self._command("inspect", "--type", "image", image)
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def import_base(self) -> None:
        """Debian with Python as an image, in place of the public one."""
        container = self._say("from", "scratch")
        root = self._say("mount", container)
        command = ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", "bookworm", root]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for waste in ("var/cache/apt", "var/lib/apt/lists"):
            shutil.rmtree(Path(root) / waste)
        self._say("commit", "--rm", container, BASE)

    def build(self, name: str) -> str:
        """Build `Dockerfile.NAME` over the imported base; gives the image's name."""
        image = f"localhost/lookalike-{name}"
        with _pip_settings() as volumes:
            self._say(
                *("build", "--isolation", "chroot", "--format", "docker", "--pull=never"),
                *volumes,
                *("--build-arg", f"BASE_IMAGE={BASE}", "--tag", image),
                *("--file", str(ROOT / f"Dockerfile.{name}"), str(ROOT)),
            )
        return image

    def container(self, image: str) -> str:
        """A container of the image, which is removed with the folder."""
        return self._say("from", "--pull=never", image)

    def tree(self, container: str) -> Path:
        """The container's files."""
        return Path(self._say("mount", container))

    def remove(self, container: str) -> None:
        """Take a container away."""
        self._say("rm", container)

    def prune(self) -> None:
        """Take away images that later ones have replaced."""
        self._say("rmi", "--prune")

    def run(self, container: str, *words: str, data: Path, **environment: str) -> str:
        """Run a command in it to its end; gives what it printed.

        Raises:
            subprocess.CalledProcessError: it failed.
        """
        command = self.command(container, *words, data=data, **environment)
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def command(self, container: str, *words: str, data: Path, **environment: str) -> list[str]:
        """What runs a command in it, on this machine's network, with `data` as its volume."""
        given = [word for pair in environment.items() for word in ("--env", "=".join(pair))]
        volume = f"{data}:/data"
        inside = ("run", "--isolation", "chroot", "--volume", volume, *given, container, "--")
        return self._command(*inside, *words)

    def _say(self, *words: str) -> str:
        done = subprocess.run(self._command(*words), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"buildah {words[0]} failed:\n{done.stderr[-3000:]}")
        return done.stdout.strip()

    def _command(self, *words: str) -> list[str]:
        return ["buildah", "--storage-driver", "vfs", *self._places, *words]


@contextlib.contextmanager
def _pip_settings() -> Iterator[list[str]]:
    """Volumes that give pip in a build what it has on this machine; images keep none of it."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = (line.partition("=") for line in told.splitlines())
    settings = {name.rpartition(".")[2]: literal_eval(text).split() for name, _, text in rows}
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        lines = [f"{name} = {' '.join(words)}\n" for name, words in settings.items()]
        file.write("".join(["[global]\n", *lines]))
        file.flush()
        volumes = [f"{file.name}:/etc/pip.conf:ro"]
        volumes += [f"{place}:{place}:ro" for place in _places_in(settings.values())]
        yield [word for volume in volumes for word in ("--volume", volume)]


def _places_in(settings: Iterable[list[str]]) -> set[Path]:
    """Files and folders of this machine that are named; of an index, what its pages link to too."""
    paths = {Path(word.removeprefix("file://")) for words in settings for word in words}
    there = {path for path in paths if path.is_absolute() and path.exists()}
    return {path.parent if path.name == "simple" else path for path in there}
