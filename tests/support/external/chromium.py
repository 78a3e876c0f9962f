"""Starts Debian's Chromium for tests, screenshots and measurements; nothing is downloaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PATH = Path("/usr/bin/chromium")
_QUIET = ("no-sandbox", "disable-gpu", "disable-background-networking", "disable-component-update")


def is_installed() -> bool:
    """Whether this machine has Chromium."""
    return PATH.exists()


@contextmanager
def launch() -> Iterator[Browser]:
    """Run Chromium for the length of a `with`, without requests of its own to the network."""
    with sync_playwright() as playwright:
        args = [f"--{flag}" for flag in (*_QUIET, "disable-sync", "no-first-run")]
        yield playwright.chromium.launch(executable_path=PATH, args=args)
