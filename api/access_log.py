"""A line for each request: what was asked, what came of it, and how long that took."""

import logging
import re
from collections.abc import Callable

# a name may have slashes: it goes on to the end, or to what is asked of it
_USER = re.compile(r"(?<=/users/).+?(?=(?:/recommendations)?\Z)", re.DOTALL)


class Nameless:
    """Paths in which customers go by their pseudonym."""

    def __init__(self, pseudonym: Callable[[str], str]) -> None:
        self._pseudonym = pseudonym

    def __call__(self, path: str) -> str:
        """The path without a name."""
        if "/users/" not in path:
            return path
        return _USER.sub(lambda found: self._pseudonym(found[0]), path)


class AccessLog:
    """Writes the lines; queries are left out."""

    def __init__(self, nameless: Nameless) -> None:
        self._nameless = nameless
        self._log = logging.getLogger("api.access")

    def write(self, method: str, path: str, status: int, seconds: float, key: str) -> None:
        """One line; it costs some ten microseconds."""
        if not self._log.isEnabledFor(logging.INFO):
            return
        path, ms = self._nameless(path)[:500], round(seconds * 1000, 1)
        fields = {"method": method, "path": path, "status": status, "ms": ms, "key": key}
        words = (method, path, status, ms)
        self._log.info("%s %s %d %s ms", *words, extra={"fields": fields})
