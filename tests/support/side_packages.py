"""Packages that are installed apart, below `build/`: they belong to no part of the product."""

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_BUILD = Path(__file__).parents[2] / "build"


def beside(name: str, *packages: str, then: Callable[[Path], None] = lambda _: None) -> Path:
    """The folder that holds them; installed once for all tests, by whichever comes first."""
    home = _BUILD / name
    _BUILD.mkdir(exist_ok=True)
    with (_BUILD / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if home.exists():
            return home
        made = home.with_suffix(".part")
        shutil.rmtree(made, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        how = ["--no-deps", "--no-build-isolation", "--target", str(made)]
        subprocess.run([*pip, *how, *packages], check=True)
        then(made)
        made.rename(home)
    return home
