"""Debian's Chromium, as tests, screenshots and measurements start it; none is downloaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PATH = Path("/usr/bin/chromium")
_QUIET = ("no-sandbox", "disable-gpu", "disable-background-networking", "disable-component-update")


def there() -> bool:
    """Whether it is installed."""
    return PATH.exists()


@contextmanager
def running() -> Iterator[Browser]:
    """Chromium for the length of a `with`; it asks nobody of its own accord."""
    with sync_playwright() as playwright:
        args = [f"--{one}" for one in (*_QUIET, "disable-sync", "no-first-run")]
        yield playwright.chromium.launch(executable_path=PATH, args=args)
