"""Takes screenshots of every page of a demo shop with Chromium: `make screenshots`.

Writes all of them to build/screenshots, and those in the documentation also to docs/images.
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
from tests.support.external import chromium

ALL = Path("build/screenshots")
DOCS = Path(__file__).parents[1] / "docs" / "images"
SIZES = {"wide": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 844}}
IN_DOCS = {
    "search-wide-light", "customer-wide-light", "recommendations-wide-dark", "items-phone-dark",
    "storefront-wide-light",
}  # fmt: skip
_QUALITY = 82
_SETTLE_MS = 600
_IMAGES_LOADED = """() => [...document.images].every((image) =>
  image.complete || image.getBoundingClientRect().top > innerHeight)"""
SHOP = "demo"


def main() -> None:
    """Create a demo shop; take screenshots in light and dark mode, on a wide screen and a phone."""
    for folder in (ALL, DOCS):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, client_view.new_stack(Path(data)) as stack:
        command = [sys.executable, "-m", "lookalike", "demo"]
        subprocess.run(command, env=os.environ | {"LOOKALIKE_URL": stack.url}, check=True)
        with chromium.launch() as browser:
            for scheme in ("light", "dark"):
                for size in SIZES:
                    _take_screenshots(browser, stack.url, size, scheme)


def _take_screenshots(browser: Browser, url: str, size: str, scheme: str) -> None:
    page = browser.new_context(viewport=SIZES[size], color_scheme=scheme).new_page()  # type: ignore[arg-type]
    for name, (path, prepare) in _pages(url).items():
        page.goto(f"{url}/{path}")
        page.wait_for_timeout(_SETTLE_MS)
        prepare(page)
        page.wait_for_function(_IMAGES_LOADED)
        image = page.screenshot(type="jpeg", quality=_QUALITY)
        label = f"{name}-{size}-{scheme}"
        for folder in (ALL, DOCS) if label in IN_DOCS else (ALL,):
            (folder / f"{label}.jpg").write_bytes(image)
        page.keyboard.press("Escape")  # the next page may have the same address
    page.context.close()


def _pages(url: str) -> dict[str, tuple[str, Callable[[Page], None]]]:
    with Lookalike(url) as server:
        users = list(server.recommender(SHOP).users("0"))
        user = max(users, key=lambda user: user.orders).user
        item = next(iter(server.items(SHOP))).sku
        job = next(iter(server.jobs(SHOP))).id
    shop = f"#/c/{SHOP}"
    return {
        "collections": ("#/", _do_nothing),
        "new-collection": ("#/", _press("New collection")),
        "items": (shop, _do_nothing),
        "item": (f"{shop}/items/{item}", _do_nothing),
        "search": (f"{shop}/search", _search),
        "recommendations": (f"{shop}/recommendations", _do_nothing),
        "customers": (f"{shop}/customers", _do_nothing),
        "customer": (f"{shop}/customers/{user}", _do_nothing),
        "nobody": (f"{shop}/customers/nobody", _do_nothing),
        "storefront": (f"{shop}/storefront", _do_nothing),
        "storefront-product": (f"{shop}/storefront/items/{item}", _do_nothing),
        "storefront-basket": (f"{shop}/storefront/basket", _fill_basket),
        "settings": (f"{shop}/settings", _do_nothing),
        "rule": (f"{shop}/settings", _press("Add rule")),
        "delete": (f"{shop}/settings", _press("Delete this collection")),
        "jobs": ("#/jobs", _do_nothing),
        "job": (f"#/jobs/{job}", _do_nothing),
        "not-there": ("#/c/none", _do_nothing),
    }


def _do_nothing(page: Page) -> None:
    pass


def _press(name: str) -> Callable[[Page], None]:
    def click(page: Page) -> None:
        page.get_by_role("button", name=name, exact=True).click()
        page.wait_for_timeout(_SETTLE_MS)

    return click


def _search(page: Page) -> None:
    photo = user_cache_path("lookalike") / "demo-shop" / "query.jpg"
    page.set_input_files("input[type=file]", photo)
    page.wait_for_timeout(2 * _SETTLE_MS)


def _fill_basket(page: Page) -> None:
    page.get_by_role("link", name="Home page", exact=True).first.click()
    page.get_by_role("button", name="Add to basket").first.click()
    page.get_by_role("link", name="Basket (").click()
    page.wait_for_timeout(2 * _SETTLE_MS)


if __name__ == "__main__":
    main()
