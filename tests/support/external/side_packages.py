"""Installs packages below `build/`, apart from the product and its lock file."""

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_BUILD = Path(__file__).parents[3] / "build"


def install_side_packages(
    name: str, *packages: str, prepare: Callable[[Path], None] = lambda _: None
) -> Path:
    """Return the folder of the packages; the first test that needs them installs them."""
    home = _BUILD / name
    _BUILD.mkdir(exist_ok=True)
    with (_BUILD / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if home.exists():
            return home
        partial = home.with_suffix(".part")
        shutil.rmtree(partial, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        options = ["--no-deps", "--no-build-isolation", "--target", str(partial)]
        subprocess.run([*pip, *options, *packages], check=True)
        prepare(partial)
        partial.rename(home)
    return home
