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
from playwright.sync_api import Browser, FloatRect, Page

from benchmarks.support import client_view
from lookalike.client import Lookalike
from scripts.flawed_shop import add_flaws
from tests.support.external import chromium

ALL = Path("build/screenshots")
DOCS = Path(__file__).parents[1] / "docs" / "images"
SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
IN_DOCS = {
    "search-wide-light", "customer-wide-light", "recommendations-wide-dark", "items-phone-dark",
    "storefront-wide-light", "health-wide-light", "duplicates-wide-light",
}  # fmt: skip
_CUT_BELOW = {"duplicates": "section.panel"}
"""The first element of a page, by its name, below which the screenshot is cut off."""
_MARGIN = 16  # pixels
_QUALITY = 82
_SETTLE_MS = 600
_IMAGES_LOADED = """() => [...document.images].every((image) =>
  image.complete || image.getBoundingClientRect().top > innerHeight)"""
SHOP = "demo"
Pages = dict[str, tuple[str, Callable[[Page], None]]]
"""Paths by the names of pages, each with what is done there before the screenshot."""
_DEMO_FOLDER = user_cache_path("lookalike") / "demo-shop"
_INTERRUPT_UPLOADS = """async ([collection, files]) => {
  const records = {};
  for (const [filename, size, sent] of files) {
    const fields = { filename, fingerprint: filename };
    const texts = Object.entries(fields).map(([name, text]) => `${name} ${btoa(text)}`);
    const headers = { "Upload-Length": size, "Upload-Metadata": texts.join() };
    const upload = await (await fetch("v1/uploads", { method: "POST", headers })).json();
    await fetch(`v1/uploads/${upload.id}`, {
      method: "PATCH", body: new Blob([new Uint8Array(sent)]),
      headers: { "Upload-Offset": 0, "Content-Type": "application/offset+octet-stream" },
    });
    records[filename] = { collection, label: filename, source: "files" };
  }
  sessionStorage.setItem("unfinished-uploads", JSON.stringify(records));
}"""


def main() -> None:
    """Create a demo shop; take screenshots in light and dark mode, on a wide screen and a phone."""
    for folder in (ALL, DOCS):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, client_view.new_stack(Path(data)) as stack:
        command = [sys.executable, "-m", "lookalike", "demo"]
        subprocess.run(command, env=os.environ | {"LOOKALIKE_URL": stack.url}, check=True)
        with chromium.launch() as browser:
            _take_screenshots(browser, stack.url, _pages(stack.url))
            with tempfile.TemporaryDirectory() as copies:
                add_flaws(stack.url, SHOP, _DEMO_FOLDER / "items", Path(copies))
            _take_screenshots(browser, stack.url, _FLAWED_PAGES)


def _take_screenshots(browser: Browser, url: str, pages: Pages) -> None:
    for scheme in ("light", "dark"):
        for size in SIZES:
            _take_all_of(browser, url, pages, size, scheme)


def _take_all_of(browser: Browser, url: str, pages: Pages, size: str, scheme: str) -> None:
    page = browser.new_context(viewport=SIZES[size], color_scheme=scheme).new_page()  # type: ignore[arg-type]
    for name, (path, prepare) in pages.items():
        page.goto(f"{url}/{path}")
        page.wait_for_timeout(_SETTLE_MS)
        prepare(page)
        page.wait_for_function(_IMAGES_LOADED)
        image = page.screenshot(type="jpeg", quality=_QUALITY, clip=_area(page, name))
        label = f"{name}-{size}-{scheme}"
        for folder in (ALL, DOCS) if label in IN_DOCS else (ALL,):
            (folder / f"{label}.jpg").write_bytes(image)
        page.keyboard.press("Escape")  # the next page may have the same address
        for button in page.locator("#undo .undo").all():
            button.click()
    page.context.close()


def _area(page: Page, name: str) -> FloatRect:
    """Return what is visible at first, or less if the screenshot of the page is cut."""
    [(width, height)] = page.evaluate("[[innerWidth, innerHeight]]")
    if name in _CUT_BELOW:
        last = page.locator(_CUT_BELOW[name]).first.bounding_box()
        height = min(height, last["y"] + last["height"] + _MARGIN) if last else height
    return {"x": 0, "y": 0, "width": width, "height": height}


def _pages(url: str) -> Pages:
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
    page.set_input_files("input[type=file]", _DEMO_FOLDER / "query.jpg")
    page.wait_for_timeout(2 * _SETTLE_MS)


def _scroll_to(title: str) -> Callable[[Page], None]:
    def scroll(page: Page) -> None:
        heading = page.get_by_role("heading", name=title, exact=True)
        heading.evaluate("node => node.scrollIntoView({ block: 'center' })")

    return scroll


def _delete(page: Page) -> None:
    page.get_by_role("checkbox", name="Select").first.check(force=True)
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    page.wait_for_timeout(_SETTLE_MS)


def _interrupt(page: Page) -> None:
    files = [("spring.zip", 48_000_000, 20_000_000), ("summer.zip", 40_000_000, 33_000_000)]
    page.evaluate(_INTERRUPT_UPLOADS, [SHOP, files])
    page.reload()
    page.wait_for_timeout(2 * _SETTLE_MS)


def _fill_basket(page: Page) -> None:
    page.get_by_role("link", name="Home page", exact=True).first.click()
    page.get_by_role("button", name="Add to basket").first.click()
    page.get_by_role("link", name="Basket (").click()
    page.wait_for_timeout(2 * _SETTLE_MS)


_FLAWED_PAGES: Pages = {
    "health": (f"#/c/{SHOP}/health", _do_nothing),
    "duplicates": (f"#/c/{SHOP}/duplicates", _do_nothing),
    "rules": (f"#/c/{SHOP}/settings", _scroll_to("Merchandising rules")),
    "undo": (f"#/c/{SHOP}", _delete),
    "interrupted": (f"#/c/{SHOP}", _interrupt),
}

if __name__ == "__main__":
    main()
