"""Looks at every page of a demo shop with Chromium: `make screenshots`.

All pictures go to build/screenshots; those that the documentation shows, to docs/images.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_cache_path
from playwright.sync_api import Browser, Page

from benchmarks.support import client_view
from lookalike.client import Lookalike
from tests.support import chromium

ALL = Path("build/screenshots")
SHOWN = Path(__file__).parents[1] / "docs" / "images"
SIZES = {"wide": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 844}}
IN_DOCS = {
    "search-wide-light",
    "customer-wide-light",
    "recommendations-wide-dark",
    "items-phone-dark",
}
_QUALITY = 82
_SETTLED_MS = 600
_PICTURES_SEEN = """() => [...document.images].every((one) =>
  one.complete || one.getBoundingClientRect().top > innerHeight)"""
SHOP = "demo"


def main() -> None:
    """Fill a shop and look at it: light and dark, wide and on a phone."""
    for folder in (ALL, SHOWN):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, client_view.running(Path(data)) as stack:
        command = [sys.executable, "-m", "lookalike", "demo"]
        subprocess.run(command, env=os.environ | {"LOOKALIKE_URL": stack.url}, check=True)
        with chromium.running() as browser:
            for scheme in ("light", "dark"):
                for size in SIZES:
                    _look(browser, stack.url, size, scheme)


def _look(browser: Browser, url: str, size: str, scheme: str) -> None:
    page = browser.new_context(viewport=SIZES[size], color_scheme=scheme).new_page()  # type: ignore[arg-type]
    for name, (place, then) in _places(url).items():
        page.goto(f"{url}/{place}")
        page.wait_for_timeout(_SETTLED_MS)
        then(page)
        page.wait_for_function(_PICTURES_SEEN)
        shot = page.screenshot(type="jpeg", quality=_QUALITY)
        label = f"{name}-{size}-{scheme}"
        for folder in (ALL, SHOWN) if label in IN_DOCS else (ALL,):
            (folder / f"{label}.jpg").write_bytes(shot)
    page.context.close()


def _places(url: str) -> dict[str, tuple[str, Callable[[Page], None]]]:
    with Lookalike(url) as server:
        users = list(server.recommender(SHOP).users("0"))
        user = max(users, key=lambda one: one.orders).user
        item = next(iter(server.items(SHOP))).sku
        job = next(iter(server.jobs(SHOP))).id
    shop = f"#/c/{SHOP}"
    return {
        "collections": ("#/", _nothing),
        "new-collection": ("#/", _press("New collection")),
        "items": (shop, _nothing),
        "item": (f"{shop}/items/{item}", _nothing),
        "search": (f"{shop}/search", _search),
        "recommendations": (f"{shop}/recommendations", _nothing),
        "customers": (f"{shop}/customers", _nothing),
        "customer": (f"{shop}/customers/{user}", _nothing),
        "nobody": (f"{shop}/customers/nobody", _nothing),
        "settings": (f"{shop}/settings", _nothing),
        "delete": (f"{shop}/settings", _press("Delete this collection")),
        "jobs": ("#/jobs", _nothing),
        "job": (f"#/jobs/{job}", _nothing),
        "not-there": ("#/c/none", _nothing),
    }


def _nothing(page: Page) -> None:
    pass


def _press(name: str) -> Callable[[Page], None]:
    def then(page: Page) -> None:
        page.get_by_role("button", name=name, exact=True).click()
        page.wait_for_timeout(_SETTLED_MS)

    return then


def _search(page: Page) -> None:
    photo = user_cache_path("lookalike") / "demo-shop" / "query.jpg"
    page.set_input_files("input[type=file]", photo)
    page.wait_for_timeout(2 * _SETTLED_MS)


if __name__ == "__main__":
    main()
